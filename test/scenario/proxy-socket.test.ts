/**
 * A proxy of this machine that ends TLS and connects to a unix socket: what it says of the client's certificate (RFC 9440) is believed as if
 * the client had shown it here, and nobody else's word is. The socket is a file, guarded by its permissions and gone with the gateway.
 */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Ended, type GatewayProcess, launch, until, up } from './gateway-process.ts'
import { ask, clientCert, proxiedBank, type ProxiedBank } from './proxied-bank.ts'

function running(started: GatewayProcess | Ended): GatewayProcess {
  assert.ok('origin' in started, 'origin' in started ? '' : started.err)
  return started
}

test('what the proxy of a socket says of the client is judged as if the client had shown it', async (t) => {
  const { call, certs, token, socket, dir, config } = await proxiedBank(t, 'listen: 127.0.0.1:0\n')
  const instance = await up(t, { config })
  const ais = { 'client-cert': clientCert(certs.pem('qwac-ais')) }
  assert.equal(await call(token('qwac-ais'), ais), '200')
  assert.equal(statSync(socket).mode & 0o777, 0o600, 'nobody else may connect')

  const refused: readonly (readonly [string, Parameters<ProxiedBank['call']>, RegExp])[] = [
    ['no certificate', [token('qwac-ais'), {}], /^40[13] GH_GATEWAY_CERTIFICATE_/],
    ['a token of another one', [token('qwac'), ais], /^401 GH_GATEWAY_TOKEN_BINDING$/],
    [
      'a role too few',
      [token('qwac-pis'), { 'client-cert': clientCert(certs.pem('qwac-pis')) }],
      /^403 GH_GATEWAY_CERTIFICATE_ROLE$/,
    ],
    [
      'one that nobody vouches for',
      [token('self-signed'), { 'client-cert': clientCert(certs.pem('self-signed')) }],
      /^40[13] GH_GATEWAY_CERTIFICATE_/,
    ],
    [
      'one that was revoked',
      [token('qwac-revoked'), { 'client-cert': clientCert(certs.pem('qwac-revoked')) }],
      /^40[13] GH_GATEWAY_CERTIFICATE_/,
    ],
    [
      'two of them',
      [token('qwac-ais'), { 'client-cert': [ais['client-cert'], ais['client-cert']] }],
      /^40[013] GH_GATEWAY_/,
    ],
    ['no structured field', [token('qwac-ais'), { 'client-cert': 'MIIB' }], /^40[13] GH_GATEWAY_/],
    [
      'the header of other proxies',
      [
        token('qwac-ais'),
        { 'x-forwarded-client-cert': `Cert="${encodeURIComponent(certs.pem('qwac-ais'))}"` },
      ],
      /^40[13] GH_GATEWAY_CERTIFICATE_/,
    ],
  ]
  for (const [what, asked, expected] of refused) assert.match(await call(...asked), expected, what)
  // The same words to the port: whoever comes that way vouches for nobody.
  const { hostname: host, port } = new URL(instance.origin)
  const plain = await ask({ host, port: Number(port) }, token('qwac-ais'), ais)
  assert.match(plain, /^40[13] GH_GATEWAY_/)

  // A revocation list that changes counts here as it does on a listener of our own.
  const listed = join(dir, 'certs', 'crl.pem')
  const before = readFileSync(listed)
  writeFileSync(listed, certs.pem('crl-stale'))
  await until(10_000, async () => (await call(token('qwac-ais'), ais)) !== '200')
  writeFileSync(listed, before)
  await until(10_000, async () => (await call(token('qwac-ais'), ais)) === '200')

  // It leaves with a reload that names it no more, and comes back with one that does.
  const text = readFileSync(config, 'utf8')
  writeFileSync(config, text.replace(/sockets:[\s\S]*?(?=trustStores:\n)/, ''))
  instance.child.kill('SIGHUP')
  await until(10_000, () => !existsSync(socket))
  writeFileSync(config, text)
  instance.child.kill('SIGHUP')
  await until(10_000, () => existsSync(socket))
  await until(10_000, async () => (await call(token('qwac-ais'), ais).catch(() => '')) === '200')

  assert.equal((await instance.stop('SIGINT')).code, 0)
  assert.equal(existsSync(socket), false, 'the file goes with the gateway')
})

test('a socket alone is where the gateway is; a second one, or a file, in its place ends the start', async (t) => {
  const { call, certs, token, socket, config } = await proxiedBank(t)
  const instance = running(await launch(t, { config }))
  assert.equal(instance.origin, `unix:${socket}`)
  const ais = { 'client-cert': clientCert(certs.pem('qwac-ais')) }
  assert.equal(await call(token('qwac-ais'), ais), '200')
  instance.child.kill('SIGKILL')
  await instance.ended
  assert.ok(existsSync(socket), 'nobody took it away')
  const again = running(await launch(t, { config }))
  assert.equal(await call(token('qwac-ais'), ais), '200', 'what a dead process left is no obstacle')
  await again.stop()

  writeFileSync(socket, 'of somebody else')
  const ended = await launch(t, { config })
  assert.ok('code' in ended)
  assert.match(ended.err, /GH_GATEWAY_LISTEN_FAILED/)
  assert.equal(readFileSync(socket, 'utf8'), 'of somebody else')
})
