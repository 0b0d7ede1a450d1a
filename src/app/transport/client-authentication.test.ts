import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { jwtVerify } from 'jose'
import { FakeClock } from '../../../test/support/fake-clock.ts'
import { temporaryFolder } from '../../../test/support/temporary-folder.ts'
import { systemRandomBytes } from '../system-ports.ts'
import { ASSERTION_SECONDS, clientAuthentication } from './client-authentication.ts'

const ISSUER = 'https://login.bank.example'
const NOW = Date.UTC(2026, 10, 29)
const NONE = { clientId: 'gate:house', clientSecret: null, clientKey: null }

function rig(t: TestContext) {
  const file = join(temporaryFolder(t), 'secret')
  const ports = { clock: new FakeClock(NOW), randomBytes: systemRandomBytes }
  const by = (kind: 'clientKey' | 'clientSecret') =>
    clientAuthentication(ISSUER, { ...NONE, [kind]: { file } }, ports)
  return { file, ports, by, write: (text: string) => writeFileSync(file, text) }
}

const pem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString()

test('a secret is encoded before it is joined, and read at each question', (t) => {
  const { by, write } = rig(t)
  const authenticate = by('clientSecret')
  assert.throws(authenticate, { code: 'GH_CONFIG_SECRET_REFERENCE' })
  const sent = (): string => {
    const { headers, fields } = authenticate()
    assert.deepEqual(fields, {})
    return Buffer.from(headers['authorization']?.slice('Basic '.length) ?? '', 'base64').toString()
  }
  write('s e+cret\n')
  // RFC 6749 §2.3.1: so that a colon in the id does not end it.
  assert.equal(sent(), 'gate%3Ahouse:s+e%2Bcret')
  write('another')
  assert.equal(sent(), 'gate%3Ahouse:another')
})

test('without secret and key the certificate of the connection says who it is', (t) => {
  const { ports } = rig(t)
  assert.deepEqual(clientAuthentication(ISSUER, NONE, ports)(), {
    headers: {},
    fields: { client_id: 'gate:house' },
  })
})

const PAIRS = {
  PS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  EdDSA: () => generateKeyPairSync('ed25519'),
} as const
for (const [algorithm, make] of Object.entries(PAIRS))
  test(`an assertion with ${algorithm} is for the issuer, for a minute, and once`, async (t) => {
    const { by, write } = rig(t)
    const { privateKey, publicKey } = make()
    write(pem(privateKey))
    const authenticate = by('clientKey')
    const ids = new Set<unknown>()
    for (let time = 0; time < 3; time++) {
      const { headers, fields } = authenticate()
      assert.deepEqual(headers, {})
      assert.equal(
        fields['client_assertion_type'],
        'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      )
      const { payload, protectedHeader } = await jwtVerify(
        fields['client_assertion'] ?? '',
        publicKey,
        {
          algorithms: [algorithm],
          audience: ISSUER,
          issuer: 'gate:house',
          subject: 'gate:house',
          currentDate: new Date(NOW),
          maxTokenAge: ASSERTION_SECONDS,
        },
      )
      assert.equal(payload.aud, ISSUER, 'FAPI 2.0 §5.3.3: a string, not a list')
      assert.equal(payload.exp, NOW / 1_000 + ASSERTION_SECONDS)
      assert.equal(typeof protectedHeader.kid, 'string')
      ids.add(payload.jti)
    }
    assert.equal(ids.size, 3)
  })

test('a key that is too short, or none, says nothing; a new one counts at once', (t) => {
  const { by, write } = rig(t)
  const authenticate = by('clientKey')
  for (const text of [
    'hunter2',
    pem(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey),
    pem(generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey),
  ]) {
    write(text)
    assert.throws(authenticate, { code: 'GH_GATEWAY_SIGNING_KEY' })
  }
  write(pem(generateKeyPairSync('ed25519').privateKey))
  assert.ok(authenticate().fields['client_assertion'])
})
