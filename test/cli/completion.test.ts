/** What a person gets who presses Tab: asked of the shells themselves. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { COMMANDS } from '../../src/cli/index.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { gatehouse } from './terminal.ts'

async function script(shell: string): Promise<string> {
  const { code, out, err } = await gatehouse(['completion', shell])
  assert.deepEqual({ code, err }, { code: 0, err: '' })
  return out
}

/** Runs `source` in a shell of which nothing of this user is read. */
function inShell(t: TestContext, shell: string, source: string): string {
  const { stdout, stderr, status, error } = spawnSync(
    shell,
    shell === 'fish' ? ['-c', source] : [],
    {
      cwd: temporaryFolder(t),
      input: source,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HOME: temporaryFolder(t), TERM: 'dumb' },
    },
  )
  assert.equal(error, undefined)
  assert.equal(status, 0, `${stdout}\n${stderr}`)
  assert.equal(stderr, '')
  return stdout
}

function isThere(shell: string): boolean {
  return spawnSync(shell, ['-c', 'exit 0']).status === 0
}

const presses: readonly { readonly typed: string; readonly offers: readonly string[] }[] = [
  { typed: 'gatehouse che', offers: ['check'] },
  { typed: 'gatehouse inventory ', offers: ['import', 'list', 'show', 'export'] },
  { typed: 'gatehouse inventory sh', offers: ['show'] },
  { typed: 'gatehouse posture --fail-on ', offers: ['critical', 'high', 'medium', 'low'] },
  { typed: 'gatehouse events tail --outcome de', offers: ['denied'] },
  { typed: 'gatehouse inventory export --fo', offers: ['--format'] },
  { typed: 'gatehouse plan --js', offers: ['--json'] },
]

test('bash completes commands, words of groups, options and their values', async (t) => {
  const source = await script('bash')
  for (const { typed, offers } of presses) {
    const words = typed.split(' ')
    const out = inShell(
      t,
      'bash',
      `${source}\nCOMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _gatehouse; printf '%s\\n' "\${COMPREPLY[@]}"`,
    )
    const found = out.trim().split('\n')
    for (const offer of offers) assert.ok(found.includes(offer), `${typed}: ${out}`)
    if (offers.length === 1) assert.deepEqual(found, offers, typed)
  }
})

test('bash completes every command there is', async (t) => {
  const source = await script('bash')
  const out = inShell(
    t,
    'bash',
    `${source}\nCOMP_WORDS=(gatehouse ''); COMP_CWORD=1; _gatehouse; printf '%s\\n' "\${COMPREPLY[@]}"`,
  )
  const found = new Set(out.trim().split('\n'))
  assert.ok(COMMANDS.length > 10)
  for (const { name } of COMMANDS) assert.ok(found.has(name.split(' ')[0] ?? ''), name)
})

test('fish offers the same', { skip: !isThere('fish') && 'fish is not here' }, async (t) => {
  const file = join(temporaryFolder(t), 'gatehouse.fish')
  writeFileSync(file, await script('fish'))
  for (const { typed, offers } of presses) {
    const found = inShell(t, 'fish', `source ${file}; complete -C '${typed}'`)
      .trim()
      .split('\n')
      .map((line) => line.split('\t')[0])
    for (const offer of offers) assert.ok(found.includes(offer), `${typed}: ${found.join(' ')}`)
  }
})

test('zsh reads its script', { skip: !isThere('zsh') && 'zsh is not here' }, async (t) => {
  const file = join(temporaryFolder(t), '_gatehouse')
  writeFileSync(file, await script('zsh'))
  const out = inShell(
    t,
    'zsh',
    `autoload -Uz compinit; compinit -u -d ${file}.dump; source ${file}; echo "\${_comps[gatehouse]}"`,
  )
  assert.equal(out.trim(), '_gatehouse')
})

test('`completion` names the nearest shell for one that it does not know', async () => {
  const { code, err } = await gatehouse(['completion', 'fishy'])
  assert.equal(code, 4)
  assert.match(err, /Did you mean fish/)
})
