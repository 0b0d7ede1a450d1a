/** A TLS connection outlives the certificate that opened it: the next request on it is refused, without a new handshake. */
import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:tls'
import { test } from 'node:test'
import { type Plan, type PlanRule, prepare } from '../../src/decide/index.ts'
import { createCore, judgeCertificate, trustStore } from '../../src/gateway/core/index.ts'
import { createNodeGateway } from '../../src/gateway/node/index.ts'
import { createTokenVerifier, readCertificate, readPem } from '../../src/proof/index.ts'
import { aisPlan } from '../support/ais-plan.ts'
import { developmentCertificates } from '../support/development-certificates.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { linearRegex } from '../support/linear-regex.ts'
import { MemoryFeed } from '../support/memory-feed.ts'
import { MemorySink } from '../support/memory-sink.ts'
import { jsonAnswer, scriptedUpstream } from '../support/scripted-upstream.ts'

const DAY = 86_400_000
const RULE: PlanRule = {
  name: 'transport.mtls',
  control: 'client-mutual-tls',
  mode: 'enforce',
  origin: { level: 'profile', source: 'test' },
  params: { maxDepth: 3 },
}

function guarded(upstream: string): Plan {
  const plan = aisPlan({ upstream })
  const apis = plan.apis.map((api) =>
    api.state === 'active'
      ? {
          ...api,
          rules: [...api.rules, RULE],
          operations: api.operations.map((one) => ({
            ...one,
            rules: [api.rules.length, ...one.rules],
          })),
        }
      : api,
  )
  return { ...plan, apis }
}

test('a certificate that expires while its connection is open is refused with the next request', async (t) => {
  const clock = new FakeClock(Date.now())
  const { pem } = developmentCertificates(t, clock.now())
  const upstream = await scriptedUpstream()
  upstream.script = (_request, socket) => socket.write(jsonAnswer({ Data: { Account: [] } }))
  const kernel = prepare(guarded(upstream.origin), { regex: linearRegex })
  const anchors = (readPem('CERTIFICATE', pem('ca')) ?? []).flatMap((der) => {
    const read = readCertificate(der)
    return read.ok ? [read.certificate] : []
  })
  const stores = [trustStore('psd2', anchors, undefined)]
  const verifier = createTokenVerifier([])
  const sink = new MemorySink()
  const core = createCore({
    kernel: () => kernel,
    projection: new MemoryFeed(),
    tokens: () => verifier,
    events: sink,
    clock,
    scheduler: clock,
    randomBytes: (count) => randomBytes(count),
    randomUuid: randomUUID,
    pseudonymKey: () => ({
      shared: Buffer.alloc(32, 7),
      persons: new Map([['', Buffer.alloc(32, 7)]]),
    }),
  })
  const gateway = createNodeGateway({
    core,
    clock,
    scheduler: clock,
    limits: { keepAliveTimeoutMs: 200 * DAY },
    tls: {
      minVersion: '1.2',
      clientCertificate: 'required',
      identity: () => ({ cert: pem('server'), key: pem('server-key'), ca: pem('ca') }),
      onChange: () => () => undefined,
      trustVersion: () => 1,
      judge: (chain) => judgeCertificate(stores, chain, clock.now()),
    },
  })
  const { port } = await gateway.listen({ host: '127.0.0.1', port: 0 })
  const socket = connect({
    host: '127.0.0.1',
    port,
    ca: pem('ca'),
    cert: pem('qwac'),
    key: pem('qwac-key'),
  })
  t.after(async () => {
    socket.destroy()
    const closed = gateway.close(0)
    clock.advance(1)
    await closed
    await upstream.close()
  })
  await once(socket, 'secureConnect')
  const ask = async (): Promise<string> => {
    socket.write('GET /aisp/atms HTTP/1.1\r\nHost: api.bank.example\r\n\r\n')
    const [bytes] = (await once(socket, 'data')) as [Buffer] // sound: a socket without an encoding
    return bytes.toString('latin1')
  }
  assert.match(await ask(), /^HTTP\/1\.1 200 /)
  clock.advance(89 * DAY)
  assert.match(await ask(), /^HTTP\/1\.1 200 /)
  clock.advance(2 * DAY)
  const refused = await ask()
  assert.match(refused, /^HTTP\/1\.1 403 /)
  assert.match(refused, /GH_GATEWAY_CERTIFICATE_EXPIRED/)
  assert.equal(sink.access.at(-1)?.code, 'GH_GATEWAY_CERTIFICATE_EXPIRED')
  assert.equal(upstream.seen.length, 2)
})
