/** `bin/gatehouse` as a person meets it: through links, under an older Node, in folders with spaces, before `npm ci`. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** What the launcher says to Node itself. */
const FLAGS = '<--max-semi-space-size=4>'

const ROOT = join(import.meta.dirname, '..', '..')
const BIN = join(ROOT, 'bin', 'gatehouse')

interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs a program with nothing of this process's environment but a path for `sh` and its tools. */
function run(file: string, words: readonly string[], env: Record<string, string>): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(
      file,
      words,
      { env: { PATH: '/usr/bin:/bin', ...env }, timeout: 20_000 },
      (_error, out, err) => resolve({ code: child.exitCode ?? -1, out, err }),
    )
  })
}

/** A `node` that says it is of a version and, if it is started for more, prints its arguments. */
function fakeNode(folder: string, version: string, name = 'node'): string {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, name)
  writeFileSync(
    file,
    `#!/bin/sh\nif [ "\${1:-}" = --version ]; then echo '${version}'; exit 0; fi\nprintf '<%s>' "$@"\n`,
  )
  chmodSync(file, 0o755)
  return file
}

/** A copy of the launcher where nothing was installed. */
function bareCheckout(t: TestContext, name = 'gatehouse'): string {
  const root = join(temporaryFolder(t), name)
  mkdirSync(join(root, 'bin'), { recursive: true })
  mkdirSync(join(root, 'src', 'cli'), { recursive: true })
  copyFileSync(BIN, join(root, 'bin', 'gatehouse'))
  chmodSync(join(root, 'bin', 'gatehouse'), 0o755)
  writeFileSync(join(root, 'src', 'cli', 'main.ts'), '')
  return root
}

test('the launcher runs the CLI, whatever Node is on the PATH', async (t) => {
  const old = dirname(fakeNode(join(temporaryFolder(t), 'old'), 'v20.19.0'))
  const { code, out, err } = await run(BIN, ['--version'], { PATH: `${old}:/usr/bin:/bin` })
  assert.equal(err, '')
  assert.equal(code, 0)
  assert.match(out, /^\d+\.\d+\.\d+\n$/)
})

test('the launcher passes exit codes on', async () => {
  assert.equal((await run(BIN, ['no-such-command'], {})).code, 4)
})

test('the launcher finds its checkout through links, absolute, relative and chained', async (t) => {
  const dir = temporaryFolder(t)
  mkdirSync(join(dir, 'far', 'off'), { recursive: true })
  symlinkSync(BIN, join(dir, 'far', 'off', 'first'))
  symlinkSync(join('far', 'off', 'first'), join(dir, 'second'))
  symlinkSync('../second', join(dir, 'far', 'third'))
  for (const link of ['far/off/first', 'second', 'far/third']) {
    const { code, out, err } = await run(join(dir, link), ['--version'], {})
    assert.equal(code, 0, `${link}: ${err}`)
    assert.match(out, /^\d/)
  }
})

test('the launcher works in a folder with spaces and quotes, and passes arguments on as they are', async (t) => {
  const root = bareCheckout(t, `a b'c "d" $e`)
  const node = fakeNode(join(root, 'my node'), 'v24.0.0', 'the node')
  const words = ['check', 'a b.yaml', '', '*', '$HOME', "it's"]
  const { code, out, err } = await run(join(root, 'bin', 'gatehouse'), words, {
    GATEHOUSE_NODE: node,
  })
  assert.equal(err, '')
  assert.equal(code, 0)
  const main = join(root, 'src', 'cli', 'main.ts')
  assert.equal(out, FLAGS + [main, ...words].map((word) => `<${word}>`).join(''))
})

