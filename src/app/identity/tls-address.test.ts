import assert from 'node:assert/strict'
import { Agent, request } from 'node:https'
import { test } from 'node:test'
import { developmentCertificates } from '../../../test/support/development-certificates.ts'
import { FakeClock } from '../../../test/support/fake-clock.ts'
import { type TrustStore, trustStore } from '../../gateway/core/index.ts'
import { readCertificate, readPem } from '../../proof/index.ts'
import { listenOverTls } from './tls-address.ts'

test('a connection is judged once, and anew when what is known of it changes, its time passes, or it was not believed', async (t) => {
  const clock = new FakeClock()
  const certs = developmentCertificates(t, clock.now())
  const anchors = (readPem('CERTIFICATE', certs.pem('ca')) ?? []).flatMap((der) => {
    const read = readCertificate(der)
    return read.ok ? [read.certificate] : []
  })
  const believed = [trustStore('psd2', anchors, undefined)]
  let stores: readonly TrustStore[] = believed
  let version = 1
  let asked = 0
  const address = listenOverTls({
    pair: () => ({ cert: certs.pem('server'), key: certs.pem('server-key') }),
    stores: () => {
      asked++
      return stores
    },
    storesVersion: () => version,
    clock,
    asksForCertificates: true,
  })
  const at = new URL(
    await address.open({ host: '127.0.0.1', port: 0 }, (incoming, response) => {
      const same = address.presented.of(incoming) === address.presented.of(incoming)
      response.end(String(same && address.presented.trusted(incoming)))
    }),
  )
  t.after(() => address.close())
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.after(() => agent.destroy())
  const identity = {
    cert: certs.pem('qwac'),
    key: certs.pem('qwac-key'),
    ca: certs.pem('ca'),
    rejectUnauthorized: false,
  }
  const trusted = (): Promise<string> =>
    new Promise((resolve, reject) => {
      request({ agent, host: '127.0.0.1', port: at.port, ...identity }, (response) => {
        let text = ''
        response.on('data', (chunk) => (text += String(chunk)))
        response.on('end', () => resolve(text))
      })
        .on('error', reject)
        .end()
    })
  assert.equal(await trusted(), 'true')
  const once = asked
  assert.equal(await trusted(), 'true')
  assert.equal(asked, once, 'it was judged before')
  stores = []
  version++
  assert.equal(await trusted(), 'false', 'something new is known')
  stores = believed
  assert.equal(await trusted(), 'true', 'who was not believed is judged anew')
  clock.advance(91 * 86_400_000)
  assert.equal(await trusted(), 'false', 'its time has passed')
})
