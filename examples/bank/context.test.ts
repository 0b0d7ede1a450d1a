/** The bank refuses what the gateway did not vouch for. Contexts are made here with `jose`, as whoever attacks would make them. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import { contextVerifier } from './context.ts'
import { startBank } from './server.ts'

const AUDIENCE = 'http://bank.internal:9080'
const TARGET = '/open-banking/v4.0/aisp/accounts'
const NOW = Date.UTC(2026, 10, 22, 12)

interface Forged {
  readonly claims?: Readonly<Record<string, unknown>>
  readonly head?: Readonly<Record<string, unknown>>
  readonly key?: CryptoKey
}

interface Rig {
  /** Status of a call with this context; `null`: none. */
  call(context: string | null, more?: RequestInit, target?: string): Promise<number>
  context(changes?: Forged): Promise<string>
  readonly publicJwk: JWK
  advance(ms: number): void
}

async function rig(t: TestContext): Promise<Rig> {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  const publicJwk = await exportJWK(publicKey)
  const kid = await calculateJwkThumbprint(publicJwk)
  let now = NOW
  let made = 0
  const clock = (): number => now
  const keys = { keys: [{ ...publicJwk, kid, alg: 'ES256', use: 'sig' }] }
  const verify = contextVerifier({ keys, audience: AUDIENCE, clock })
  const bank = await startBank({ port: 0, clock, publicOrigin: 'http://gateway.example', verify })
  t.after(() => bank.close())
  const { port } = bank.address() as AddressInfo // sound: listening on TCP
  return {
    publicJwk,
    advance: (ms) => void (now += ms),
    async call(context, more = {}, target = TARGET) {
      const headers = context === null ? {} : { 'gatehouse-context': context }
      const answer = await fetch(`http://127.0.0.1:${port}${target}`, {
        ...more,
        headers: { ...headers, 'x-gatehouse-subject': 'cust-tom' },
      })
      const text = await answer.text()
      if (answer.status === 200) assert.match(text, /22289/, 'the header alone says nothing')
      return answer.status
    },
    context({ claims = {}, head = {}, key = privateKey } = {}) {
      const digest = createHash('sha256').update('').digest('base64')
      return new SignJWT({
        iss: 'gatehouse',
        aud: AUDIENCE,
        iat: now / 1000,
        exp: now / 1000 + 30,
        jti: `decision-${++made}`,
        sub: 'cust-amira',
        method: 'GET',
        target: TARGET,
        content_digest: `sha-256=:${digest}:`,
        ...claims,
      })
        .setProtectedHeader({ alg: 'ES256', kid, typ: 'gatehouse-context+jwt', ...head })
        .sign(key)
    },
  }
}

test('a call that the gateway vouches for is answered, for the customer that it names', async (t) => {
  const { call, context } = await rig(t)
  assert.equal(await call(await context()), 200)
})

test('a call without a context is refused, whatever its other headers say', async (t) => {
  const { call } = await rig(t)
  assert.equal(await call(null), 401)
  assert.equal(await call(''), 401)
  assert.equal(await call('no.context.atall'), 401)
})

const at = NOW / 1000
const WRONG: readonly (readonly [string, Forged])[] = [
  ['it has expired', { claims: { iat: at - 60, exp: at - 30 } }],
  ['it never ends', { claims: { exp: undefined } }],
  ['it is older than any that the gateway makes', { claims: { iat: at - 400 } }],
  ['it is for another API', { claims: { aud: 'http://other.internal' } }],
  ['another gateway says so', { claims: { iss: 'somebody' } }],
  ['it is another kind of token', { head: { typ: 'at+jwt' } }],
  ['it is for another path', { claims: { target: `${TARGET}?page=2` } }],
  ['it is for another method', { claims: { method: 'POST' } }],
  ['it is for another body', { claims: { content_digest: 'sha-256=:AAAA:' } }],
  ['it has no id', { claims: { jti: undefined } }],
]
for (const [why, forged] of WRONG)
  test(`a context is refused when ${why}`, async (t) => {
    const { call, context } = await rig(t)
    assert.equal(await call(await context(forged)), 401)
  })

test('a context is refused when its signature is changed, of another key, or of none', async (t) => {
  const { call, context } = await rig(t)
  const good = await context()
  const [head = '', claims = '', signature = ''] = good.split('.')
  const flipped = signature.startsWith('A') ? `B${signature.slice(1)}` : `A${signature.slice(1)}`
  assert.equal(await call(`${head}.${claims}.${flipped}`), 401)
  const other = await generateKeyPair('ES256')
  assert.equal(await call(await context({ key: other.privateKey })), 401)
  const none = Buffer.from('{"alg":"none","typ":"gatehouse-context+jwt"}').toString('base64url')
  assert.equal(await call(`${none}.${claims}.`), 401)
})

test('a context that vouches for one body does not vouch for another', async (t) => {
  const { call, context } = await rig(t)
  const of = (text: string): string =>
    `sha-256=:${createHash('sha256').update(text).digest('base64')}:`
  const post = { method: 'POST', content_digest: of('{"amount":"1.00"}') }
  const sent = { method: 'POST', body: '{"amount":"9.00"}' }
  assert.equal(await call(await context({ claims: post }), sent), 401)
  // The bank knows no writes: 405 is an answer of the API behind the check.
  assert.equal(
    await call(await context({ claims: post }), { ...sent, body: '{"amount":"1.00"}' }),
    405,
  )
})

test('nothing is paid of which the context says neither that it was authenticated nor why it was exempt', async (t) => {
  const { call, context } = await rig(t)
  const target = '/open-banking/v4.0/pisp/domestic-payments'
  const body = JSON.stringify({ Data: { ConsentId: 'c-1', Initiation: {} }, Risk: {} })
  const digest = `sha-256=:${createHash('sha256').update(body).digest('base64')}:`
  const order = async (sca: unknown): Promise<number> => {
    const claims = { method: 'POST', target, content_digest: digest, sca }
    return call(await context({ claims }), { method: 'POST', body }, target)
  }
  assert.equal(await order({ outcome: 'authenticated', decision: 'd-1' }), 201)
  assert.equal(await order({ outcome: 'exempt', decision: 'd-2', exemption: 'low-value' }), 201)
  for (const none of [
    undefined,
    'authenticated',
    {},
    { outcome: 'authenticated' },
    { outcome: 'exempt', decision: 'd-3' },
    { outcome: 'required', decision: 'd-3' },
  ])
    assert.equal(await order(none), 403)
})

test('a context counts once, and fifty at a time are one', async (t) => {
  const { call, context, advance } = await rig(t)
  const good = await context()
  const all = await Promise.all(Array.from({ length: 50 }, () => call(good)))
  assert.equal(all.filter((status) => status === 200).length, 1)
  advance(31_000)
  assert.equal(await call(good), 401)
  assert.equal(await call(await context()), 200)
})
