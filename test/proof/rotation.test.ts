/** A key that turns: when a token of the new key is taken, when one of the old key ends, and what that costs the source. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createIssuerKeys, createTokenVerifier } from '../../src/proof/index.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { accessClaims, jwks, signed, signingKey } from '../support/token-issuer.ts'

const ISSUER = 'https://as.example'
const old = signingKey('2026-01', 'EdDSA')
const fresh = signingKey('2026-02', 'EdDSA')

async function issuer(location: { readonly url: string } | { readonly file: string }) {
  const clock = new FakeClock()
  const asked: { readonly timeoutMs: number; readonly maxBytes: number }[] = []
  const world = { set: jwks(old), hold: undefined as Promise<void> | undefined }
  const keys = createIssuerKeys({
    location,
    ports: {
      fetchText: async (_url, limits) => {
        asked.push(limits)
        await world.hold
        return world.set
      },
      readText: async () => {
        await world.hold
        return world.set
      },
    },
    clock,
    scheduler: clock,
  })
  await keys.ready
  const verifier = createTokenVerifier([
    {
      issuer: ISSUER,
      algorithms: ['EdDSA'],
      claims: {
        client: 'client_id',
        subject: 'sub',
        consent: 'consent_id',
        scope: 'scope',
        grant: 'grant_id',
      },
      keys,
    },
  ])
  const judge = async (key: typeof old): Promise<string> => {
    const token = signed(
      key,
      { alg: 'EdDSA', kid: key.kid },
      accessClaims(clock.now(), { iss: ISSUER }),
    )
    const judgement = await verifier.verify(token, clock.now())
    return judgement.ok ? 'ok' : judgement.code
  }
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  return { clock, keys, world, asked, judge, settle, verifier }
}

test('a new key is asked for once it is seen, not before ten seconds have passed', async () => {
  const it = await issuer({ url: 'https://as.example/jwks' })
  it.world.set = jwks(old, fresh)
  it.clock.advance(9_999)
  assert.equal(await it.judge(fresh), 'GH_GATEWAY_TOKEN_KEY_UNKNOWN')
  assert.equal(it.asked.length, 1)
  it.clock.advance(1)
  assert.equal(await it.judge(fresh), 'ok')
  assert.equal(it.asked.length, 2)
  assert.equal(await it.judge(old), 'ok')
})

test('a source is asked with a limit of time and of size', async () => {
  const it = await issuer({ url: 'https://as.example/jwks' })
  assert.deepEqual(it.asked, [{ timeoutMs: 5_000, maxBytes: 262_144 }])
})

test('a key that left the set ends with the next look at the set', async () => {
  const it = await issuer({ url: 'https://as.example/jwks' })
  it.world.set = jwks(fresh)
  assert.equal(await it.judge(old), 'ok')
  it.clock.advance(300_000)
  await it.settle()
  assert.equal(await it.judge(old), 'GH_GATEWAY_TOKEN_KEY_UNKNOWN')
  assert.equal(await it.judge(fresh), 'ok')
  assert.equal(it.keys.status.keys, 1)
  assert.equal(it.keys.status.loadedAt, it.clock.now())
})

test('what a source says after it was closed changes nothing', async () => {
  const it = await issuer({ file: 'jwks.json' })
  let letGo = (): void => undefined
  it.world.hold = new Promise<void>((resolve) => {
    letGo = resolve
  })
  it.world.set = jwks(fresh)
  it.clock.advance(1_000)
  it.keys.close()
  letGo()
  await it.settle()
  assert.equal(await it.judge(old), 'ok')
  assert.equal(it.keys.known('2026-02', 'EdDSA', it.clock.now()), undefined)
})

test('a wrong set says why, and a good one after it says nothing any more', async () => {
  const it = await issuer({ file: 'jwks.json' })
  assert.deepEqual(it.keys.status.problems, [])
  it.world.set = '{"keys":[{"kty":"oct","k":"AA"}]}'
  it.clock.advance(1_000)
  await it.settle()
  assert.deepEqual(it.keys.status.problems, [
    'the source holds no usable key: keys[0] holds private or secret key material',
  ])
  it.world.set = jwks(fresh)
  it.clock.advance(1_000)
  await it.settle()
  assert.deepEqual(it.keys.status.problems, [])
})
