/** What is told from what in the errors of banks, by a table; and that no text makes it slow. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { leakInJson, MAX_ERROR_CHARACTERS } from '../../src/decide/leaks.ts'

const ROWS = readFileSync(join(import.meta.dirname, 'leaks.case'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => line.split(' => ') as [string, string]) // sound: a row without an arrow fails below

test('there are at least forty leaks and twenty harmless texts', () => {
  const harmless = ROWS.filter(([, want]) => want === 'harmless').length
  assert.ok(harmless >= 20, String(harmless))
  assert.ok(ROWS.length - harmless >= 40, String(ROWS.length - harmless))
})

for (const [json, want] of ROWS)
  test(`${json.slice(0, 70)} is ${want}`, () => {
    assert.equal(leakInJson(json) ?? 'harmless', want)
  })

test('a leak is found wherever it stands in a value', () => {
  const wrap = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constant('ORA-00942'),
      fc.array(tie('value'), { minLength: 1, maxLength: 3 }),
      fc.dictionary(fc.stringMatching(/^[A-Za-z]{1,8}$/), tie('value'), { minKeys: 1, maxKeys: 3 }),
    ),
  })).value
  fc.assert(fc.property(wrap, (value) => leakInJson(JSON.stringify(value)) === 'a database'))
})

test('an error of the longest text is read, one character more is not', () => {
  const text = (length: number): string => `"${'a'.repeat(length - 2)}"`
  assert.equal(leakInJson(text(MAX_ERROR_CHARACTERS)), undefined)
  assert.equal(leakInJson(text(MAX_ERROR_CHARACTERS + 1)), 'a page')
})

test('texts made to slow patterns down are read in time', () => {
  const pieces = [
    'a',
    'a.',
    'at a.',
    'A.',
    '-a',
    '1.',
    ' at ',
    'SELECT ',
    '/',
    'a-db',
    ':1',
    '\\\\',
    'fd',
    "table 'a",
  ]
  for (const piece of pieces) {
    const text = JSON.stringify(piece.repeat(6_000).slice(0, 14_000))
    const before = process.cpuUsage().user
    leakInJson(text)
    assert.ok(process.cpuUsage().user - before < 1_000_000, piece)
  }
})
