/** HTTP signatures of the Berlin Group through a whole gateway: whose seal, of which organisation, when; and the proof in the event. */
import assert from 'node:assert/strict'
import { hash, X509Certificate } from 'node:crypto'
import { test, type TestContext } from 'node:test'
import { prepare, type SignatureParams } from '../../src/decide/index.ts'
import { trustStore, type TrustStore } from '../../src/gateway/core/index.ts'
import { readCertificate, readPem, readRevocationList } from '../../src/proof/index.ts'
import { developmentCertificates } from '../support/development-certificates.ts'
import { gatewayRig, type Rig } from '../support/gateway-rig.ts'
import { type Fields, httpSigner, sha, type Signing } from '../support/http-signer.ts'
import { linearRegex } from '../support/linear-regex.ts'
import { signedPlan } from '../support/signed-plan.ts'

const BODY = '{"Text":"pay"}'
const NOW = Date.UTC(2026, 0, 5, 9)
const ORGANIZATION = 'PSDGB-FCA-123456'

interface Bank {
  readonly rig: Rig
  readonly sign: (signing?: Signing, body?: string) => Fields
  readonly send: (fields: Fields, body?: string) => Promise<string>
  readonly pem: (name: string) => string
  trust(stores: readonly TrustStore[]): void
  client(organization: string | undefined): void
}

async function bank(t: TestContext, params: Partial<SignatureParams> = {}): Promise<Bank> {
  const certs = developmentCertificates(t, NOW)
  const { pem } = certs
  const store = (name: string, anchor: string): TrustStore =>
    trustStore(name, anchors(pem(anchor)), undefined)
  let stores: readonly TrustStore[] = [store('seals', 'ca')]
  let version = 1
  const seals = {
    stores: () => stores,
    get version() {
      return version
    },
  }
  const rig = await gatewayRig(t, { now: NOW, seals })
  const plan = signedPlan(rig.upstream.origin, { form: 'http-signature', ...params })
  rig.swap(prepare(plan, { regex: linearRegex }))
  rig.upstream.script = (_request, socket) => socket.write('HTTP/1.1 204 No Content\r\n\r\n')
  const signer = httpSigner({ certificate: pem('qseal'), key: pem('qseal-key'), now: NOW })
  const client = (organizationIdentifier: string | undefined): void => {
    const record = rig.feed.clients.get('tpp-a')
    assert.ok(record !== undefined)
    const { organizationIdentifier: _before, ...rest } = record
    rig.feed.clients.set('tpp-a', {
      ...rest,
      ...(organizationIdentifier !== undefined && { organizationIdentifier }),
    })
  }
  client(ORGANIZATION)
  return {
    rig,
    pem,
    client,
    trust(next) {
      stores = next
      version++
    },
    sign: (signing, body = BODY) => signer(body, signing),
    async send(fields, body = BODY) {
      const answer = await rig.call('/aisp/accounts/A1/notes', {
        method: 'POST',
        body,
        headers: [
          'Content-Type: application/json',
          ...Object.entries(fields).map(([name, value]) => `${name}: ${value}`),
        ],
      })
      if (answer.status === 204) return 'sent'
      const { code } = JSON.parse(answer.body) as { code: string }
      return code.replace('GH_GATEWAY_SIGNATURE_', '')
    },
  }
}

function anchors(pem: string): Parameters<typeof trustStore>[1] {
  return (readPem('CERTIFICATE', pem) ?? []).map((der) => {
    const read = readCertificate(der)
    assert.ok(read.ok)
    return read.certificate
  })
}

test('a good seal goes through; what proves it is in the event, and no body', async (t) => {
  const { rig, sign, send, pem } = await bank(t)
  const fields = sign({ more: { 'psu-id': 'max.muster' } })
  assert.equal(await send(fields), 'sent')
  const recorded = rig.sink.access.at(-1)?.facts?.signature
  const der = new X509Certificate(pem('qseal')).raw
  assert.deepEqual(recorded, {
    kind: 'verified',
    kid: /keyId="([^"]*)"/.exec(fields['signature'] ?? '')?.[1],
    issuedAt: NOW / 1000,
    proof: `sha256:${hash('sha256', `${fields['signature']}\n${BODY}`, 'hex')}`,
    field: fields['signature'],
    digest: `SHA-256=${sha(BODY)}`,
    certificate: hash('sha256', der, 'base64url'),
  })
  assert.ok(!JSON.stringify(rig.sink.appended).includes('max.muster'))
})

