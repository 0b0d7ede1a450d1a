/** What the whole program prints, from its own process: the text of others arrives, its power over the terminal does not. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

const MAIN = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts')

const SPECIFICATION = {
  openapi: '3.0.3',
  info: { title: 'Hostile', version: '1' },
  paths: {
    '/a': {
      get: {
        parameters: [{ $ref: '#/red\u001B]0;title\u0007\u009B2J\u202E' }],
        responses: { 200: { description: 'x' } },
      },
    },
  },
}

test('a specification cannot steer the terminal of who looks at it', (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'gatehouse-printed-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  const file = join(dir, 'spec.json')
  writeFileSync(file, JSON.stringify(SPECIFICATION))
  for (const more of [[], ['--json']]) {
    const { stdout, stderr } = spawnSync(
      process.execPath,
      [MAIN, 'inventory', 'import', file, '--dry-run', ...more],
      { encoding: 'utf8' },
    )
    assert.match(stdout, /red\\u001b/, stderr)
    assert.match(stdout, /\\u009b2J\\u202e/)
    // oxlint-disable-next-line no-control-regex -- that none is left is what is tested
    assert.doesNotMatch(stdout + stderr, /[\0-\u0008\u000B-\u001F\u007F-\u009F\u202E]/)
  }
})

test('an argument cannot steer the terminal through the message that repeats it', () => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [MAIN, '\u001B]0;title\u0007'], {
    encoding: 'utf8',
  })
  assert.notEqual(status, 0)
  // oxlint-disable-next-line no-control-regex -- that none is left is what is tested
  assert.doesNotMatch(stdout + stderr, /[\0-\u0008\u000B-\u001F\u007F-\u009F]/)
})
