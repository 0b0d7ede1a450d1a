import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { Compile } from 'typebox/schema'
import type { JsonObject, JsonValue } from '../lib/index.ts'
import { FORMATS, RECORD_KINDS, type RecordKind } from './record-format.ts'
import { recordSchema } from './record-schema.ts'
import { readRecord } from './read-record.ts'

const SOUND: Readonly<Record<RecordKind, JsonObject>> = {
  client: { id: 'c', name: 'Client', status: 'active', reason: 'none' },
  consent: {
    id: 'consent-1',
    client: 'c',
    subject: 's',
    status: 'AUTH',
    permissions: ['ReadBalances'],
    accounts: [],
    validFrom: '2026-01-01T00:00:00Z',
    expiresAt: '2026-01-01T00:00:00Z',
    transactionsFrom: '2026-01-01T00:00:00.5+01:00',
    transactionsTo: '2026-01-01T00:00:00Z',
  },
  revocation: { token: 't', at: '2026-01-01T00:00:00Z', reason: 'lost' },
}
const read = (kind: RecordKind, value: JsonValue | string) =>
  readRecord(kind, 'f.json', Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)))
const messages = (kind: RecordKind, value: JsonValue | string): string[] =>
  read(kind, value).diagnostics.map(({ message }) => message)

test('`readRecord` takes sound records, also with a byte order mark and a $schema', () => {
  for (const kind of RECORD_KINDS) {
    const text = JSON.stringify({ $schema: '../x.json', ...SOUND[kind] })
    for (const form of [text, `\ufeff${text}`, JSON.stringify(SOUND[kind], undefined, 4)]) {
      const { entries, diagnostics } = read(kind, form)
      assert.deepEqual(diagnostics, [])
      assert.equal(entries.length, 1)
      assert.equal('$schema' in (entries[0]?.value ?? {}), false)
    }
  }
})

test('`readRecord` points at the line and column of each mistake', () => {
  const text = '{\n  "id": "c",\n  "nmae": "Client",\n  "status": "Active"\n}\n'
  assert.deepEqual(
    read('client', text).diagnostics.map(({ place, nearest, pointer }) => [
      place.line,
      place.column,
      nearest,
      pointer,
    ]),
    [
      [3, 3, 'name', '/nmae'],
      [1, 1, undefined, undefined],
      [4, 3, 'active', '/status'],
    ],
  )
  const [cut] = read('client', '{\n  "id": ').diagnostics
  assert.equal(cut?.place.line, 2)
  const [twice] = read('client', '{"id":"a",\n"name":"n","status":"active","id":"b"}').diagnostics
  assert.deepEqual([twice?.message, twice?.place.line], ['"id" stands twice.', 2])
  assert.deepEqual(messages('client', '{"id":"a","name":"n","status":"active","i\\u0064":"b"}'), [
    '"id" stands twice.',
  ])
})

test('`readRecord` never quotes a value: it could be an account or a customer', () => {
  const secret = 'GB33BUKB20201555555555'
  for (const kind of RECORD_KINDS)
    for (const { name } of FORMATS[kind].fields)
      for (const value of [`${secret}\n`, [secret, secret], { [secret]: secret }, 7.5]) {
        const found = JSON.stringify(read(kind, { ...SOUND[kind], [name]: value }).diagnostics)
        assert.match(found, /GH_FEED_RECORD_INVALID/)
        assert.equal(found.includes(secret), false, `${kind} ${name}`)
      }
})

test('`readRecord` holds each limit at its edge', () => {
  const list = (count: number): string[] => Array.from({ length: count }, (_, i) => `i${i}`)
  const cases: readonly (readonly [RecordKind, string, JsonValue, JsonValue])[] = [
    ['client', 'id', 'x'.repeat(256), 'x'.repeat(257)],
    ['client', 'id', '~', ''],
    ['client', 'id', ' ', 'ü'],
    ['client', 'name', '\u{1f600}'.repeat(256), '\u{1f600}'.repeat(257)],
    ['client', 'reason', 'x'.repeat(1024), 'x'.repeat(1025)],
    ['consent', 'subject', 'x'.repeat(256), 'x'.repeat(257)],
    ['consent', 'status', 'x'.repeat(64), 'x'.repeat(65)],
    ['consent', 'permissions', list(256), list(257)],
    ['consent', 'permissions', ['x'.repeat(128)], ['x'.repeat(129)]],
    ['consent', 'accounts', list(2000), list(2001)],
    ['consent', 'accounts', ['a', 'b'], ['a', 'a']],
    ['consent', 'accounts', ['a'], ['']],
    ['consent', 'frequencyPerDay', 1, 0],
    ['consent', 'frequencyPerDay', 10_000, 10_001],
    ['client', 'frequencyPerDay', 96, '96'],
    ['consent', 'expiresAt', '2026-01-01T00:00:00Z', '2025-12-31T23:59:59Z'],
    ['consent', 'transactionsTo', '2025-12-31T23:00:00.5Z', '2025-12-31T23:00:00.499Z'],
  ]
  for (const [kind, name, inside, outside] of cases) {
    assert.deepEqual(messages(kind, { ...SOUND[kind], [name]: inside }), [], name)
    assert.equal(messages(kind, { ...SOUND[kind], [name]: outside }).length, 1, name)
  }
  const text = JSON.stringify(SOUND.client)
  assert.equal(messages('client', text.padEnd(65_536)).length, 0)
  assert.equal(messages('client', text.padEnd(65_537)).length, 1)
})

