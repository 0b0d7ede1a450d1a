import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Plan, PlanIssuer } from '../../decide/index.ts'
import type { FactsRecord } from '../../events/index.ts'
import { trustIn } from './trust.ts'

const ISSUER: PlanIssuer = {
  issuer: 'https://as.example',
  audiences: ['a'],
  algorithms: ['PS256'],
  types: ['at+jwt'],
  jwks: { file: 'jwks.json' },
  claims: {
    client: 'client_id',
    subject: 'sub',
    consent: 'consent_id',
    scope: 'scope',
    grant: 'grant_id',
  },
  clockSkewSeconds: 10,
}
const ASKED = {
  ...ISSUER,
  introspection: {
    endpoint: 'https://as.example/i',
    clientId: 'gatehouse',
    signed: false,
    cacheSeconds: 10,
  },
}
const plan = (issuer: PlanIssuer): Plan => ({
  format: 1,
  digest: 'sha256:0',
  issuers: [issuer],
  apis: [],
})
const token = { kind: 'verified', issuer: ISSUER.issuer } as FactsRecord['token']
const facts = { token } as FactsRecord // sound: trust looks at the token alone

test('a draft that asks an issuer about opaque tokens, asks elsewhere or stops asking trusts it differently', () => {
  const elsewhere = {
    ...ASKED,
    introspection: { ...ASKED.introspection, endpoint: 'https://other.example/i' },
  }
  for (const [before, draft, expected] of [
    [ISSUER, ISSUER, 'same'],
    [ASKED, ASKED, 'same'],
    [ISSUER, ASKED, 'changed'],
    [ASKED, ISSUER, 'changed'],
    [ASKED, elsewhere, 'changed'],
  ] as const)
    assert.equal(trustIn(plan(draft))(facts, plan(before)), expected)
})
