/** Signed messages by way of Envoy: the body that was signed is the body that is judged, and the body that the bank gets. */
import assert from 'node:assert/strict'
import { constants, sign } from 'node:crypto'
import type { JsonObject } from '../../src/lib/index.ts'
import { askingEnvoy } from '../support/asking-envoy.ts'
import { envoyTest } from '../support/peer-envoy.ts'
import { type RawAnswer, RawConnection } from '../support/raw-http.ts'
import { responderRig } from '../support/responder-rig.ts'
import { signedPlan } from '../support/signed-plan.ts'
import { publicJwk, segment, signingKey } from '../support/token-issuer.ts'

const IAT = 'http://openbanking.org.uk/iat'
const ISS = 'http://openbanking.org.uk/iss'
const TAN = 'http://openbanking.org.uk/tan'
const KEY = signingKey('sign-1', 'PS256')
const BODY = '{"Text":"pay £ 1"}'

function signature(iat: number, changes: JsonObject = {}, body = BODY): string {
  const header = segment({
    alg: 'PS256',
    kid: 'sign-1',
    [IAT]: iat,
    [ISS]: 'org/app',
    [TAN]: 'openbanking.org.uk',
    crit: [IAT, ISS, TAN],
    ...changes,
  })
  const payload = Buffer.from(body).toString('base64url')
  const bytes = sign('sha256', Buffer.from(`${header}.${payload}`), {
    key: KEY.privateKey,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: 32,
  })
  return `${header}..${bytes.toString('base64url')}`
}

function told({ status, body }: RawAnswer): string {
  return status === 204 ? 'sent' : (JSON.parse(body) as { code: string }).code // sound: a problem document
}

envoyTest('signatures of messages are worth the same to both', async (t, program) => {
  const rig = await responderRig(t, {
    replan: ({ apis: [api] }) => signedPlan(api?.state === 'active' ? api.upstream.origin : ''),
  })
  rig.upstream.script = (_request, socket) => socket.write('HTTP/1.1 204 No Content\r\n\r\n')
  const client = rig.feed.clients.get('tpp-a')
  assert.ok(client !== undefined)
  const jwks = { keys: [publicJwk(KEY)] } as unknown as JsonObject // sound: a JWK is JSON
  rig.feed.clients.set('tpp-a', { ...client, jwks })
  const envoy = await askingEnvoy(t, program, rig)
  const now = rig.clock.now() / 1000
  const cases: readonly (readonly [says: string, fields: readonly string[], sent?: string])[] = [
    ['sent', [signature(now)]],
    ['GH_GATEWAY_SIGNATURE_MISSING', []],
    ['GH_GATEWAY_HEADER_REPEATED', [signature(now), signature(now)]],
    ['GH_GATEWAY_SIGNATURE_INVALID', ['a..b']],
    ['GH_GATEWAY_SIGNATURE_INVALID', [signature(now, {}, `${BODY} `)]],
    ['GH_GATEWAY_SIGNATURE_INVALID', [signature(now)], BODY.replace('1', '9')],
    ['GH_GATEWAY_SIGNATURE_INVALID', [signature(now, { kid: 'x' })]],
    ['sent', [signature(now - 300)]],
    ['GH_GATEWAY_SIGNATURE_CLAIMS', [signature(now - 301)]],
  ]
  for (const [says, fields, sent = BODY] of cases) {
    const text = [
      'POST /aisp/accounts/A1/notes HTTP/1.1',
      'Host: api.bank.example',
      `Authorization: Bearer ${rig.token()}`,
      'Content-Type: application/json',
      ...fields.map((field) => `x-jws-signature: ${field}`),
      `Content-Length: ${Buffer.byteLength(sent)}`,
      '',
      sent,
    ].join('\r\n')
    const connection = new RawConnection(rig.port)
    connection.send(text)
    const own = await connection.answer()
    connection.destroy()
    assert.ok(own !== undefined)
    assert.equal(told(own), says)
    assert.equal(told(await envoy.raw(text)), says)
    const [asked, node] = rig.sink.access.slice(-2).toReversed()
    assert.deepEqual(asked?.facts?.signature, node?.facts?.signature)
    assert.deepEqual(asked?.failed, node?.failed)
  }
  assert.equal(rig.upstream.seen.length, 4)
  assert.equal(new Set(rig.upstream.seen.map(({ body }) => body)).size, 1)
})
