import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { DEPTH, leafOf, type TreeNodes, withoutLeaf } from './person-tree.ts'

const root = Buffer.alloc(32, 9)
const whole: TreeNodes = new Map([['', root]])
const place = fc
  .array(fc.constantFrom(...'0123456789abcdef'), { minLength: DEPTH, maxLength: DEPTH })
  .map((digits) => digits.join(''))
/** Places that are near each other too: neighbours share a path. */
const near = fc
  .tuple(place, fc.integer({ min: 0, max: DEPTH }), place)
  .map(([a, at, b]) => a.slice(0, at) + b.slice(at))

/** The definition, without a tree. */
function leafByDefinition(at: string): Buffer {
  return [...at].reduce<Buffer>(
    (key, digit) => hash('sha256', Buffer.concat([key, Buffer.from(digit)]), 'buffer'),
    root,
  )
}
const hex = (key: Uint8Array | undefined): string | undefined =>
  key === undefined ? undefined : Buffer.from(key).toString('hex')

const RUNS = Math.max(40, Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 0) / 100)
test(`whatever is destroyed in whatever order, every other leaf is by its definition (${RUNS} trees)`, () => {
  fc.assert(
    fc.property(
      fc.array(near, { maxLength: 6 }),
      fc.array(near, { maxLength: 6 }),
      (gone, others) => {
        const left = gone.reduce(withoutLeaf, whole)
        for (const at of gone) assert.equal(leafOf(left, at), undefined)
        for (const at of others)
          if (!gone.includes(at)) assert.equal(hex(leafOf(left, at)), hex(leafByDefinition(at)))
      },
    ),
    { numRuns: RUNS },
  )
})

test('what is left holds no key above or at a destroyed leaf, so it cannot be computed again', () => {
  fc.assert(
    fc.property(fc.array(near, { minLength: 1, maxLength: 8 }), (gone) => {
      const left = gone.reduce(withoutLeaf, whole)
      for (const at of gone)
        for (let depth = 0; depth <= DEPTH; depth++)
          assert.equal(left.has(at.slice(0, depth)), false)
      assert.ok(left.size <= gone.length * DEPTH * 15)
      // Nor does any kept key equal one that was on the path.
      const paths = new Set(
        gone.flatMap((at) =>
          Array.from({ length: DEPTH + 1 }, (_, depth) =>
            hex(leafByDefinition(at.slice(0, depth))),
          ),
        ),
      )
      for (const key of left.values()) assert.equal(paths.has(hex(key)), false)
    }),
    { numRuns: 15 },
  )
})

test('`withoutLeaf` changes nothing the second time, and leaves the tree that it was given', () => {
  const at = '0123456789abcdef'
  const once = withoutLeaf(whole, at)
  assert.equal(withoutLeaf(once, at), once)
  assert.equal(whole.size, 1)
  assert.notEqual(leafOf(whole, at), undefined)
})

test('a place that is none is refused', () => {
  for (const at of ['', '0', '0123456789abcdeg', '0123456789ABCDEF', '0123456789abcdef0'])
    assert.throws(() => leafOf(whole, at), TypeError)
})
