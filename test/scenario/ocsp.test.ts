/** OCSP as a bank meets it: a real process, a real handshake, a responder that answers, is slow, is gone, or says that it was revoked. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { developmentCertificates } from '../support/development-certificates.ts'
import { ocspAnswer, partyOf, responderAt, type Single } from '../support/ocsp-authority.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { accessToken, jwks, signingKey } from '../support/token-issuer.ts'
import { until, up } from './gateway-process.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const PATH = '/open-banking/v4.0/aisp/accounts'
const ISSUER = { iss: 'https://as.example', aud: 'https://api.bank.example' }

type Said = 'good' | 'revoked' | 'unknown' | 'nothing' | 'later'

interface Bank {
  /** Questions that came. */
  readonly questions: () => number
  say(what: Said): void
  /** What a request of the third party is answered: status and code, or `refused` before HTTP. */
  call(): Promise<string>
}

async function bank(
  t: TestContext,
  ofStore: string,
  clientCertificate = 'optional',
): Promise<Bank> {
  const dir = temporaryFolder(t)
  const certs = developmentCertificates(t)
  cpSync(join(ROOT, 'examples', 'bank', 'spec'), join(dir, 'spec'), { recursive: true })
  cpSync(certs.dir, join(dir, 'certs'), { recursive: true })
  const ca = partyOf(certs.pem('ca'), certs.pem('ca-key'))
  const { certificate } = partyOf(certs.pem('qwac-ais'), certs.pem('qwac-ais-key'))
  let said: Said = 'good'
  let questions = 0
  const responder = await responderAt(t, (asked, response) => {
    questions++
    asked.resume()
    const status = said
    if (status === 'nothing') return
    const thisUpdate = Math.floor(Date.now() / 1_000) * 1_000
    const single: Single = {
      certificate,
      issuer: ca.certificate,
      thisUpdate,
      nextUpdate: thisUpdate + (status === 'later' ? 3_600_000 : 8_000),
      status: status === 'later' ? 'good' : status,
    }
    const answer = ocspAnswer({ signer: ca, singles: [single] })
    // Whoever answers before the question has come whole resets the connection.
    asked.on('end', () => setTimeout(() => response.end(answer), status === 'later' ? 700 : 0))
  })
  const core = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json; charset=utf-8')
    response.end('{"Data":{"Account":[]},"Links":{"Self":"https://a"},"Meta":{}}')
  })
  core.listen(0, '127.0.0.1')
  await once(core, 'listening')
  t.after(() => core.close())
  const { port } = core.address() as AddressInfo // sound: listening on TCP
  const key = signingKey('k')
  writeFileSync(join(dir, 'jwks.json'), jwks(key))
  for (const [path, record] of [
    [
      'clients/tpp-a.json',
      { id: 'tpp-a', name: 'A', status: 'active', organizationIdentifier: 'PSDGB-FCA-123456' },
    ],
    [
      'consents/consent-1.json',
      {
        id: 'consent-1',
        client: 'tpp-a',
        subject: 'customer-1',
        status: 'AUTH',
        permissions: ['ReadAccountsBasic'],
        accounts: ['22289'],
      },
    ],
  ] as const) {
    mkdirSync(join(dir, 'feed', path, '..'), { recursive: true })
    writeFileSync(join(dir, 'feed', path), JSON.stringify(record))
  }
  const config = join(dir, 'gatehouse.yaml')
  writeFileSync(
    config,
    `listeners:
  - name: third-parties
    listen: 127.0.0.1:0
    certificate: certs/server.pem
    key: { file: certs/server-key.pem }
    clientCertificate: ${clientCertificate}
    trustStores: [psd2]
trustStores:
  - name: psd2
    anchors: [certs/ca.pem]
    ${ofStore.replace('RESPONDER', responder)}
issuers:
  - { issuer: ${ISSUER.iss}, jwks: jwks.json, audience: ${ISSUER.aud} }
apis:
  - name: accounts
    spec: spec/account-info-openapi.yaml
    upstream: http://127.0.0.1:${port}
    template: psd2-ais
`,
  )
  const instance = await up(t, { config })
  const token = (): string =>
    accessToken(key, Date.now(), { ...ISSUER, cnf: { 'x5t#S256': certificate.thumbprint } })
  return {
    questions: () => questions,
    say: (what) => (said = what),
    call: () =>
      new Promise((resolve) => {
        const asked = request(
          {
            host: '127.0.0.1',
            port: instance.port,
            ca: certs.pem('ca'),
            cert: certs.pem('qwac-ais'),
            key: certs.pem('qwac-ais-key'),
            path: PATH,
            agent: false,
            headers: {
              authorization: `Bearer ${token()}`,
              'x-fapi-customer-ip-address': '203.0.113.7',
            },
          },
          (response) => {
            let text = ''
            response.on('data', (chunk) => (text += chunk))
            response.on('end', () => {
              const { code = '' } = JSON.parse(text) as { readonly code?: string } // sound: a member or none
              resolve(`${response.statusCode} ${code}`.trim())
            })
          },
        )
        asked.on('error', () => resolve('refused'))
        asked.end()
      }),
  }
}

test('the first request waits for the answer, and fifty at once ask once', async (t) => {
  const { call, say, questions } = await bank(t, 'ocsp: { responder: RESPONDER, timeoutMs: 10000 }')
  say('later')
  const all = await Promise.all(Array.from({ length: 50 }, () => call()))
  assert.deepEqual(new Set(all), new Set(['200']))
  assert.equal(questions(), 1)
})

test('a revocation counts once the answer is renewed', async (t) => {
  const { call, say } = await bank(t, 'ocsp: { responder: RESPONDER, timeoutMs: 10000 }')
  assert.equal(await call(), '200')
  say('revoked')
  await until(15_000, async () => (await call()) === '403 GH_GATEWAY_CERTIFICATE_REVOKED')
})

test('no answer: 503 after the time-out, and served once the responder is back', async (t) => {
  const { call, say } = await bank(t, 'ocsp: { responder: RESPONDER, timeoutMs: 500 }')
  say('nothing')
  const before = Date.now()
  assert.equal(await call(), '503 GH_GATEWAY_CERTIFICATE_STATUS')
  assert.ok(Date.now() - before >= 400, 'it was waited for')
  say('unknown')
  assert.equal(await call(), '503 GH_GATEWAY_CERTIFICATE_STATUS')
  say('good')
  await until(15_000, async () => (await call()) === '200')
})

test('where a certificate is required, a revoked one gets to no HTTP', async (t) => {
  const { call, say } = await bank(
    t,
    'ocsp: { responder: RESPONDER, timeoutMs: 10000 }',
    'required',
  )
  say('revoked')
  assert.equal(await call(), 'refused')
  say('good')
  await until(15_000, async () => (await call()) === '200')
})

test('where there is a list in force, nobody is asked; where it is out of date, the responder is', async (t) => {
  const listed = await bank(
    t,
    'crls: [certs/crl.pem]\n    ocsp: { responder: RESPONDER, mode: where-no-crl, timeoutMs: 10000 }',
  )
  assert.equal(await listed.call(), '200')
  assert.equal(listed.questions(), 0)
  const stale = await bank(
    t,
    'crls: [certs/crl-stale.pem]\n    ocsp: { responder: RESPONDER, mode: where-no-crl, timeoutMs: 10000 }',
  )
  assert.equal(await stale.call(), '200')
  assert.ok(stale.questions() >= 1)
})
