/**
 * Codes are a promise: runbooks, alarms and clients go by them. One that is in `published-codes.case` stays, with the status it has
 * there; new ones are added at any time. Taking one away or changing its status is a decision, made by editing that file.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { CATALOG } from '../../src/lib/index.ts'

const entries = new Map<string, { readonly status: number }>(Object.entries(CATALOG))
const lines = readFileSync(join(import.meta.dirname, 'published-codes.case'), 'utf8')
  .trim()
  .split('\n')

test('every published code is still there, with the status it was published with', () => {
  const now = lines.map((line) => {
    const [code = ''] = line.split(' ')
    return `${code} ${entries.get(code)?.status ?? 'is gone'}`
  })
  assert.deepEqual(now, lines)
})

test('the published codes are sorted, each once, and nearly all that there are', () => {
  assert.deepEqual(lines, [...new Set(lines)].sort())
  assert.ok(lines.length > entries.size * 0.8, 'new codes wait to be published')
})
