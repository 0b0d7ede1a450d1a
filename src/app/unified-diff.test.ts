/** A unified diff says what changed in few lines, and applied to the one text gives the other. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { unifiedDiff } from './unified-diff.ts'

/** As `patch` would: strict about every line of context. */
function apply(before: string, diff: string): string {
  const was = before.slice(0, -1).split('\n')
  const out: string[] = []
  let at = 0
  for (const line of diff.slice(0, -1).split('\n').slice(2)) {
    const head = /^@@ -(\d+),(\d+) \+(\d+),(\d+) @@$/.exec(line)
    if (head !== null) {
      out.push(...was.slice(at, Number(head[1]) - 1))
      at = Number(head[1]) - 1
      assert.equal(out.length, Number(head[3]) - 1)
    } else if (line.startsWith('+')) out.push(line.slice(1))
    else {
      assert.equal(was[at], line.slice(1))
      if (line.startsWith(' ')) out.push(line.slice(1))
      at++
    }
  }
  return `${[...out, ...was.slice(at)].join('\n')}\n`
}

test('unifiedDiff() is empty for the same text, and shows three lines around a change', () => {
  assert.equal(unifiedDiff('f', 'a\n', 'a\n'), '')
  const before = '1\n2\n3\n4\n5\n6\n7\n8\n9\n'
  assert.equal(
    unifiedDiff('f', before, before.replace('5', 'five')),
    '--- f\n+++ f\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n',
  )
})

test('unifiedDiff() makes one hunk of changes that are near, two of changes that are far', () => {
  const before = Array.from({ length: 30 }, (_, at) => `line ${at}\n`).join('')
  const hunks = (after: string): number => unifiedDiff('f', before, after).split('\n@@').length - 1
  assert.equal(hunks(before.replace('line 3\n', 'x\n').replace('line 9\n', 'y\n')), 1)
  assert.equal(hunks(before.replace('line 3\n', 'x\n').replace('line 20\n', 'y\n')), 2)
})

test('property: applied to the one text, the difference gives the other', () => {
  const text = fc
    .array(fc.constantFrom('a', 'b', 'c', '', 'd: 1'), { minLength: 1, maxLength: 30 })
    .map((list) => `${list.join('\n')}\n`)
  fc.assert(
    fc.property(text, text, (before, after) => {
      const diff = unifiedDiff('f', before, after)
      if (before === after) assert.equal(diff, '')
      else assert.equal(apply(before, diff), after)
    }),
    { numRuns: Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 10_000) },
  )
})
