/** The configuration of Envoy that is exported: the whole of it once, as a golden file, and what must be true of each. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { ActiveApi } from '../../../src/decide/index.ts'
import { type EnvoyExport, envoyBootstrap } from '../../../src/gateway/envoy/index.ts'
import { aisPlan } from '../../support/ais-plan.ts'

const GOLDEN = join(import.meta.dirname, 'bootstrap.golden.json')

function apiAt(upstream: string, more: Partial<ActiveApi> = {}): ActiveApi {
  const [api] = aisPlan({ upstream, breaker: { failures: 5, openMs: 10_000 } }).apis
  assert.ok(api?.state === 'active')
  return { ...api, ...more }
}

const ASKED: EnvoyExport = {
  responder: { socket: '/run/gatehouse/ext-authz.sock' },
  listeners: [
    { name: 'plain-http', host: '127.0.0.1', port: 10_000 },
    {
      name: 'third-parties',
      host: '::',
      port: 8443,
      tls: {
        certificate: '/etc/gatehouse/server.pem',
        key: { file: '/etc/gatehouse/server-key.pem' },
        minVersion: '1.2',
        clientCertificate: 'required',
      },
    },
  ],
  interactionHeaders: ['x-fapi-interaction-id'],
  maxBodyBytes: 65_536,
}

test('the whole configuration', () => {
  const apis = [
    apiAt('https://core.bank.example:8443'),
    apiAt('http://127.0.0.1:9000', { name: 'second' }),
  ]
  const text = `${JSON.stringify(envoyBootstrap(ASKED, apis), null, 2)}\n`
  // Rewrites the golden file, to be read in the diff: UPDATE_CASES=1 node --test test/gateway/envoy/bootstrap.test.ts
  if (process.env['UPDATE_CASES'] === '1') writeFileSync(GOLDEN, text)
  assert.equal(text, readFileSync(GOLDEN, 'utf8'))
  assert.equal(text, `${JSON.stringify(envoyBootstrap(ASKED, apis), null, 2)}\n`)
})

const textOf = (changes: Partial<EnvoyExport> = {}, apis = [apiAt('http://127.0.0.1:9000')]) =>
  JSON.stringify(envoyBootstrap({ ...ASKED, ...changes }, apis))

test('the secret is named and never there', () => {
  assert.ok(!textOf().includes('x-gatehouse-secret'))
  const named = textOf({
    responder: { host: '127.0.0.1', port: 9191 },
    secretVariable: 'ASK_SECRET',
  })
  assert.ok(named.includes('"value":"%ENVIRONMENT(ASK_SECRET)%"'))
})

test('nothing fails open, and nothing of ours is ever taken from a client', () => {
  const text = textOf()
  assert.ok(!text.includes('"failure_mode_allow":true'))
  assert.equal(text.split('"failure_mode_allow":false').length, ASKED.listeners.length + 1)
  assert.equal(text.split('"remove_on_match"').length, ASKED.listeners.length * 3 + 1)
  assert.equal(text.split('"disallowed_headers"').length, ASKED.listeners.length + 1)
})

test('no path and no operation is told to Envoy', () => {
  const text = textOf()
  for (const word of ['/aisp', '/bank', 'GetAccounts', 'AccountId'])
    assert.ok(!text.includes(word), word)
})

test('the access log holds no path, query or header that a client fills', () => {
  const formats = [...textOf().matchAll(/%REQ\(([^)]*)\)%/g)].map(([, name]) => name)
  assert.deepEqual([...new Set(formats)], [':METHOD'])
})

test('an upstream over TLS is verified by its name, one by its address by that', () => {
  const named = textOf({}, [apiAt('https://core.bank.example')])
  assert.ok(named.includes('"sni":"core.bank.example"'))
  assert.ok(named.includes('{"san_type":"DNS","matcher":{"exact":"core.bank.example"}}'))
  assert.ok(named.includes('"port_value":443'))
  const numbered = textOf({}, [apiAt('https://[2001:db8::1]:8443')])
  assert.ok(numbered.includes('{"san_type":"IP_ADDRESS","matcher":{"exact":"2001:db8::1"}}'))
  assert.ok(!numbered.includes('"sni"'))
  assert.ok(!textOf().includes('UpstreamTlsContext'))
})

test('certificates of clients are forwarded only where Envoy asks for them', () => {
  const [plain, required] = [
    textOf({ listeners: ASKED.listeners.slice(0, 1) }),
    textOf({ listeners: ASKED.listeners.slice(1) }),
  ]
  assert.ok(plain.includes('"forward_client_cert_details":"SANITIZE"'))
  assert.ok(required.includes('"forward_client_cert_details":"SANITIZE_SET"'))
  assert.ok(required.includes('"require_client_certificate":true'))
})
