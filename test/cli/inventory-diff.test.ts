import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { gatehouse } from './terminal.ts'

const HEAD = 'openapi: 3.0.3\ninfo: {title: t, version: "1"}\npaths:\n'
const path = (name: string): string =>
  `  /${name}:\n    get: {security: [{oauth: []}], responses: {'200': {description: ok}}}\n`
const TAIL = 'components: {securitySchemes: {oauth: {type: oauth2, flows: {}}}}\n'

function files(t: TestContext, old: string, fresh: string): readonly [string, string] {
  const dir = temporaryFolder(t)
  const pair = [join(dir, 'old.yaml'), join(dir, 'new.yaml')] as const
  writeFileSync(pair[0], HEAD + old + TAIL)
  writeFileSync(pair[1], HEAD + fresh + TAIL)
  return pair
}
const diff = (pair: readonly string[], ...rest: string[]) =>
  gatehouse(['inventory', 'diff', ...pair, ...rest])

test('"inventory diff" ends with 0 for no difference, 2 for one, 3 for one of the kinds to fail on', async (t) => {
  const same = await diff(files(t, path('a'), path('a')), '--fail-on', 'breaking,security')
  assert.equal(same.code, 0, same.err)
  const added = files(t, path('a'), path('a') + path('b'))
  assert.equal((await diff(added)).code, 2)
  assert.equal((await diff(added, '--fail-on', 'breaking,security')).code, 2)
  assert.equal((await diff(added, '--fail-on', 'additive')).code, 3)
  const removed = files(t, path('a') + path('b'), path('a'))
  assert.equal((await diff(removed)).code, 2)
  assert.equal((await diff(removed, '--fail-on', 'breaking')).code, 3)
  assert.equal((await diff(removed, '--fail-on', 'security')).code, 2)
})

test('"inventory diff --json" gives each change with places of both files', async (t) => {
  const pair = files(t, path('a') + path('b'), path('a').replace('{oauth: []}', '') + path('b'))
  const { code, out, err } = await diff(pair, '--json')
  assert.equal(code, 2, err)
  const { changes, more } = JSON.parse(out) as { changes: Record<string, unknown>[]; more: number } // sound: our own output
  assert.equal(more, 0)
  assert.equal(changes.length, 1)
  assert.deepEqual(changes[0], {
    code: 'security-dropped',
    kinds: ['additive', 'security'],
    operation: 'GET /a',
    at: 'security',
    detail: '',
    before: { file: pair[0], line: 5, column: 11 },
    after: { file: pair[1], line: 5, column: 11 },
  })
})

test('"inventory diff" prints kinds, code and place, and a sum', async (t) => {
  const pair = files(t, path('a') + path('b'), path('a'))
  const { out } = await diff(pair)
  assert.match(out, /GET \/b\n.*breaking {2}operation-removed {2}.*old\.yaml:7:5/)
  assert.match(out, /1 changes: 0 additive, 1 breaking, 0 security\./)
})

test('"inventory diff" ends with 4 for what is no specification or no kind, and names it', async (t) => {
  const pair = files(t, path('a'), path('a'))
  writeFileSync(pair[1], 'swaggerVersion: "1.2"\n')
  const other = await diff(pair)
  assert.equal(other.code, 4)
  assert.match(other.err + other.out, /GH_INVENTORY_FORMAT/)
  const kind = await diff(files(t, path('a'), path('a')), '--fail-on', 'braking')
  assert.equal(kind.code, 4)
  assert.match(kind.err, /breaking/)
})
