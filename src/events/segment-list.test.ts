import assert from 'node:assert/strict'
import { test } from 'node:test'
import { recentIds } from './recent-ids.ts'
import { genesisHash, type SegmentHeader } from './segment-format.ts'
import { segmentList } from './segment-list.ts'

const header = (ordinal: number, firstSeq: number, supersedes = false): SegmentHeader => ({
  ordinal,
  partition: 0,
  firstSeq,
  previousHash: genesisHash(0),
  supersedes,
})

test('`segmentList` finds the segment that holds a number, and the superseding one before the superseded', () => {
  // The second held 11 to 20; from 15 on it was written again.
  const list = segmentList([header(1, 1), header(2, 11), header(3, 15, true)])
  const holding = (seq: number): number => list.holding(seq).ordinal
  assert.deepEqual([0, 1, 10, 11, 14, 15, 99].map(holding), [1, 1, 1, 2, 2, 3, 3])
  assert.equal(list.last.ordinal, 3)
  list.add(header(4, 30))
  assert.deepEqual([29, 30].map(holding), [3, 4])
  assert.deepEqual([list.last.ordinal, list.get(2)?.firstSeq, list.get(9)], [4, 11, undefined])
})

test('`segmentList` of no segments is a defect, not an empty spool', () => {
  const empty = segmentList([])
  assert.throws(() => empty.last, TypeError)
  assert.throws(() => empty.holding(1), TypeError)
})

test('`recentIds` keeps the newest up to its capacity, and of an id that came twice the later place', () => {
  const recent = recentIds(3)
  assert.equal(recent.get('a'), undefined)
  for (const [index, id] of ['a', 'b', 'c'].entries()) recent.add(id, index + 1, 1, index * 100)
  assert.deepEqual(recent.get('a'), { seq: 1, ordinal: 1, offset: 0 })
  recent.add('d', 4, 2, 64)
  assert.equal(recent.get('a'), undefined, 'the oldest is forgotten')
  assert.deepEqual(recent.get('d'), { seq: 4, ordinal: 2, offset: 64 })
  assert.deepEqual(recent.get('b'), { seq: 2, ordinal: 1, offset: 100 })
  const twice = recentIds(3)
  twice.add('a', 1, 1, 64)
  twice.add('a', 2, 1, 128)
  assert.equal(twice.get('a')?.seq, 2)
})
