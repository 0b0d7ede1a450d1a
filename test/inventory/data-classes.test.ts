/**
 * One file per data class: a line is a value in a message and the classes that it alone is evidence of (`-`: none). Under the first
 * heading stand values that carry the class, under the second what only looks like it.
 */
import assert from 'node:assert/strict'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { dataClasses } from '../../src/controls/index.ts'
import type { DataClassEvidence } from '../../src/inventory/index.ts'
import { DATA_CLASS_RULES } from '../../src/inventory/classify/data-class-rules.ts'
import { oneValue } from './one-value.ts'

const files = globSync(join(import.meta.dirname, 'data-classes', '*.case')).sort()
const met = new Set<string>()

function evidence(line: string): readonly DataClassEvidence[] {
  const { record, at } = oneValue(line)
  return record.dataClasses.filter((item) => item.at === at)
}

/** The lines as they should be. Rewrites them, to be read in the diff, with UPDATE_CASES=1. */
function judged(file: string, lines: readonly string[]): readonly string[] {
  const seen = lines.map((line) => {
    if (line === '' || line.startsWith('#')) return line
    const given = line.split('  ')[0] ?? ''
    const found = evidence(given)
    for (const { rule } of found) met.add(rule)
    const said = found.map(({ dataClass, confidence }) => `${dataClass} ${confidence}`)
    return `${given.padEnd(70)}  ${said.join(', ') || '-'}`
  })
  if (process.env['UPDATE_CASES'] === '1') writeFileSync(file, seen.join('\n'))
  else assert.deepEqual(seen, lines)
  return seen
}

for (const file of files)
  test(`importSpec: what carries ${basename(file, '.case')}, and what only looks like it`, () => {
    const lines = readFileSync(file, 'utf8').split('\n')
    const seen = judged(file, lines)
    const name = basename(file, '.case')
    const [carries = '', looks = ''] = seen.join('\n').split('\n# only looks like it\n')
    const values = carries.split('\n').filter((line) => /^[^#]/.test(line))
    assert.ok(values.length > 0)
    for (const line of values) assert.ok(line.includes(`${name} `), line)
    for (const line of looks.split('\n')) assert.ok(!line.includes(`  ${name} `), line)
    assert.ok(looks.trim() !== '', 'nothing that only looks like it')
  })

test('every class that a value can carry has a file, and every row of the table is met in one', () => {
  assert.deepEqual(
    files.map((file) => basename(file, '.case')),
    dataClasses()
      .map(({ id }) => id)
      .sort(),
  )
  const rows = DATA_CLASS_RULES.map(({ dataClass }, index) => `${dataClass}#${index + 1}`)
  assert.deepEqual(
    rows.filter((row) => !met.has(row)),
    [],
  )
  for (const other of ['format:password', 'format:email', 'format:iban', 'pattern:iban'])
    assert.ok(met.has(other), other)
})

test('importSpec: the words that tell what a part of a message is about', () => {
  const file = join(import.meta.dirname, 'areas.case')
  const lines = judged(file, readFileSync(file, 'utf8').split('\n'))
  assert.ok(lines.length > 100, 'the check is blind')
})
