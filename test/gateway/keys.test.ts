/** Keys of an issuer as traffic meets them: rotation, storms of unknown names, a source that fails. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gatewayRig } from '../support/gateway-rig.ts'
import { accessToken, jwks, signingKey } from '../support/token-issuer.ts'

test('rotation: both keys verify while both are in the set; a key that left takes its remembered tokens along', async (t) => {
  const rig = await gatewayRig(t)
  const next = signingKey('key-2')
  const oldToken = rig.token()
  const newToken = accessToken(next, rig.clock.now())
  assert.equal((await rig.call('/aisp/accounts', { token: oldToken })).status, 200)

  rig.keySet = jwks(rig.key, next)
  rig.clock.advance(1_000)
  assert.equal((await rig.call('/aisp/accounts', { token: newToken })).status, 200)
  assert.equal((await rig.call('/aisp/accounts', { token: oldToken })).status, 200)

  rig.keySet = jwks(next)
  rig.clock.advance(1_000)
  assert.equal((await rig.call('/aisp/accounts', { token: newToken })).status, 200)
  const refused = await rig.call('/aisp/accounts', { token: oldToken })
  assert.equal(refused.status, 401)
  assert.match(refused.body, /GH_GATEWAY_TOKEN_KEY_UNKNOWN/)
})

test('a storm of unknown kids makes one fetch in ten seconds', async (t) => {
  const rig = await gatewayRig(t, { keySource: 'url' })
  rig.clock.advance(11_000)
  const before = rig.reads()
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, at) =>
      rig.call('/aisp/accounts', {
        token: accessToken({ ...rig.key, kid: `unknown-${at}` }, rig.clock.now()),
      }),
    ),
  )
  assert.deepEqual(new Set(answers.map((answer) => answer.status)), new Set([401]))
  assert.equal(rig.reads() - before, 1)
  rig.clock.advance(9_999)
  await rig.call('/aisp/accounts', {
    token: accessToken({ ...rig.key, kid: 'x' }, rig.clock.now()),
  })
  assert.equal(rig.reads() - before, 1)
})

test('a token of a new key waits for one fetch and is let through', async (t) => {
  const rig = await gatewayRig(t, { keySource: 'url' })
  rig.clock.advance(11_000)
  const next = signingKey('key-2')
  rig.keySet = jwks(rig.key, next)
  const answers = await Promise.all(
    Array.from({ length: 5 }, () =>
      rig.call('/aisp/accounts', { token: accessToken(next, rig.clock.now()) }),
    ),
  )
  assert.deepEqual(
    answers.map((answer) => answer.status),
    [200, 200, 200, 200, 200],
  )
})

test('a source that fails leaves the last good keys in force', async (t) => {
  const rig = await gatewayRig(t)
  const token = rig.token({ exp: Math.floor(rig.clock.now() / 1000) + 3_000 })
  rig.keySet = '{"keys": "none"}'
  rig.clock.advance(60_000)
  assert.equal((await rig.call('/aisp/accounts', { token })).status, 200)
})
