/** HAProxy ends TLS and says over a unix socket which client certificate it saw (RFC 9440): the whole way, with its own formatting of the header. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { test } from 'node:test'
import { up } from '../scenario/gateway-process.ts'
import { PATH, proxiedBank } from '../scenario/proxied-bank.ts'
import { findHaproxy, peersRequired } from '../support/peer-programs.ts'
import { freePort } from '../support/free-port.ts'
import { startPeer } from '../support/running-peer.ts'

const haproxy = findHaproxy()
const skip = haproxy === undefined && !peersRequired ? 'haproxy is absent: see README' : false

test(
  'HAProxy before a unix socket vouches for the certificates of third parties',
  { skip },
  async (t) => {
    if (haproxy === undefined) throw new Error('GATEHOUSE_REQUIRE_PEERS=1, and haproxy is absent')
    const bank = await proxiedBank(t)
    const { certs, dir, socket, token } = bank
    await up(t, bank)
    const port = await freePort()
    writeFileSync(join(dir, 'edge.pem'), certs.pem('server') + certs.pem('server-key'))
    writeFileSync(
      join(dir, 'haproxy.cfg'),
      `defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
frontend edge
  bind 127.0.0.1:${port} ssl crt ${join(dir, 'edge.pem')} ca-file ${certs.file('ca')} verify optional crt-ignore-err all ca-ignore-err all ssl-min-ver TLSv1.2
  http-request del-header client-cert
  http-request del-header client-cert-chain
  http-request set-header Client-Cert ":%[ssl_c_der,base64]:" if { ssl_c_used }
  default_backend gatehouse
backend gatehouse
  server gateway unix@${socket}
`,
    )
    const peer = await startPeer(haproxy, ['-db', '-f', join(dir, 'haproxy.cfg')], port)
    t.after(() => peer.stop())

    const call = (
      certificate: string | null,
      headers: Record<string, string> = {},
    ): Promise<string> =>
      new Promise((resolve, reject) => {
        const asked = request(
          {
            host: '127.0.0.1',
            port,
            path: PATH,
            agent: false,
            ca: certs.pem('ca'),
            ...(certificate !== null && {
              cert: certs.pem(certificate),
              key: certs.pem(`${certificate}-key`),
            }),
            headers: {
              authorization: `Bearer ${token(certificate ?? 'qwac-ais')}`,
              'x-fapi-customer-ip-address': '203.0.113.7',
              ...headers,
            },
          },
          (response) => {
            let text = ''
            response.on('data', (chunk: Buffer) => (text += chunk.toString()))
            response.on('end', () => {
              const { code = '' } = JSON.parse(text) as { readonly code?: string } // sound: a member of the answer or none
              resolve(`${response.statusCode ?? 0} ${code}`.trim())
            })
          },
        )
        asked.on('error', reject)
        asked.end()
      })
    assert.equal(await call('qwac-ais'), '200')
    assert.match(await call('qwac-pis'), /^403 GH_GATEWAY_CERTIFICATE_ROLE$/)
    assert.match(await call('qwac-revoked'), /^40[13] GH_GATEWAY_CERTIFICATE_REVOKED$/)
    assert.match(await call(null), /^40[13] GH_GATEWAY_/)
    const line = certs.pem('qwac-ais').replace(/-----[A-Z ]+-----|\s/g, '')
    assert.match(
      await call(null, { 'client-cert': `:${line}:` }),
      /^40[13] GH_GATEWAY_/,
      'the client’s own word',
    )
  },
)
