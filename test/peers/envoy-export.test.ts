/** What is exported is a configuration to Envoy: each kind of listener, responder and upstream. */
import assert from 'node:assert/strict'
import type { ActiveApi } from '../../src/decide/index.ts'
import { type EnvoyExport, envoyBootstrap } from '../../src/gateway/envoy/index.ts'
import { aisPlan } from '../support/ais-plan.ts'
import { developmentCertificates } from '../support/development-certificates.ts'
import { envoyObjection, envoyTest } from '../support/peer-envoy.ts'

const UPSTREAMS = [
  'http://127.0.0.1:9000',
  'http://[::1]:9000',
  'http://core.bank.example',
  'https://core.bank.example',
  'https://192.0.2.1:8443',
]

envoyTest('envoy --mode validate takes every export', (t, program) => {
  const { file } = developmentCertificates(t)
  const apis = UPSTREAMS.map((upstream, at): ActiveApi => {
    const [api] = aisPlan({
      upstream,
      ...(at > 2 && { breaker: { failures: 3, openMs: 5_000 } }),
    }).apis
    assert.ok(api?.state === 'active')
    return { ...api, name: `api-${at}` }
  })
  const tls = (clientCertificate: 'required' | 'optional' | 'none', minVersion: '1.2' | '1.3') => ({
    certificate: file('server'),
    key: { file: file('server-key') },
    clientCertificate,
    minVersion,
  })
  const base: EnvoyExport = {
    responder: { socket: '/tmp/gatehouse-ask.sock' },
    listeners: [
      { name: 'plain-http', host: '127.0.0.1', port: 0 },
      { name: 'required', host: '::1', port: 0, tls: tls('required', '1.2') },
      { name: 'optional', host: '[::1]', port: 0, tls: tls('optional', '1.3') },
      { name: 'none', host: '0.0.0.0', port: 0, tls: tls('none', '1.2') },
    ],
    interactionHeaders: ['x-fapi-interaction-id', 'x-correlation-id'],
    maxBodyBytes: 65_536,
  }
  assert.equal(envoyObjection(t, program, envoyBootstrap(base, apis)), '')
  const overTcp = { ...base, responder: { host: '::1', port: 9191 }, secretVariable: 'ASK_SECRET' }
  assert.equal(envoyObjection(t, program, envoyBootstrap(overTcp, apis)), '')
  // It does look: a word that it does not know is told.
  const wrong = { ...envoyBootstrap(base, apis), no_such_member: true }
  assert.notEqual(envoyObjection(t, program, wrong), '')
  return Promise.resolve()
})
