import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FactsRecord } from '../events/index.ts'
import { transportLines } from './explain-transport.ts'

const FACTS: FactsRecord = {
  bucket: 0,
  feedAgeMs: 0,
  token: { kind: 'verified', bound: null },
  clientStatus: null,
  consent: null,
  objects: {},
  query: [],
}
const CERTIFICATE = {
  kind: 'trusted',
  thumbprint: 'print',
  trustStore: 'psd2',
  depth: 1,
  notBefore: 0,
  notAfter: Date.UTC(2027, 0, 1),
  revocation: 'good',
  revocationUntil: 0,
  organization: 'PSDGB-FCA-1',
  roles: ['PSP_AI'],
} as const

const linesOf = (changes: Partial<FactsRecord>): Readonly<Record<string, string>> =>
  Object.fromEntries(transportLines({ ...FACTS, ...changes }))

test('`transportLines` says nothing of a request over plain HTTP with a bearer token', () => {
  assert.deepEqual(linesOf({}), {})
})

test('`transportLines` tells whose certificate came, who vouches for it and what it may do', () => {
  assert.deepEqual(linesOf({ transport: { tls: '1.3', certificate: CERTIFICATE } }), {
    connection: 'TLS 1.3',
    'client certificate': 'print, by trust store psd2, 1 authorities above it, not revoked',
    'certificate is for': 'PSDGB-FCA-1; PSD2 roles: PSP_AI',
    'certificate until': '2027-01-01T00:00:00.000Z',
  })
})

test('`transportLines` tells why a certificate counts for nothing', () => {
  const untrusted = { kind: 'untrusted', thumbprint: 'p', why: 'no path to an anchor' } as const
  const lines = linesOf({ transport: { tls: '1.2', certificate: untrusted } })
  assert.equal(lines['client certificate'], 'NOT trusted: no path to an anchor')
  assert.equal(
    linesOf({ transport: { tls: '1.2', certificate: null } })['client certificate'],
    'none came',
  )
  const revoked = { ...CERTIFICATE, revocation: 'revoked' } as const
  assert.match(
    linesOf({ transport: { tls: '1.3', certificate: revoked } })['client certificate'] ?? '',
    /REVOKED$/,
  )
})

test('`transportLines` tells what a token is bound to, and whether that is the connection', () => {
  const bound = (certificate: string): string | undefined =>
    linesOf({
      token: { kind: 'verified', bound: { certificate } },
      transport: { tls: '1.3', certificate: CERTIFICATE },
    })['token is bound to']
  assert.equal(bound('print'), 'certificate print, the one of the connection')
  assert.equal(bound('other'), 'certificate other, NOT the one of the connection')
  assert.equal(
    linesOf({ token: { kind: 'verified', bound: { key: 'k' } } })['token is bound to'],
    'DPoP key k',
  )
  assert.equal(
    linesOf({ token: { kind: 'verified', bound: {} } })['token is bound to'],
    'something that is not known here',
  )
})

test('`transportLines` tells what the DPoP proof was, and why it counts for nothing', () => {
  const proof = (changes: Partial<NonNullable<FactsRecord['proof']>>): string | undefined =>
    linesOf({
      proof: {
        kind: 'verified',
        key: 'k',
        ofMethod: true,
        ofToken: true,
        issuedAt: 0,
        nonce: 'absent',
        use: 'new',
        ...changes,
      },
    })['DPoP proof']
  assert.equal(
    proof({}),
    'by key k, for this method, for this token, made at 1970-01-01T00:00:00.000Z, without a nonce, used for the first time',
  )
  assert.match(proof({ ofMethod: false }) ?? '', /for ANOTHER method/)
  assert.match(proof({ ofToken: false }) ?? '', /for ANOTHER token/)
  assert.match(proof({ issuedAt: 1e300 }) ?? '', /made at NO moment/)
  assert.match(proof({ use: 'seen', nonce: 'unknown' }) ?? '', /NOT hand out.*USED BEFORE$/)
  assert.match(linesOf({ proof: { kind: 'absent' } })['DPoP proof'] ?? '', /^NONE came/)
  assert.equal(
    linesOf({ proof: { kind: 'invalid', why: 'typ is not dpop+jwt' } })['DPoP proof'],
    'NOT sound: typ is not dpop+jwt',
  )
})