test('`readRecord` refuses a revocation of nothing or of two things, and closes what it names', () => {
  const keys = (value: JsonObject): string[] => read('revocation', value).entries.map((e) => e.key)
  const { token: _, ...nothing } = SOUND.revocation
  assert.deepEqual(keys(nothing), [])
  assert.equal(messages('revocation', nothing).length, 1)
  const both = { ...SOUND.revocation, client: 'c' }
  assert.deepEqual(keys(both), ['token:t', 'client:c'])
  assert.equal(messages('revocation', both).length, 1)
})

test('`recordSchema` is what is published', () => {
  for (const kind of RECORD_KINDS) {
    const file = join(import.meta.dirname, '../../schemas', `${kind}.schema.json`)
    assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), recordSchema(kind))
  }
})

test('`recordSchema` and `readRecord` agree on what a record may be', () => {
  const value = fc.oneof(
    fc.constantFrom('active', 'AUTH', '', 'x y', 'ü', 'a\nb', '2026-01-01', '2026-02-30T00:00:00Z'),
    fc.constant('2026-01-01T00:00:00Z'),
    fc.string({ maxLength: 300, unit: 'binary' }),
    fc.array(fc.constantFrom('a', 'b', '', 'c'), { maxLength: 4 }),
    fc.jsonValue({ maxDepth: 2 }),
  )
  for (const kind of RECORD_KINDS) {
    const schema = Compile(recordSchema(kind))
    const examples = FORMATS[kind].fields.flatMap(({ name, examples: all }) =>
      all.map((example) => [name, example] as const),
    )
    const agree = (name: string, changed: JsonValue | undefined): void => {
      const others = Object.entries(SOUND[kind]).filter(([key]) => key !== name)
      const members = changed === undefined ? others : [...others, [name, changed] as const]
      // As text, so that "__proto__" is a member like any other.
      const text = `{${members.map((member) => member.map((part) => JSON.stringify(part)).join(':')).join()}}`
      // The order of two times is in the schema's words only.
      const found = messages(kind, text).filter((message) => !message.includes('come before'))
      assert.equal(found.length === 0, schema.Check(JSON.parse(text)), text)
    }
    for (const [name, example] of examples) agree(name, example)
    const names = [...FORMATS[kind].fields.map(({ name }) => name), 'other', '__proto__']
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.option(value, { nil: undefined }),
        (name, changed) =>
          // sound: fast-check's JSON values are JSON values
          agree(name, changed as JsonValue | undefined),
      ),
      { numRuns: 400 },
    )
  }
})

test('`readRecord` judges any bytes without throwing, and never lets a wrong client or consent through', () => {
  const kinds = fc.constantFrom(...RECORD_KINDS)
  fc.assert(
    fc.property(kinds, fc.uint8Array({ maxLength: 300 }), (kind, bytes) => {
      const { entries, diagnostics } = readRecord(kind, 'f', bytes)
      assert.ok(diagnostics.length > 0)
      assert.deepEqual(entries, [])
    }),
  )
  fc.assert(
    fc.property(kinds, fc.nat(), fc.integer({ min: 32, max: 126 }), (kind, at, char) => {
      const text = JSON.stringify(SOUND[kind])
      const cut = at % text.length
      const changed = text.slice(0, cut) + String.fromCharCode(char) + text.slice(cut + 1)
      const { entries, diagnostics } = read(kind, changed)
      if (kind !== 'revocation') assert.equal(entries.length, diagnostics.length === 0 ? 1 : 0)
      for (const { place } of diagnostics) assert.ok(place.line === 1 && place.column >= 1)
    }),
  )
})
