import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { recordBuffer } from './record-buffer.ts'
import {
  checkRecord,
  decodeHeader,
  encodeHeader,
  FRAME_BYTES,
  genesisHash,
  MAX_PAYLOAD_BYTES,
  type SegmentHeader,
} from './segment-format.ts'

const start = { seq: 0, hash: genesisHash(0) }
const HEADER: SegmentHeader = {
  ordinal: 7,
  partition: 3,
  firstSeq: 2 ** 40 + 1,
  previousHash: genesisHash(3),
  supersedes: true,
}

test('`decodeHeader` gives back what `encodeHeader` wrote, and refuses every flipped bit', () => {
  const bytes = encodeHeader(HEADER)
  assert.equal(bytes.length, 64)
  assert.deepEqual(decodeHeader(bytes), HEADER)
  for (let bit = 0; bit < 512; bit++) {
    const flipped = Buffer.from(bytes)
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    assert.equal(decodeHeader(flipped), undefined, `bit ${bit}`)
  }
  assert.equal(decodeHeader(bytes.subarray(0, 63)), undefined)
  assert.equal(decodeHeader(Buffer.alloc(64)), undefined)
})

test('`genesisHash` differs between partitions', () => {
  assert.notDeepEqual(genesisHash(0), genesisHash(1))
  assert.equal(genesisHash(0).length, 32)
})

/** All records of a chain, as texts, or where it breaks. */
function unchain(bytes: Buffer): string[] | string {
  const texts: string[] = []
  let { hash } = start
  for (let at = 0; at < bytes.length;) {
    const check = checkRecord(bytes, at, bytes.length, hash)
    if (check.kind !== 'sound') return check.kind
    texts.push(bytes.toString('utf8', at + FRAME_BYTES, check.end))
    hash = check.hash
    at = check.end
  }
  return texts
}

test('`recordBuffer` encodes any texts to a chain that reads back, across chunks', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'grapheme', minLength: 2, maxLength: 400 }), { maxLength: 40 }),
      fc.integer({ min: 1, max: 40 }),
      (texts, takeAt) => {
        const buffer = recordBuffer(start)
        const taken: Buffer[] = []
        for (const [index, text] of texts.entries()) {
          assert.ok(buffer.encode(text) !== undefined)
          if (index % takeAt === 0) taken.push(...buffer.take())
        }
        taken.push(...buffer.take())
        assert.equal(buffer.bytes, 0)
        assert.equal(buffer.head.seq, texts.length)
        assert.deepEqual(unchain(Buffer.concat(taken)), texts)
      },
    ),
    { numRuns: 60 },
  )
})

test('`recordBuffer` takes a text of the largest size, in bytes and not in characters, and no larger', () => {
  const buffer = recordBuffer(start)
  assert.equal(buffer.encode('x'.repeat(MAX_PAYLOAD_BYTES)), FRAME_BYTES + MAX_PAYLOAD_BYTES)
  assert.equal(buffer.encode('x'.repeat(MAX_PAYLOAD_BYTES + 1)), undefined)
  assert.equal(buffer.encode('ü'.repeat(MAX_PAYLOAD_BYTES / 2)), FRAME_BYTES + MAX_PAYLOAD_BYTES)
  assert.equal(buffer.encode('ü'.repeat(MAX_PAYLOAD_BYTES / 2 + 1)), undefined)
  assert.equal(buffer.encode('€'.repeat(MAX_PAYLOAD_BYTES)), undefined)
  assert.equal(buffer.encode('x'), undefined)
  const texts = unchain(Buffer.concat(buffer.take()))
  assert.equal(texts.length, 2)
})

test('`recordBuffer` forgets what came after the point it is rewound to, and nothing already taken', () => {
  const buffer = recordBuffer(start)
  buffer.encode('"first"')
  const written = buffer.head
  const taken = buffer.take()
  buffer.encode('"lost"')
  buffer.encode('"lost too"')
  buffer.rewind(written)
  assert.deepEqual(buffer.head, written)
  assert.equal(buffer.bytes, 0)
  buffer.encode('"second"')
  assert.deepEqual(unchain(Buffer.concat([...taken, ...buffer.take()])), ['"first"', '"second"'])
})

test('`recordBuffer` writes over released memory only, and does so instead of taking more', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 12 }), (behind) => {
      const buffer = recordBuffer(start)
      const memory = new Set<ArrayBufferLike>()
      const held: { readonly piece: Buffer; readonly copy: Buffer }[] = []
      const checkOldest = (): void => {
        const oldest = held.shift()
        if (oldest === undefined) return
        assert.ok(oldest.piece.equals(oldest.copy), 'a piece changed before it was released')
        buffer.release(oldest.piece)
      }
      for (let at = 0; at < 80; at++) {
        buffer.encode(String(at % 10).repeat(60_000))
        for (const piece of buffer.take()) {
          memory.add(piece.buffer)
          held.push({ piece, copy: Buffer.from(piece) })
        }
        while (held.length > behind) checkOldest()
      }
      while (held.length > 0) checkOldest()
      // Sixteen of these texts fill a chunk, so `behind` of them are in two at most, beside the one that is being filled.
      assert.ok(memory.size <= 3, `${memory.size} chunks`)
    }),
    { numRuns: 13 },
  )
})

test('`checkRecord` judges any bytes without throwing, and finds none of them sound', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const copy = Buffer.from(bytes)
      assert.notEqual(checkRecord(copy, 0, copy.length, start.hash).kind, 'sound')
    }),
  )
})

test('`checkRecord` refuses a sound record that chains to something else', () => {
  const buffer = recordBuffer(start)
  buffer.encode('"only"')
  const bytes = Buffer.concat(buffer.take())
  assert.equal(checkRecord(Buffer.from(bytes), 0, bytes.length, start.hash).kind, 'sound')
  const check = checkRecord(Buffer.from(bytes), 0, bytes.length, genesisHash(1))
  assert.deepEqual(check, { kind: 'damaged', what: 'the hash chain is broken' })
})
