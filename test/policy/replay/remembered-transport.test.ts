/** What an event says of a connection, a certificate and a binding is what the kernel was told then; what it does not say is not made up. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type TokenFact, type TransportFact, UnknownFact } from '../../../src/decide/index.ts'
import type { FactsRecord } from '../../../src/events/index.ts'
import { createTransportRecorder } from '../../../src/gateway/core/transport-record.ts'
import {
  rememberedToken,
  rememberedTransport,
} from '../../../src/policy/replay/remembered-facts.ts'
import { accessEvent } from '../../support/access-event.ts'

const FACTS: FactsRecord = {
  bucket: 0,
  feedAgeMs: 0,
  token: { kind: 'verified', issuer: 'i', type: 'at+jwt', audiences: [], scopes: [] },
  clientStatus: 'active',
  consent: null,
  objects: {},
  query: [],
  gathered: ['token'],
}

for (const fact of [
  { tls: '1.3', certificate: { kind: 'absent' } },
  { tls: '1.2', certificate: { kind: 'untrusted', thumbprint: 't', why: 'no path' } },
  {
    tls: '1.3',
    certificate: {
      kind: 'trusted',
      thumbprint: 't',
      trustStore: 'psd2',
      depth: 2,
      notBefore: 1,
      notAfter: 2,
      revocation: 'good',
      revocationUntil: Number.MAX_SAFE_INTEGER,
      organization: 'PSDGB-FCA-1',
      roles: new Set(['PSP_AI']),
    },
  },
] satisfies TransportFact[])
  test(`a replay sees ${fact.certificate.kind} over TLS ${fact.tls} as the gateway saw it`, () => {
    const written = JSON.stringify({ ...FACTS, transport: createTransportRecorder()(fact) })
    const facts = JSON.parse(written) as FactsRecord // sound: written just now
    assert.deepEqual(rememberedTransport(facts), fact)
  })

test('an event without a connection is one over plain HTTP', () => {
  assert.equal(rememberedTransport(FACTS), undefined)
})

test('what a token was bound to is remembered; where it was not recorded, only the rule about it cannot tell', () => {
  const remembered = (token: Partial<NonNullable<FactsRecord['token']>>, asked: boolean) =>
    rememberedToken(
      accessEvent(),
      { ...FACTS, token: { kind: 'verified', issuer: 'i', ...token } },
      'same',
      () => asked,
    )
  const bindingOf = (fact: TokenFact): unknown =>
    fact.kind === 'verified' ? fact.confirmation : 'none'
  assert.deepEqual(bindingOf(remembered({ bound: { certificate: 'x' } }, true)), {
    certificate: 'x',
  })
  assert.equal(bindingOf(remembered({ bound: null }, true)), undefined)
  assert.equal(bindingOf(remembered({}, false)), undefined)
  assert.throws(() => bindingOf(remembered({}, true)), UnknownFact)
})
