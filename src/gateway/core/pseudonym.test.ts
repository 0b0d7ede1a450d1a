import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bucketOf } from '../../decide/index.ts'
import { withoutLeaf } from './person-tree.ts'
import { createPseudonym, placeOf, type PseudonymKey } from './pseudonym.ts'

const keyOf = (fill: number): PseudonymKey => ({
  shared: Buffer.alloc(32, fill),
  persons: new Map([['', Buffer.alloc(32, fill + 100)]]),
})

test('`createPseudonym` gives one short text per key, kind and value', () => {
  const [keyOfOne, keyOfTwo] = [keyOf(1), keyOf(2)]
  const hash = createPseudonym(() => keyOfOne)
  const other = createPseudonym(() => keyOfTwo)
  const name = hash('subject', 'customer-1')
  assert.match(name ?? '', /^hmac:[0-9a-f]{16}$/)
  assert.equal(hash('subject', 'customer-1'), name)
  assert.notEqual(hash('consent', 'customer-1'), name)
  assert.notEqual(hash('subject', 'customer-2'), name)
  assert.notEqual(other('subject', 'customer-1'), name)
  assert.equal(hash('subject', ''), null)
})

test('`createPseudonym` refuses a key shorter than 32 bytes', () => {
  const short = { ...keyOf(1), shared: Buffer.alloc(31) }
  assert.throws(() => createPseudonym(() => short)('subject', 'x'), TypeError)
})

test('a destroyed key takes its one name with it, at once, and no other', () => {
  let key = keyOf(1)
  const hash = createPseudonym(() => key)
  const subjects = Array.from({ length: 200 }, (_, at) => `customer-${at}`)
  const before = new Map(subjects.map((subject) => [subject, hash('subject', subject)]))
  assert.equal(new Set(before.values()).size, 200)
  const consent = hash('consent', 'customer-7')
  const gone = ['customer-7', 'customer-8', 'customer-150']
  for (const subject of gone)
    key = { ...key, persons: withoutLeaf(key.persons, placeOf(key.shared, 'subject', subject)) }
  for (const subject of subjects)
    assert.equal(
      hash('subject', subject),
      gone.includes(subject) ? null : before.get(subject),
      subject,
    )
  assert.equal(hash('consent', 'customer-7'), consent)
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

test('a person has the text of an earlier version', () => {
  const key = {
    shared: new Uint8Array(32).fill(7),
    persons: new Map([['', new Uint8Array(32).fill(9)]]),
  }
  assert.equal(placeOf(key.shared, 'subject', 'anna'), 'b03ed2c3bda46ea9')
  assert.equal(createPseudonym(() => key)('subject', 'anna'), 'hmac:529fb87003744009')
})
