/** What a stranger gets: the packed archive, installed in an empty folder, run there. Needs the registry for the dependencies. */
import assert from 'node:assert/strict'
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { temporaryFolder } from '../support/temporary-folder.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const SPEC = join(ROOT, 'examples', 'bank', 'spec', 'account-info-openapi.yaml')
const run = promisify(execFile)
/** The product must find its own Node: the one of these tests is taken off the path, and what npm tells its children too. */
const STRANGER = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(npm_|NODE|GATEHOUSE_)/i.test(name)),
)
STRANGER['PATH'] = (STRANGER['PATH'] ?? '')
  .split(':')
  .filter((folder) => !folder.includes('node_modules'))
  .join(':')

function registryAnswers(): boolean {
  return spawnSync('npm', ['ping'], { env: STRANGER, timeout: 20_000 }).status === 0
}

const absent = registryAnswers() ? false : 'the npm registry does not answer'
if (absent !== false && process.env['GATEHOUSE_REQUIRE_PEERS'] === '1') throw new Error(absent)

test('the packed archive holds the product and nothing else', async (t) => {
  const { stdout } = await run(
    'npm',
    ['pack', '--json', '--pack-destination', temporaryFolder(t)],
    {
      cwd: ROOT,
      maxBuffer: 1 << 24,
      env: STRANGER,
    },
  )
  // Sound: what npm documents of --json.
  const packed = Object.values(JSON.parse(stdout) as Record<string, { files: { path: string }[] }>)
  const paths = packed.flatMap(({ files }) => files.map(({ path }) => path))
  assert.ok(paths.length > 200, `${paths.length} files: the check is blind`)
  for (const wanted of [
    'bin/gatehouse',
    'dist/src/cli/main.js',
    'dist/src/browser/passkeys.js',
    'schemas/gatehouse.schema.json',
    'sbom.cdx.json',
    'SECURITY.md',
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
  ])
    assert.ok(paths.includes(wanted), wanted)
  const strange = paths.filter(
    (path) =>
      path !== 'dist/src/browser/passkeys.d.ts' &&
      /\.test\.|(^|\/)test\/|\.ts$|examples\/|\.pem$|\.key$/.test(path),
  )
  assert.deepEqual(strange, [])
})

test(
  'the packed archive installs in an empty folder and protects an API there',
  { skip: absent },
  async (t) => {
    const archives = temporaryFolder(t)
    await run('npm', ['pack', '--pack-destination', archives], { cwd: ROOT, env: STRANGER })
    const [archive = ''] = readdirSync(archives)
    const folder = temporaryFolder(t)
    await run('npm', ['install', '--no-audit', '--no-fund', join(archives, archive)], {
      cwd: folder,
      env: STRANGER,
    })
    const gatehouse = join(folder, 'node_modules', '.bin', 'gatehouse')
    assert.ok(existsSync(gatehouse))
    // Sound: our own manifest.
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      version: string
    }
    const said = async (...words: string[]): Promise<string> =>
      (await run(gatehouse, words, { cwd: folder, env: STRANGER, maxBuffer: 1 << 24 })).stdout
    assert.equal((await said('--version')).trim(), version)

    copyFileSync(SPEC, join(folder, 'accounts.yaml'))
    await said('init', '.')
    const file = join(folder, 'gatehouse.yaml')
    writeFileSync(
      file,
      `${readFileSync(file, 'utf8').replace(/^listen:.*$/m, '')}\nlisten: 127.0.0.1:0\n`,
    )
    await said('check')
    const up = spawn(gatehouse, ['up', '--json'], {
      cwd: folder,
      env: STRANGER,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    t.after(() => up.kill('SIGKILL'))
    const origin = await ready(up)
    const answer = await fetch(`${origin}/open-banking/v4.0/aisp/accounts`)
    assert.equal(answer.status, 401)
    const { decision } = (await answer.json()) as { decision: string } // sound: checked by the explanation
    assert.match(await said('explain', decision), /refused/)
    up.kill('SIGTERM')
    assert.deepEqual(await once(up, 'exit'), [0, null])
  },
)

async function ready({ stdout }: ChildProcess): Promise<string> {
  assert.ok(stdout !== null)
  for await (const line of createInterface({ input: stdout }))
    return (JSON.parse(line) as { address: string }).address // sound: what --json documents
  throw new Error('it ended before it was ready')
}
