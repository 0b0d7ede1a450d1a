/** Files of consents, clients and revocations: any bytes are a record or a mistake with a place; a mistake puts nothing more in force. */
import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import * as fc from 'fast-check'
import { readRecord } from '../../../src/feed/read-record.ts'
import { meadowConsent } from '../../scenario/invented-bank.ts'
import { anyJson, cutUp, type Json, mutated } from '../../support/json-mutation.ts'
import { defineSuite } from '../suite.ts'

const RECORDS: Readonly<Record<string, Json>> = {
  consent: JSON.parse(JSON.stringify(meadowConsent({ expires: '2027-01-01T00:00:00Z' }))) as Json, // sound: JSON
  client: { id: 'tpp-a', name: 'App Ltd', status: 'active' },
  revocation: { tokens: ['t1'], consents: ['consent-1'], clients: ['tpp-a'], subjects: ['s'] },
}
const KINDS = ['consent', 'client', 'revocation'] as const
const BROKEN = [
  '"',
  ',',
  '{',
  '}',
  '"id":"x",',
  '\ufeff',
  '\u0000',
  '\\ud800',
  '1e400',
  '2026-02-30',
]

export const feedRecords = defineSuite<Json>(
  {
    name: 'feed-records',
    holds: 'any file is a record or a mistake, and a client or consent with a mistake is absent',
  },
  () => ({
    input: fc.tuple(fc.constantFrom(...KINDS), fc.nat(3)).chain(([kind, how]) => {
      const base = RECORDS[kind] ?? null
      const text =
        how === 0
          ? fc.string({ unit: 'binary', maxLength: 80 })
          : how === 1
            ? anyJson.map((value) => JSON.stringify(value))
            : how === 2
              ? cutUp(JSON.stringify(base), BROKEN)
              : mutated(base, 3).map((value) => JSON.stringify(value))
      return text.map((made): Json => ({ kind, text: made }))
    }),
    check(input) {
      const { kind, text = '' } = input as Record<string, string> // sound: made above
      const known = KINDS.find((one) => one === kind) ?? 'client'
      for (const encoding of ['utf8', 'latin1'] as const) {
        const { entries, diagnostics } = readRecord(known, 'a.json', Buffer.from(text, encoding))
        for (const { place, code } of diagnostics) {
          assert.ok(place.line >= 1 && place.column >= 1)
          assert.match(code, /^GH_FEED_/)
        }
        if (known !== 'revocation' && diagnostics.length > 0) assert.equal(entries.length, 0)
        if (entries.length === 0) assert.ok(diagnostics.length > 0, 'no word why')
      }
    },
  }),
)
