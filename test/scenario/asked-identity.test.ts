/** `gatehouse up` with its own authorization server: opaque tokens of a client are asked about there, over TLS, signed (RFC 9701) and not. */
import assert from 'node:assert/strict'
import { createHash, randomBytes, X509Certificate } from 'node:crypto'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { ClientMetadata } from '../../src/identity/client-metadata.ts'
import { API, assertion, ISSUER, makeClient, makeGateway, proof } from '../identity/client.ts'
import { sendForm } from '../identity/tls-form.ts'
import { developmentCertificates } from '../support/development-certificates.ts'
import { freePort } from '../support/free-port.ts'
import { call, problemOf, until, up } from './gateway-process.ts'
import { installation } from './installation.ts'
import { meadowBank } from './invented-bank.ts'

const SPEC = `openapi: 3.0.3
info: { title: Pots for programs, version: "2" }
servers: [{ url: "${API}/v2" }]
paths:
  /pot-accounts:
    get:
      operationId: listPots
      responses:
        "200":
          description: ok
          content: { application/json: { schema: { type: object, properties: { total: { type: number } } } } }
`
const FORM = {
  grant_type: 'client_credentials',
  scope: 'accounts',
  client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
}

interface Way {
  readonly introspection: string
  readonly tls?: string
  readonly gateway?: Partial<ClientMetadata>
}
const subject = (pem: string): string =>
  new X509Certificate(pem).subject.split('\n').toReversed().join(',')
const WAYS: Readonly<Record<string, (qwac: string) => Way>> = {
  'a signed assertion, and signed answers': () => ({
    introspection: 'clientKey: { file: gateway.jwk }, signed: true',
  }),
  'the certificate of the connection': (qwac) => ({
    introspection: 'signed: false',
    tls: ', certificate: certs/qwac.pem, key: { file: certs/qwac-key.pem }',
    gateway: {
      token_endpoint_auth_method: 'tls_client_auth',
      tls_client_auth_subject_dn: subject(qwac),
    },
  }),
}
for (const [name, make] of Object.entries(WAYS))
  test(`the gateway asks its own authorization server, known by ${name}`, async (t) => {
    const certs = developmentCertificates(t)
    const way = make(certs.pem('qwac'))
    const [bank, port, client, gateway] = await Promise.all([
      meadowBank(t),
      freePort(),
      makeClient('tpp-a', { access_token_format: 'opaque' }),
      makeGateway(way.gateway),
    ])
    const secret = randomBytes(32).toString('base64url')
    const config = `listen: 127.0.0.1:0
publicOrigins: ["${API}"]
trustStores: [{ name: psd2, anchors: [certs/ca.pem], revocation: none }]
identity:
  issuer: ${ISSUER}
  listen: 127.0.0.1:${port}
  certificate: certs/server.pem
  key: { file: certs/server-key.pem }
  secret: { env: TEST_IDENTITY_SECRET }
  trustStores: [psd2]
  clients: [client.json, gateway.json]
  gateways: [gateway]
  resources: [{ identifier: "${API}", scopes: [accounts] }]
issuers:
  - issuer: ${ISSUER}
    jwks: https://127.0.0.1:${port}/jwks
    audience: ${API}
    tls: { anchors: [certs/ca.pem]${way.tls ?? ''} }
    introspection: { endpoint: "https://127.0.0.1:${port}/introspect", clientId: gateway, ${way.introspection} }
  - issuer: https://other.example
    jwks: jwks.json
    audience: ${API}
    introspection: { endpoint: "http://127.0.0.1:9/other", clientId: gateway, clientSecret: { env: TEST_IDENTITY_SECRET }, tokenPrefix: other_ }
apis:
  - { name: pots, spec: pots.yaml, upstream: ${bank.origin}, template: internal }
`
    const place = installation(t, config, {
      'pots.yaml': SPEC,
      'client.json': client.metadata,
      'gateway.json': gateway.metadata,
      'gateway.jwk': gateway.key.jwk,
      'feed/clients/app.json': { id: 'tpp-a', name: 'App Ltd', status: 'active' },
    })
    cpSync(certs.dir, join(place.dir, 'certs'), { recursive: true })
    const instance = await up(t, place, { TEST_IDENTITY_SECRET: secret })
    const at = { host: '127.0.0.1', port, ca: certs.pem('ca'), path: '/token' }
    const issue = async (): Promise<string> => {
      const issued = await sendForm(
        { ...at, headers: { dpop: await proof(client, '/token') } },
        { ...FORM, client_assertion: await assertion(client) },
      )
      assert.equal(issued.status, 200, JSON.stringify(issued.body))
      return String(issued.body['access_token'])
    }
    const path = '/v2/pot-accounts'
    const ask = async (token: string): Promise<string> => {
      const ath = createHash('sha256').update(token).digest('base64url')
      const dpop = await proof(client, path, { htm: 'GET', htu: `${API}${path}`, ath })
      const headers = [`authorization: DPoP ${token}`, `dpop: ${dpop}`]
      const answer = await call(instance, { path, headers })
      return problemOf(answer).code || String(answer.status)
    }
    const token = await issue()
    assert.ok(!token.includes('.'), 'it says nothing itself')
    // Its keys come with the first look at them that succeeds.
    await until(20_000, async () => (await ask(token)) === '200')
    assert.equal(await ask(token), '200')
    assert.equal(await ask(`${token.slice(0, -4)}AAAA`), 'GH_GATEWAY_TOKEN_INACTIVE')
    assert.equal(await ask('other_token'), 'GH_GATEWAY_TOKEN_UNCHECKED', 'goes to the other issuer')
    const plain = await call(instance, { path, token })
    assert.equal(problemOf(plain).code, 'GH_GATEWAY_TOKEN_BINDING', 'it is bound to a key')

    await t.test(
      'a token that the client gives back is refused once the answer is old',
      async () => {
        const { status } = await sendForm(
          { ...at, path: '/revoke' },
          {
            token,
            client_assertion_type: FORM.client_assertion_type,
            client_assertion: await assertion(client),
          },
        )
        assert.equal(status, 200)
        const took = await until(
          20_000,
          async () => (await ask(token)) === 'GH_GATEWAY_TOKEN_INACTIVE',
        )
        assert.ok(took < 12_000, `${took} ms: no longer than an answer is believed`)
      },
    )
    if (way.tls === undefined)
      await t.test('without its key it is known nowhere, and nothing is believed', async () => {
        const fresh = await issue()
        place.write('gateway.jwk', 'nothing')
        assert.equal(await ask(fresh), 'GH_GATEWAY_TOKEN_UNCHECKED')
        place.write('gateway.jwk', gateway.key.jwk)
        assert.equal(await ask(fresh), '200', 'and a new one counts at once')
      })
    const { code, out, err } = await instance.stop()
    assert.equal(code, 0, err)
    for (const text of [token, secret, String(gateway.key.jwk['d'])])
      assert.ok(!(out + err).includes(text))
  })
