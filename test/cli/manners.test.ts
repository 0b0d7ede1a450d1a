/** What every command owes whoever types it, whatever they type: a documented exit code, an error code, no stack trace, no mess. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { COMMANDS, EXIT } from '../../src/cli/index.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { gatehouse, type Screen } from './terminal.ts'

const MAIN = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts')
const CODES: readonly number[] = Object.values(EXIT)
const STACK = /\n\s+at .*[:(]\d+:\d+|node:internal/

/** The least words that the command takes. */
function words(name: string): readonly string[] {
  const command = COMMANDS.find((one) => one.name === name)
  return [...name.split(' '), ...Array<string>(command?.arguments[0] ?? 0).fill('x')]
}

const configured = COMMANDS.filter(({ options, name }) => 'config' in options && name !== 'init')
// Starting is tried with processes of its own.
const tried = configured.filter(({ name }) => name !== 'up')

function assertManners({ code, out, err }: Screen, what: string): void {
  assert.ok(CODES.includes(code), `${what}: exit code ${code} is not documented`)
  assert.notEqual(code, EXIT.ok, `${what}: it cannot have worked`)
  assert.doesNotMatch(out + err, STACK, what)
  assert.doesNotMatch(err, /GH_CLI_INTERNAL/, what)
  assert.match(out + err, /GH_[A-Z_]+/, `${what}: no error code`)
}

const files: readonly { readonly what: string; readonly text: string | undefined }[] = [
  { what: 'no file', text: undefined },
  { what: 'an empty file', text: '' },
  { what: 'JSON that breaks off', text: '{"apis": [{"name": "a"' },
  { what: 'bytes that are no text', text: '\u0000\u0001\uFFFD'.repeat(100) },
  { what: 'a file of eight megabytes', text: `apis: [${'{name: a}, '.repeat(700_000)}]` },
  { what: 'a configuration of another product', text: 'services:\n  web:\n    image: nginx\n' },
]

test('the check sees the commands', () => {
  assert.ok(tried.length >= 10, `${tried.length} commands read a configuration`)
})

for (const { what, text } of files)
  for (const { name } of tried)
    test(`"gatehouse ${name}" says what is wrong with ${what}`, async (t) => {
      const folder = temporaryFolder(t)
      const file = join(folder, 'gatehouse.yaml')
      if (text !== undefined) writeFileSync(file, text)
      const before = readdirSync(folder)
      assertManners(await gatehouse([...words(name), '--config', file], { cwd: folder }), name)
      assert.deepEqual(readdirSync(folder), before, 'it left something behind')
    })

for (const { name } of COMMANDS)
  test(`"gatehouse ${name}" refuses an option that it does not know`, async (t) => {
    const screen = await gatehouse([...words(name), '--jsno'], { cwd: temporaryFolder(t) })
    assertManners(screen, name)
    assert.equal(screen.code, EXIT.invalid)
    assert.match(screen.err, /Did you mean --json/)
  })

/** A command as a process, its output read by somebody who leaves at once. */
async function leftAlone(argv: readonly string[]): Promise<{ code: number | null; err: string }> {
  const child = spawn(process.execPath, [MAIN, ...argv], { stdio: ['ignore', 'pipe', 'pipe'] })
  child.stdout.destroy()
  let err = ''
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  const [code] = await once(child, 'close')
  return { code: typeof code === 'number' ? code : null, err }
}

for (const argv of [['controls'], ['controls', '--json'], ['help'], ['completion', 'bash']])
  test(`"gatehouse ${argv.join(' ')}" does not mind a reader who leaves`, async () => {
    const { code, err } = await leftAlone(argv)
    assert.equal(code, 0, err)
    assert.equal(err, '')
  })

test('no output holds a colour when it is no terminal', async () => {
  const child = spawn(process.execPath, [MAIN, 'help'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, FORCE_COLOR: '1' },
  })
  let out = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  await once(child, 'close')
  assert.ok(out.length > 500)
  assert.ok(!out.includes('\u001B'))
})
