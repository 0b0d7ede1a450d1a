/** The rule `request.signature` through a whole gateway: keys of the client's record, times, names, and the proof in the event. */
import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { test, type TestContext } from 'node:test'
import { constants, sign } from 'node:crypto'
import { prepare } from '../../src/decide/index.ts'
import type { JsonObject } from '../../src/lib/index.ts'
import { gatewayRig, type Rig } from '../support/gateway-rig.ts'
import { linearRegex } from '../support/linear-regex.ts'
import { signedPlan } from '../support/signed-plan.ts'
import { publicJwk, segment, signingKey } from '../support/token-issuer.ts'

const IAT = 'http://openbanking.org.uk/iat'
const ISS = 'http://openbanking.org.uk/iss'
const TAN = 'http://openbanking.org.uk/tan'
const KEY = signingKey('sign-1', 'PS256')
const BODY = '{"Text":"pay"}'
const TYPE = 'Content-Type: application/json'

async function bank(t: TestContext, issuer?: string): Promise<Rig> {
  const rig = await gatewayRig(t)
  rig.swap(prepare(signedPlan(rig.upstream.origin), { regex: linearRegex }))
  rig.upstream.script = (_request, socket) => socket.write('HTTP/1.1 204 No Content\r\n\r\n')
  const client = rig.feed.clients.get('tpp-a')
  assert.ok(client !== undefined)
  const jwks = { keys: [publicJwk(KEY)] } as unknown as JsonObject // sound: a JWK is JSON
  rig.feed.clients.set('tpp-a', { ...client, jwks, ...(issuer && { signatureIssuer: issuer }) })
  return rig
}

function signature(rig: Rig, changes: JsonObject = {}, body = BODY, raw = false): string {
  const header = segment({
    alg: 'PS256',
    kid: 'sign-1',
    [IAT]: rig.clock.now() / 1000,
    [ISS]: 'org/app',
    [TAN]: 'openbanking.org.uk',
    crit: [IAT, ISS, TAN],
    ...changes,
  })
  const data = Buffer.from(`${header}.${raw ? body : segment(body)}`)
  const bytes = sign('sha256', data, {
    key: KEY.privateKey,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: 32,
  })
  return `${header}..${bytes.toString('base64url')}`
}

async function send(rig: Rig, ...fields: readonly string[]): Promise<string> {
  const { status, body } = await rig.call('/aisp/accounts/A1/notes', {
    method: 'POST',
    body: BODY,
    headers: [TYPE, ...fields.map((field) => `x-jws-signature: ${field}`)],
  })
  if (status === 204) return 'sent'
  return (JSON.parse(body) as { code: string }).code
}

test('a good signature goes through, and its proof is in the event', async (t) => {
  const rig = await bank(t, 'org/app')
  const field = signature(rig)
  assert.equal(await send(rig, field), 'sent')
  const facts = rig.sink.access.at(-1)?.facts
  assert.deepEqual(facts?.signature, {
    kind: 'verified',
    kid: 'sign-1',
    issuedAt: rig.clock.now() / 1000,
    proof: `sha256:${hash('sha256', `${field}\n${BODY}`, 'hex')}`,
    field,
    digest: `SHA-256=${hash('sha256', BODY, 'base64')}`,
  })
})

test('none, two, or one that is not by a key of this client', async (t) => {
  const rig = await bank(t)
  assert.equal(await send(rig), 'GH_GATEWAY_SIGNATURE_MISSING')
  assert.equal(await send(rig, signature(rig), signature(rig)), 'GH_GATEWAY_HEADER_REPEATED')
  assert.equal(await send(rig, 'a..b'), 'GH_GATEWAY_SIGNATURE_INVALID')
  assert.equal(await send(rig, signature(rig, {}, `${BODY} `)), 'GH_GATEWAY_SIGNATURE_INVALID')
  assert.equal(await send(rig, signature(rig, { kid: 'x' })), 'GH_GATEWAY_SIGNATURE_INVALID')
  assert.deepEqual(rig.sink.access.at(-1)?.facts?.signature, { kind: 'invalid' })
  rig.feed.addClient('tpp-a') // without keys
  assert.equal(await send(rig, signature(rig)), 'GH_GATEWAY_SIGNATURE_INVALID')
  assert.equal(rig.upstream.seen.length, 0)
})

test('its time, its signer and its trust anchor are judged at their edges', async (t) => {
  const rig = await bank(t, 'org/app')
  const now = rig.clock.now() / 1000
  const claims = 'GH_GATEWAY_SIGNATURE_CLAIMS'
  for (const [iat, said] of [
    [now - 300, 'sent'],
    [now - 301, claims],
    [now + 10, 'sent'],
    [now + 11, claims],
    [now * 1000, claims],
    [0, claims],
  ] as const)
    assert.equal(await send(rig, signature(rig, { [IAT]: iat })), said, String(iat - now))
  assert.equal(await send(rig, signature(rig, { [TAN]: 'bank.example' })), claims)
  assert.equal(await send(rig, signature(rig, { [ISS]: 'org/other' })), claims)
})

test('a body signed as it is is taken only where the policy says so', async (t) => {
  const rig = await bank(t)
  const field = () => signature(rig, { b64: false, crit: ['b64', IAT, ISS, TAN] }, BODY, true)
  assert.equal(await send(rig, field()), 'GH_GATEWAY_SIGNATURE_INVALID')
  rig.swap(prepare(signedPlan(rig.upstream.origin, { unencoded: true }), { regex: linearRegex }))
  assert.equal(await send(rig, field()), 'sent')
})

test('a message whose sender is not believed is watched where the rules only watch', async (t) => {
  const rig = await bank(t)
  const watched = signedPlan(rig.upstream.origin)
  const apis = watched.apis.map((api) =>
    api.state === 'active'
      ? { ...api, rules: api.rules.map((rule) => ({ ...rule, mode: 'observe' as const })) }
      : api,
  )
  rig.swap(prepare({ ...watched, apis }, { regex: linearRegex }))
  const { status } = await rig.call('/aisp/accounts/A1/notes', {
    method: 'POST',
    body: BODY,
    token: null,
    headers: [TYPE, `x-jws-signature: ${signature(rig)}`],
  })
  assert.equal(status, 204)
  const event = rig.sink.access.at(-1)
  const seen = event?.failed.find(({ rule }) => rule === 'request.signature')
  assert.deepEqual([seen?.code, seen?.effect], ['GH_GATEWAY_SIGNATURE_INVALID', 'observed'])
})
