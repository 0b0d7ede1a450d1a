/** What a token says of strong customer authentication is read whole or not at all. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { JsonObject, JsonValue } from '../../src/lib/index.ts'
import { tokenOf } from '../../src/proof/access-token.ts'
import { MAX_SCA_TEXT, readScaClaim } from '../../src/proof/sca-claim.ts'

const RUNS = Math.max(10_000, Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 0))

const AUTHENTICATED = { outcome: 'authenticated', decision: 'd-1' }
const EXEMPT = { outcome: 'exempt', decision: 'd-1', exemption: 'low-value' }

test('an authentication and an exemption are read, with what else is known of them and nothing more', () => {
  for (const claim of [
    AUTHENTICATED,
    EXEMPT,
    { ...EXEMPT, article: 'RTS Art. 16', digest: 'abc' },
    { ...AUTHENTICATED, digest: 'x'.repeat(MAX_SCA_TEXT) },
  ])
    assert.deepEqual(readScaClaim({ ...claim, subject: 'cust-1' }), claim)
})

test('what is not whole says nothing', () => {
  const none: readonly (JsonValue | undefined)[] = [
    undefined,
    null,
    'authenticated',
    [AUTHENTICATED],
    {},
    { outcome: 'authenticated' },
    { ...AUTHENTICATED, decision: '' },
    { ...AUTHENTICATED, decision: 7 },
    { ...AUTHENTICATED, decision: 'x'.repeat(MAX_SCA_TEXT + 1) },
    { ...AUTHENTICATED, outcome: 'required' },
    { ...AUTHENTICATED, exemption: 'low-value' },
    { ...EXEMPT, exemption: '' },
    { outcome: 'exempt', decision: 'd-1' },
  ]
  for (const claim of none) assert.equal(readScaClaim(claim), undefined, JSON.stringify(claim))
})

test('a provider is believed where its claim is named, and then no other one says anything', () => {
  const claims = {
    client: 'azp',
    subject: 'sub',
    consent: 'consent_id',
    scope: 'scope',
    grant: 'sid',
  }
  const issuer = 'https://login.bank.example'
  const read = (sca: string | undefined, payload: JsonObject) =>
    tokenOf({ issuer, claims: { ...claims, ...(sca && { sca }) } }, 'at+jwt', payload)
  assert.deepEqual(read('psd2_sca', { psd2_sca: EXEMPT, sca: AUTHENTICATED })?.sca, EXEMPT)
  assert.equal(read('psd2_sca', { sca: AUTHENTICATED })?.sca, undefined)
  assert.deepEqual(read('sca', { sca: AUTHENTICATED, amr: ['pin', 7, 'otp'] })?.sca, AUTHENTICATED)
  assert.equal(read(undefined, { sca: AUTHENTICATED })?.sca, undefined)
  assert.deepEqual(read(undefined, { amr: ['pin', 'otp'] })?.amr, ['pin', 'otp'])
  assert.equal(read(undefined, {})?.amr, undefined)
})

test('whatever comes is read without failing, and never as more than it says', () => {
  const word = fc.oneof(
    fc.constantFrom('authenticated', 'exempt', 'required', 'low-value', '', 'd-1'),
    fc.string({ maxLength: 300 }),
    fc.constant(null),
    fc.integer(),
  )
  const claim = fc.record(
    { outcome: word, decision: word, exemption: word, article: word, digest: word },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(fc.oneof(claim, fc.jsonValue()), (value) => {
      const read = readScaClaim(value as JsonValue) // sound: JSON values all
      if (read === undefined) return
      const of = value as Readonly<Record<string, unknown>> // sound: only an object is read
      for (const [name, text] of Object.entries(read)) assert.equal(of[name], text)
      assert.equal(read.outcome === 'exempt', read.exemption !== undefined)
    }),
    { numRuns: RUNS },
  )
})
