/**
 * `fields.case`: every field of every record kind with what it takes and does not. A line is a kind, a field and a value put there in
 * a sound record (`-`: left out), then what is said, or `ok`. No value is ever repeated in what is said.
 */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { FORMATS, RECORD_KINDS, type RecordKind } from '../../src/feed/record-format.ts'
import { readRecord } from '../../src/feed/read-record.ts'
import type { JsonObject } from '../../src/lib/index.ts'
import { CLIENT, CONSENT, REVOCATION } from './feed-folder.ts'

const FILE = join(import.meta.dirname, 'fields.case')
const SOUND: Readonly<Record<RecordKind, JsonObject>> = {
  client: { ...CLIENT, reason: 'none' },
  consent: {
    ...CONSENT,
    transactionsFrom: '2025-01-01T00:00:00Z',
    transactionsTo: '2026-12-31T23:59:59Z',
  },
  revocation: REVOCATION,
}

function judged(kind: RecordKind, field: string, written: string): string {
  const members = Object.entries(SOUND[kind])
    .filter(([name]) => name !== field)
    .map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`)
  const changed = written === '-' ? [] : [`${JSON.stringify(field)}: ${written}`]
  // One member a line, the changed one first: on line 2.
  const text = `{\n${[...changed, ...members].join(',\n')}\n}\n`
  const { entries, diagnostics } = readRecord(kind, 'f.json', Buffer.from(text))
  assert.ok(kind === 'revocation' || entries.length === (diagnostics.length === 0 ? 1 : 0))
  const said = diagnostics.map(({ message, place, nearest }) => {
    const near = nearest === undefined ? '' : ` [${nearest}]`
    return `${place.line}:${place.column} ${message}${near}`
  })
  return said.join(' | ') || `ok ${entries.map(({ key }) => key).join(' ')}`
}

test('`readRecord`: every field with what it takes and does not', () => {
  const met = new Set<string>()
  const lines = readFileSync(FILE, 'utf8').split('\n')
  const seen = lines.map((line) => {
    const given = /^(client|consent|revocation) (\S+) = (.*?)(?: => .*)?$/.exec(line)
    if (given === null) return line
    const [, kind, field = '', written = ''] = given
    met.add(`${kind} ${field}`)
    // sound: the expression allows the three kinds only
    return `${kind} ${field} = ${written} => ${judged(kind as RecordKind, field, written)}`
  })
  // Rewrites the expectation, to be read in the diff: UPDATE_CASES=1 node --test test/feed/fields.test.ts
  if (process.env['UPDATE_CASES'] === '1') writeFileSync(FILE, seen.join('\n'))
  else assert.deepEqual(seen, lines)
  for (const kind of RECORD_KINDS)
    for (const { name } of FORMATS[kind].fields) assert.ok(met.has(`${kind} ${name}`), name)
})