const versions = [
  { version: 'v24.0.0', taken: true },
  { version: 'v25.1.0-nightly2026', taken: true },
  { version: 'v100.0.0', taken: true },
  { version: 'v23.11.1', taken: false },
  { version: 'v20.19.0', taken: false },
  { version: 'v4.0.0', taken: false },
  { version: 'not a version', taken: false },
  { version: '', taken: false },
]
for (const { version, taken } of versions) {
  test(`a Node on the PATH that says "${version}" is ${taken ? 'taken' : 'refused with 69 and the mend'}`, async (t) => {
    const root = bareCheckout(t)
    const bin = dirname(fakeNode(join(root, 'path'), version))
    const { code, out, err } = await run(join(root, 'bin', 'gatehouse'), ['check'], {
      PATH: `${bin}:/usr/bin:/bin`,
    })
    if (taken) {
      assert.equal(code, 0, err)
      assert.equal(out, `${FLAGS}<${join(root, 'src', 'cli', 'main.ts')}><check>`)
      return
    }
    assert.equal(code, 69)
    assert.equal(out, '')
    assert.match(err, /^GH_CLI_NODE_TOO_OLD Gatehouse needs Node 24 or newer \(found: .*\)\.\n/)
    assert.ok(err.includes(`Run 'npm ci' in ${root}`))
  })
}

test('without any Node the launcher says so, and ends with 69', async (t) => {
  const root = bareCheckout(t)
  const tools = join(root, 'tools')
  mkdirSync(tools)
  for (const name of ['sh', 'dirname', 'readlink']) {
    const { out } = await run('/bin/sh', ['-c', `command -v ${name}`], {})
    symlinkSync(out.trim(), join(tools, name))
  }
  const { code, err } = await run(join(root, 'bin', 'gatehouse'), ['check'], { PATH: tools })
  assert.equal(code, 69)
  assert.match(err, /found: none/)
})

test('GATEHOUSE_NODE comes first, then what npm brought, then the PATH; one that is too old is passed over', async (t) => {
  const root = bareCheckout(t)
  const saying = (folder: string, version: string): string => {
    const file = fakeNode(join(root, folder), version)
    writeFileSync(
      file,
      `#!/bin/sh\nif [ "\${1:-}" = --version ]; then echo '${version}'; else echo ${folder}; fi\n`,
    )
    return file
  }
  const chosen = saying('chosen', 'v24.1.0')
  const old = saying('old', 'v20.0.0')
  saying('node_modules/node/bin', 'v24.2.0')
  const path = dirname(saying('path', 'v24.3.0'))
  const launch = async (env: Record<string, string>): Promise<string> =>
    (await run(join(root, 'bin', 'gatehouse'), ['check'], env)).out.trim()
  const PATH = `${path}:/usr/bin:/bin`
  assert.equal(await launch({ PATH, GATEHOUSE_NODE: chosen }), 'chosen')
  assert.equal(await launch({ PATH, GATEHOUSE_NODE: old }), 'node_modules/node/bin')
  assert.equal(await launch({ PATH, GATEHOUSE_NODE: '/nowhere' }), 'node_modules/node/bin')
  assert.equal(await launch({ PATH }), 'node_modules/node/bin')
})

test('the launcher keeps compiled modules beside the packages, never elsewhere, and nowhere where there are none', async (t) => {
  const tellsWhere = (folder: string): string => {
    const file = fakeNode(folder, 'v24.0.0')
    writeFileSync(
      file,
      `#!/bin/sh\n[ "\${1:-}" != --version ] || { echo v24.0.0; exit 0; }\nprintf '<%s>' "\${NODE_COMPILE_CACHE-none}"\n`,
    )
    return file
  }
  const root = bareCheckout(t)
  const node = tellsWhere(join(root, 'mine'))
  const launcher = join(root, 'bin', 'gatehouse')
  assert.equal((await run(launcher, [], { GATEHOUSE_NODE: node })).out, '<none>')
  mkdirSync(join(root, 'node_modules'))
  assert.equal(
    (await run(launcher, [], { GATEHOUSE_NODE: node })).out,
    `<${join(root, 'node_modules', '.cache', 'gatehouse')}>`,
  )
  const own = { GATEHOUSE_NODE: node, NODE_COMPILE_CACHE: join(root, 'own') }
  assert.equal((await run(launcher, [], own)).out, `<${join(root, 'own')}>`)

  // Installed, the packages lie beside it.
  const installed = bareCheckout(t, join('node_modules', 'gatehouse'))
  assert.equal(
    (await run(join(installed, 'bin', 'gatehouse'), [], { GATEHOUSE_NODE: node })).out,
    `<${join(dirname(installed), '.cache', 'gatehouse')}>`,
  )
})
