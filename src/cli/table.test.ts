import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { colourStyle } from './style.ts'
import { table, visibleLength, wrap } from './table.ts'

test('`table` lines columns up, whatever colour they have', () => {
  const rows = [
    [colourStyle.good('ok'), 'first'],
    ['longer', colourStyle.bad('second')],
  ]
  const lines = table(rows)
  assert.deepEqual(
    lines.map((line) => visibleLength(line)),
    ['ok      first'.length, 'longer  second'.length],
  )
  assert.equal(visibleLength(colourStyle.strong('four')), 4)
})

test('`table` wraps the last column below itself, and keeps 24 letters for it on a narrow terminal', () => {
  assert.deepEqual(table([['name', 'one two three four five six']], 24, '  '), [
    '  name  one two three four five',
    '        six',
  ])
})

test('`table` leaves no white space at the end of a line, and takes no rows and short rows', () => {
  assert.deepEqual(table([]), [])
  assert.deepEqual(table([['a', ''], ['b'], []]), ['a', 'b', ''])
})

test('`wrap` keeps a word whole that is longer than the width', () => {
  assert.deepEqual(wrap('see https://bank.example/a/long/path now', 10), [
    'see',
    'https://bank.example/a/long/path',
    'now',
  ])
})

test('`wrap` loses no word and fills no line beyond the width unless one word does', () => {
  const words = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { maxLength: 30 })
  fc.assert(
    fc.property(words, fc.integer({ min: 1, max: 40 }), (list, width) => {
      const lines = wrap(list.join(' '), width)
      assert.equal(lines.join(' '), list.join(' '))
      for (const line of lines) assert.ok(line.length <= width || !line.includes(' '), line)
    }),
  )
})
