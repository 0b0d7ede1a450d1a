import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bucketOf } from '../../decide/index.ts'
import { createPseudonym } from './pseudonym.ts'

test('`createPseudonym` gives one short text per key, kind and value', () => {
  const hash = createPseudonym(Buffer.alloc(32, 1))
  const other = createPseudonym(Buffer.alloc(32, 2))
  const name = hash('subject', 'customer-1')
  assert.match(name ?? '', /^hmac:[0-9a-f]{16}$/)
  assert.equal(hash('subject', 'customer-1'), name)
  assert.notEqual(hash('consent', 'customer-1'), name)
  assert.notEqual(hash('subject', 'customer-2'), name)
  assert.notEqual(other('subject', 'customer-1'), name)
  assert.equal(hash('subject', ''), null)
})

test('`createPseudonym` refuses a key shorter than 32 bytes', () => {
  assert.throws(() => createPseudonym(Buffer.alloc(31)), TypeError)
})

test('`bucketOf` spreads clients evenly, and anew under another plan', () => {
  const counts = new Array<number>(10).fill(0)
  let same = 0
  for (let at = 0; at < 10_000; at++) {
    const bucket = bucketOf(`client-${at}`, 'sha256:a')
    assert.ok(Number.isInteger(bucket) && bucket >= 0 && bucket <= 9_999)
    assert.equal(bucketOf(`client-${at}`, 'sha256:a'), bucket)
    if (bucketOf(`client-${at}`, 'sha256:b') === bucket) same++
    const tenth = Math.floor(bucket / 1_000)
    counts[tenth] = (counts[tenth] ?? 0) + 1
  }
  for (const count of counts) assert.ok(count > 850 && count < 1_150, counts.join(' '))
  assert.ok(same < 20)
})
