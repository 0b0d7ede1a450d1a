/** Who may call: each claim that a token must have, and what a certificate-bound one must come with. */
import assert from 'node:assert/strict'
import { hash, type X509Certificate } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { test } from 'node:test'
import { SignJWT } from 'jose'
import { systemClock } from '../../../src/app/system-ports.ts'
import { callerGate } from '../../../src/identity/consents/caller.ts'
import { API, ISSUER, now, signingJwk } from '../client.ts'

const CERTIFICATE = { raw: Buffer.from('a certificate') } as unknown as X509Certificate // sound: only its bytes are looked at
const OTHER = { raw: Buffer.from('another') } as unknown as X509Certificate // sound: as above
const X5T = hash('sha256', CERTIFICATE.raw, 'base64url')

async function gate() {
  const [key, foreign] = await Promise.all([signingJwk('ES256'), signingJwk('ES256')])
  let presented: X509Certificate | undefined = CERTIFICATE
  let trusted = true
  let gone = ''
  const judge = callerGate({
    issuer: ISSUER,
    audiences: new Set([API]),
    keySet: () => JSON.stringify({ keys: [key.open] }),
    presented: { of: () => presented, trusted: () => trusted, believesSeal: () => false },
    clock: systemClock,
    first: () => Promise.resolve(true),
    isClient: (id) => Promise.resolve(id !== gone),
    opaque: () => Promise.resolve(undefined),
  })
  const token = (claims: Record<string, unknown> = {}, header = {}, by = key) =>
    new SignJWT({
      iss: ISSUER,
      aud: API,
      sub: 'tpp',
      client_id: 'tpp',
      scope: 'accounts',
      iat: now(),
      exp: now() + 60,
      cnf: { 'x5t#S256': X5T },
      ...claims,
    })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: String(key.open.kid), ...header })
      .sign(by.privateKey)
  const ask = (...authorization: string[]) =>
    // Sound: these are what is looked at.
    judge({
      headersDistinct: { authorization },
      method: 'GET',
      url: '/x',
    } as unknown as IncomingMessage)
  return {
    token,
    ask,
    foreign,
    remove(id: string): void {
      gone = id
    },
    present(certificate: X509Certificate | undefined, isTrusted = true): void {
      presented = certificate
      trusted = isTrusted
    },
  }
}

test('a token that is bound to the certificate of its connection names its client', async () => {
  const { token, ask, present } = await gate()
  const good = `Bearer ${await token()}`
  assert.deepEqual(await ask(good), { client: 'tpp', scopes: new Set(['accounts']) })
  assert.equal(await ask(good, good), undefined, 'two headers are none')
  assert.equal(await ask(good.replace('Bearer', 'DPoP')), undefined)
  assert.equal(await ask(`${good} more`), undefined)
  assert.equal(await ask(), undefined)
  present(OTHER)
  assert.equal(await ask(good), undefined)
  present(CERTIFICATE, false)
  assert.equal(await ask(good), undefined)
  present(undefined)
  assert.equal(await ask(good), undefined)
})

test('whoever is no client any more calls nobody, though the token is in force', async () => {
  const { token, ask, remove } = await gate()
  const good = `Bearer ${await token()}`
  assert.equal((await ask(good))?.client, 'tpp')
  remove('tpp')
  assert.equal(await ask(good), undefined)
})

test('a token of another audience, type, time, issuer, key or owner, or bound to nothing, is none', async () => {
  const { token, ask, foreign } = await gate()
  for (const [why, bad] of [
    ['audience', await token({ aud: 'https://other.example' })],
    ['two audiences', await token({ aud: [API, 'https://other.example'] })],
    ['type', await token({}, { typ: 'JWT' })],
    ['expired', await token({ exp: now() - 1 })],
    ['without end', await token({ exp: undefined })],
    ['not yet', await token({ nbf: now() + 3_600 })],
    ['issuer', await token({ iss: 'https://evil.example' })],
    ['key', await token({}, {}, foreign)],
    ['a customer’s', await token({ sub: 'cust-amira' })],
    ['under a consent', await token({ consent_id: 'c' })],
    ['bearer', await token({ cnf: undefined })],
    ['no client', await token({ client_id: undefined })],
    ['too long', await token({ filler: 'x'.repeat(9_000) })],
  ] as const)
    assert.equal(await ask(`Bearer ${bad}`), undefined, why)
})