test('each way in which a signature fails has its own code, and nothing is sent', async (t) => {
  const { rig, sign, send } = await bank(t)
  const good = sign()
  const { signature, digest: _gone, ...rest } = good
  for (const [what, said] of [
    [send({}), 'MISSING'],
    [send({ ...rest, signature: signature ?? '' }), 'MISSING'],
    [send(good, `${BODY} `), 'DIGEST'],
    [send(sign({ digest: `MD5=${sha(BODY, 'md5')}` })), 'DIGEST'],
    [send({ ...good, 'tpp-redirect-uri': 'https://eve.example' }), 'COVERAGE'],
    [send(sign({ headers: ['digest', 'date'] })), 'COVERAGE'],
    [send(sign({ algorithm: 'rsa-sha1', hash: 'sha1' })), 'INVALID'],
    [send({ ...good, 'x-request-id': 'another' }), 'INVALID'],
    [send(sign({ keyId: 'SN=1,CA=CN=Other' })), 'CERTIFICATE'],
    [send({ ...good, 'tpp-signature-certificate': 'AAAA' }), 'CERTIFICATE'],
  ] as const)
    assert.equal(await what, said)
  assert.equal(rig.upstream.seen.length, 0)
  assert.deepEqual(rig.sink.access.at(-1)?.facts?.signature, { kind: 'invalid' })
})

test('its date counts at the edges', async (t) => {
  const { sign, send } = await bank(t)
  for (const [seconds, said] of [
    [-300, 'sent'],
    [-301, 'TIME'],
    [10, 'sent'],
    [11, 'TIME'],
  ] as const)
    assert.equal(
      await send(sign({ date: new Date(NOW + seconds * 1000).toUTCString() })),
      said,
      String(seconds),
    )
  assert.equal(await send(sign({ date: 'yesterday' })), 'TIME')
})

test('a seal counts while somebody trusted issued it, it is in force and it is not revoked', async (t) => {
  const { rig, sign, send, trust, pem } = await bank(t)
  assert.equal(await send(sign()), 'sent')
  trust([trustStore('other', anchors(pem('foreign-ca')), undefined)])
  assert.equal(await send(sign()), 'CERTIFICATE')
  trust([trustStore('seals', anchors(pem('ca')), [])]) // asks for a list, and there is none
  assert.equal(await send(sign()), 'CERTIFICATE')
  const lists = (readPem('X509 CRL', pem('crl')) ?? []).flatMap((der) => {
    const read = readRevocationList(der)
    return read.ok ? [read.list] : []
  })
  trust([trustStore('seals', anchors(pem('ca')), lists)])
  assert.equal(await send(sign()), 'sent')
  const thumbprint = hash('sha256', new X509Certificate(pem('qseal')).raw, 'base64url')
  rig.feed.revocations.add(`certificate:${thumbprint}`)
  assert.equal(await send(sign()), 'CERTIFICATE')
  // A certificate of a connection is no seal, whoever issued it.
  const qwac = httpSigner({ certificate: pem('qwac'), key: pem('qwac-key'), now: NOW })
  assert.equal(await send(qwac(BODY, { algorithm: 'ecdsa-sha256' })), 'CERTIFICATE')
})

test('trust stores of the rule narrow those of the installation', async (t) => {
  const { sign, send } = await bank(t, { trustStores: ['others'] })
  assert.equal(await send(sign()), 'CERTIFICATE')
})

test('the seal is of the organisation of the client', async (t) => {
  const { sign, send, client } = await bank(t)
  client('PSDGB-FCA-999999')
  assert.equal(await send(sign()), 'SIGNER')
  client(undefined)
  assert.equal(await send(sign()), 'SIGNER')
  client(ORGANIZATION)
  assert.equal(await send(sign()), 'sent')
})

test('where signatures are judged when they come, half of one is still refused', async (t) => {
  const { sign, send } = await bank(t, { whenSent: true })
  assert.equal(await send({}), 'sent')
  assert.equal(await send(sign()), 'sent')
  assert.equal(await send({ digest: `SHA-256=${sha(BODY)}` }), 'MISSING')
  assert.equal(await send(sign(), `${BODY} `), 'DIGEST')
})
