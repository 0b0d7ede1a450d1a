import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { nearest } from './index.ts'

const WORDS = ['template', 'upstream', 'spec', 'name', 'basePath']
const cases = [
  ['tempalte', 'template'], // neighbours swapped: one edit
  ['tmplate', 'template'],
  ['templatte', 'template'],
  ['UPSTREAM', 'upstream'],
  ['basepath', 'basePath'],
  ['spek', 'spec'],
  ['nmae', 'name'],
  ['sp', undefined], // two edits, one allowed
  ['', undefined],
  ['something-else', undefined],
] as const
for (const [word, want] of cases) {
  test(`\`nearest\` of "${word}" is ${want ?? 'nothing'}`, () =>
    assert.equal(nearest(word, WORDS), want))
}

test('`nearest` takes the first of two that are equally near, and nothing of nothing', () => {
  assert.equal(nearest('cot', ['cat', 'cut']), 'cat')
  assert.equal(nearest('cot', []), undefined)
})

const limits = [
  { word: 'abcdef', edits: 2, near: true },
  { word: 'abcdef', edits: 3, near: false },
  { word: 'abcdefghi', edits: 3, near: true },
  { word: 'abcdefghijkl', edits: 4, near: false }, // never more than 3, however long
]
for (const { word, edits, near } of limits) {
  test(`\`nearest\` ${near ? 'takes' : 'leaves'} ${edits} edits of a word of ${word.length}`, () => {
    const candidate = '#'.repeat(edits) + word.slice(edits)
    assert.equal(nearest(word, [candidate]), near ? candidate : undefined)
  })
}

test('`nearest` finds a word itself, and answers with a candidate or nothing, for any text', () => {
  fc.assert(
    fc.property(
      fc.string({ maxLength: 20 }),
      fc.array(fc.string({ maxLength: 20 })),
      (word, all) => {
        const found = nearest(word, all)
        if (found !== undefined) assert.ok(all.includes(found))
        if (all.includes(word)) assert.equal(found?.toLowerCase(), word.toLowerCase())
      },
    ),
  )
})
