import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { test } from 'node:test'
import fc from 'fast-check'
import { HeadText, MORE, TOO_LARGE } from './head-text.ts'

const RUNS = Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 10_000)

/** Heads found when these pieces come one after the other, and what is left over. */
function heads(pieces: readonly Buffer[], max = 1_000): { found: string[]; rest: string } {
  const head = new HeadText(max)
  const found: string[] = []
  for (const piece of pieces)
    for (let at = 0; at < piece.length;) {
      const next = head.take(piece, at)
      if (next === MORE) break
      assert.ok(next > at, 'it never takes nothing')
      found.push(head.text)
      at = next
    }
  return { found, rest: head.part }
}

test('`HeadText` finds the same heads however the bytes are cut', () => {
  const text = fc
    .array(fc.constantFrom('a', '\r', '\n', '\r\n', '\r\n\r\n', 'x: y'), { maxLength: 40 })
    .map((parts) => parts.join(''))
  fc.assert(
    fc.property(text, fc.array(fc.nat(8), { maxLength: 60 }), (all, sizes) => {
      const bytes = Buffer.from(all, 'latin1')
      const pieces: Buffer[] = []
      let at = 0
      for (const size of sizes) {
        pieces.push(bytes.subarray(at, at + size))
        at += size
      }
      pieces.push(bytes.subarray(at))
      const expected = all.split('\r\n\r\n')
      const rest = expected.pop() ?? ''
      // An empty line directly after an end begins the next head: `split` and we agree on that.
      assert.deepEqual(heads(pieces), { found: expected, rest })
    }),
    { numRuns: RUNS },
  )
})

test('`HeadText` holds its limit to the byte, the empty line included, whole or in pieces', () => {
  const fits = Buffer.from(`${'x'.repeat(96)}\r\n\r\n`)
  const large = Buffer.from(`${'x'.repeat(97)}\r\n\r\n`)
  assert.equal(new HeadText(100).take(fits, 0), 100)
  assert.equal(new HeadText(100).take(large, 0), TOO_LARGE)
  for (let cut = 1; cut < 100; cut++) {
    const head = new HeadText(100)
    assert.equal(head.take(fits.subarray(0, cut), 0), MORE)
    assert.equal(head.take(fits.subarray(cut), 0), 100 - cut)
    const other = new HeadText(100)
    assert.equal(other.take(large.subarray(0, cut), 0), MORE)
    assert.equal(other.take(large.subarray(cut), 0), TOO_LARGE)
  }
  const endless = new HeadText(100)
  assert.equal(endless.take(Buffer.alloc(101, 'x'), 0), TOO_LARGE)
})
