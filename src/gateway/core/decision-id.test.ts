import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { createDecisionIds } from './decision-id.ts'

test('`createDecisionIds` gives 26 letters that sort by time and do not repeat', () => {
  const id = createDecisionIds(randomBytes)
  const start = Date.UTC(2026, 0, 1)
  const ids = Array.from({ length: 2_000 }, (_, at) => id(start + at))
  for (const one of ids) assert.match(one, /^[0-9a-hjkmnp-tv-z]{26}$/)
  assert.deepEqual(ids, ids.toSorted())
  assert.equal(new Set(Array.from({ length: 10_000 }, () => id(start))).size, 10_000)
})

test('`createDecisionIds` uses every byte of chance once', () => {
  let asked = 0
  const id = createDecisionIds((count) => {
    asked++
    return new Uint8Array(count).map((_, at) => at + asked)
  })
  const seen = new Set(Array.from({ length: 300 }, () => id(1)))
  assert.equal(asked, 2)
  assert.ok(seen.size > 1)
  assert.equal(id(0).slice(0, 10), '0000000000')
  assert.equal(id(2 ** 48).slice(0, 10), '8000000000'.padStart(10, '0'))
})
