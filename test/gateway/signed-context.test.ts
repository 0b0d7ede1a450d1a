/** What the bank is told of a call is signed, is about exactly that call, and cannot be set by who calls. jose is the other side. */
import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { createLocalJWKSet, type JWTPayload, jwtVerify } from 'jose'
import { contextKeys, type ContextKeys } from '../../src/app/context-keys.ts'
import { gatewayRig, type Rig, type RigOptions } from '../support/gateway-rig.ts'
import { jsonAnswer, type SeenRequest } from '../support/scripted-upstream.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const HEADER = 'gatehouse-context'

function keysIn(t: TestContext, kind: 'ES256' | 'EdDSA'): ContextKeys {
  const file = join(temporaryFolder(t), 'context.pem')
  const { privateKey } =
    kind === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('ed25519')
  writeFileSync(file, privateKey.export({ format: 'pem', type: 'pkcs8' }))
  return contextKeys({ keys: [{ file }], header: HEADER, issuer: 'gatehouse', ttlSeconds: 30 })
}

async function signing(
  t: TestContext,
  options: RigOptions = {},
  kind: 'ES256' | 'EdDSA' = 'ES256',
): Promise<{ readonly rig: Rig; told(request: SeenRequest | undefined): Promise<JWTPayload> }> {
  const keys = keysIn(t, kind)
  const rig = await gatewayRig(t, { context: () => keys, ...options })
  const set = createLocalJWKSet({ keys: [...keys.keySet.keys] })
  return {
    rig,
    async told(request) {
      const sent = request?.headers.filter((line) => line.toLowerCase().startsWith(`${HEADER}:`))
      assert.equal(sent?.length, 1, 'one context, and one only')
      const { payload } = await jwtVerify(request?.header(HEADER) ?? '', set, {
        typ: 'gatehouse-context+jwt',
        issuer: 'gatehouse',
        audience: rig.upstream.origin,
        currentDate: new Date(rig.clock.now()),
      })
      return payload
    },
  }
}

const digest = (body: string): string =>
  `sha-256=:${createHash('sha256').update(body).digest('base64')}:`

for (const kind of ['ES256', 'EdDSA'] as const)
  test(`a read is vouched for with ${kind}: who, for whom, under which consent, what`, async (t) => {
    const { rig, told } = await signing(t, {}, kind)
    assert.equal((await rig.call('/aisp/accounts?page=2')).status, 200)
    const [request] = rig.upstream.seen
    const { exp, iat, ...claims } = await told(request)
    assert.equal(iat, Math.floor(rig.clock.now() / 1000))
    assert.equal(exp, (iat ?? 0) + 30)
    assert.deepEqual(claims, {
      iss: 'gatehouse',
      aud: rig.upstream.origin,
      jti: rig.sink.access.at(-1)?.id,
      sub: 'customer-1',
      client_id: 'tpp-a',
      consent_id: 'consent-1',
      api: 'accounts',
      operation: rig.sink.access.at(-1)?.operation,
      method: 'GET',
      target: request?.line.split(' ')[1],
      content_digest: digest(''),
    })
  })

test('the bytes that go to the bank are vouched for, and how the customer was authenticated', async (t) => {
  const { rig, told } = await signing(t)
  rig.upstream.script = (_request, socket) => socket.write('HTTP/1.1 204 No Content\r\n\r\n')
  const body = '{"Text":"für Grüße 1.10"}'
  const sca = { outcome: 'authenticated', decision: 'd-1', digest: 'of the payment' }
  const amr = ['pin', 'otp', 'mfa']
  const acr = 'urn:openbanking:psd2:sca'
  const token = rig.token({ acr, amr, auth_time: 1_700_000_000, sca: { ...sca, more: 'no' } })
  const { status } = await rig.call('/aisp/accounts/A1/notes', {
    method: 'POST',
    token,
    body,
    headers: ['Content-Type: application/json'],
  })
  assert.equal(status, 204)
  const [request] = rig.upstream.seen
  const claims = await told(request)
  const sent = Buffer.from(request?.body ?? '', 'latin1').toString('utf8')
  assert.equal(claims['content_digest'], digest(sent))
  assert.notEqual(claims['content_digest'], digest(''))
  assert.equal(claims['method'], 'POST')
  assert.deepEqual(
    [claims['acr'], claims['amr'], claims['auth_time'], claims['sca']],
    [acr, amr, 1_700_000_000, sca],
  )
})

test('no client sets, adds to or takes away what the bank is told', async (t) => {
  const { rig, told } = await signing(t)
  for (const headers of [
    ['Gatehouse-Context: forged'],
    ['GATEHOUSE-CONTEXT: one', 'gatehouse-context: two'],
    ['Gatehouse_Context: forged'],
    ['Connection: gatehouse-context'],
    ['Connection: close, Gatehouse-Context', 'Gatehouse-Context: forged'],
  ]) {
    rig.upstream.seen.length = 0
    await rig.call('/aisp/accounts', { headers })
    const [request] = rig.upstream.seen
    assert.equal((await told(request))['sub'], 'customer-1')
    assert.ok(!request?.headers.some((line) => /forged|: (?:one|two)$/.test(line)))
  }
})

test('where nothing is signed, the header of a client does not reach the bank either', async (t) => {
  const rig = await gatewayRig(t)
  await rig.call('/aisp/accounts', { headers: ['Gatehouse-Context: forged'] })
  assert.equal(rig.upstream.seen[0]?.header(HEADER), undefined)
})

for (const audit of ['buffered', 'strict'] as const)
  test(`a key that fails sends nothing (${audit}): 503, and the event says so`, async (t) => {
    const broken = {
      ...keysIn(t, 'ES256'),
      seal: () => {
        throw new Error('the key is gone')
      },
    }
    const rig = await gatewayRig(t, { context: () => broken, audit })
    const { status, body } = await rig.call('/aisp/accounts')
    assert.equal(status, 503)
    assert.match(body, /GH_GATEWAY_CONTEXT_UNSIGNED/)
    assert.equal(rig.upstream.seen.length, 0)
    assert.equal(rig.sink.access.at(-1)?.code, 'GH_GATEWAY_CONTEXT_UNSIGNED')
  })

test('what waits for its intent to be on disk is signed after it', async (t) => {
  const { rig, told } = await signing(t, { audit: 'strict' })
  rig.upstream.script = (_request, socket) => socket.write(jsonAnswer({ Data: { Account: [] } }))
  assert.equal((await rig.call('/aisp/accounts')).status, 200)
  assert.equal((await told(rig.upstream.seen[0]))['jti'], rig.sink.access.at(-1)?.id)
})
