/**
 * What the suite tries of TLS at every address (`fapi2-security-profile-final-happy-flow`, `…-ensure-holder-of-key-required`,
 * `fapi1-advanced-final-ensure-mtls-holder-of-key-required`, `fapi-ciba-id1`): the suites of FAPI 1.0 Advanced §8.5, which are those of BCP 195
 * with an RSA certificate, are taken, nothing else of TLS 1.2 and nothing older is, and TLS 1.3 goes before it.
 */
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { after, before, test } from 'node:test'
import { connect, type ConnectionOptions, getCiphers } from 'node:tls'
import { type Run, startRun } from './run.ts'

/** Of FAPI 1.0 Advanced §8.5; those with DHE are allowed, and never needed. */
const ALLOWED = ['ECDHE-RSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES256-GCM-SHA384']
let run: Run
before(async () => {
  run = await startRun()
})
after(() => run.stop())

/** What was agreed, or `undefined`. */
function shake(port: string, options: ConnectionOptions): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(
      { host: '127.0.0.1', port: Number(port), servername: 'localhost', ca: run.ca, ...options },
      () => {
        const { name } = socket.getCipher()
        const agreed = `${socket.getProtocol()} ${name}`
        socket.destroy()
        resolve(agreed)
      },
    )
    socket.on('error', () => {
      socket.destroy()
      resolve(undefined)
    })
  })
}
const ports = (): readonly string[] => {
  const { issuer, resourceUrl } = run.output
  const { port } = new URL(issuer)
  return [port, new URL(resourceUrl).port, String(Number(port) + 2)]
}

test('EnsureTLS12WithFAPICiphers, EnsureTLS12RequireBCP195Ciphers', async () => {
  for (const port of ports())
    for (const ciphers of ALLOWED)
      assert.equal(
        await shake(port, { ciphers, maxVersion: 'TLSv1.2' }),
        `TLSv1.2 ${ciphers}`,
        port,
      )
})
test('DisallowInsecureCipher, RequireOnlyBCP195RecommendedCiphersForTLS12', async () => {
  const others = getCiphers()
    .filter((name) => !name.startsWith('tls_'))
    .map((name) => name.toUpperCase())
    .filter((name) => !ALLOWED.includes(name))
  assert.ok(others.length > 30)
  for (const port of ports()) {
    const ciphers = `${others.join(':')}:@SECLEVEL=0`
    assert.equal(await shake(port, { ciphers, maxVersion: 'TLSv1.2' }), undefined, port)
  }
})
test('DisallowTLS10, DisallowTLS11', async () => {
  for (const port of ports())
    for (const version of ['TLSv1', 'TLSv1.1'] as const) {
      const options = { minVersion: version, maxVersion: version, ciphers: 'ALL:@SECLEVEL=0' }
      assert.equal(await shake(port, options), undefined, port)
    }
})
test('EnsureTLS13OrLater, EnsureTLS13PreferredOverTLS12', async () => {
  for (const port of ports()) assert.match((await shake(port, {})) ?? '', /^TLSv1\.3 /)
})
test('ValidateMTLSCertificatesAsX509: the keys of client certificates are RSA, which every version of the suite reads', () => {
  const { mtls, mtls2 } = run.output
  const names = [mtls, mtls2].map(({ cert, key }) => {
    const certificate = new X509Certificate(cert)
    assert.equal(certificate.publicKey.asymmetricKeyType, 'rsa')
    assert.match(key, /^-----BEGIN PRIVATE KEY-----/)
    return certificate.subject
  })
  assert.notEqual(names[0], names[1])
})
