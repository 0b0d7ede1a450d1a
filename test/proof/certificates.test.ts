/** Certificates, paths to anchors and revocation lists, against certificates that openssl made and against what `gatehouse certs` makes. */
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test, type TestContext } from 'node:test'
import {
  anchorsByName,
  type Certificate,
  findTrustPath,
  isListOf,
  MAX_CERTIFICATE_BYTES,
  readCertificate,
  readPem,
  readRevocationList,
  type RevocationList,
} from '../../src/proof/index.ts'
import {
  developmentCertificates,
  type DevelopmentCertificates,
} from '../support/development-certificates.ts'

const CASES = globSync(join(import.meta.dirname, 'certificates', '*.case'))
const NOW = Date.parse('2026-12-01T00:00:00Z')
const DAY_MS = 86_400_000

function derOf(text: string): Uint8Array {
  const [der, more] = readPem('CERTIFICATE', text) ?? []
  assert.ok(der !== undefined && more === undefined, 'one certificate')
  return der
}

function mustRead(text: string): Certificate {
  const read = readCertificate(derOf(text))
  assert.ok(read.ok, read.ok ? '' : read.fault)
  return read.certificate
}

test('there are golden certificates', () => assert.ok(CASES.length >= 11, `${CASES.length}`))

for (const file of CASES)
  test(`certificate ${basename(file, '.case')} is read as its case says`, () => {
    const [pem = '', want = ''] = readFileSync(file, 'utf8').split('\n----------\n')
    const der = derOf(pem)
    const read = readCertificate(der)
    const expected = JSON.parse(want) as Record<string, unknown> // sound: members are compared below
    if (!read.ok) return assert.deepEqual({ fault: read.fault }, expected)
    const { issuer, subject, der: _, signed: __, publicKey, keyUsage, ...rest } = read.certificate
    const got: unknown = JSON.parse(
      JSON.stringify({
        ...rest,
        issuer: issuer.text,
        subject: subject.text,
        notBefore: new Date(rest.notBefore).toISOString(),
        notAfter: new Date(rest.notAfter).toISOString(),
        keyUsage: keyUsage && [...keyUsage],
      }),
    )
    assert.deepEqual(got, expected)
    // Node reads the same bytes with OpenSSL.
    const other = new X509Certificate(der)
    assert.equal(Date.parse(other.validFrom), rest.notBefore)
    assert.equal(Date.parse(other.validTo), rest.notAfter)
    assert.equal(BigInt(`0x${other.serialNumber}`), BigInt(`0x${rest.serial}`))
    const digest = Buffer.from(other.fingerprint256.replaceAll(':', ''), 'hex')
    assert.equal(digest.toString('base64url'), rest.thumbprint)
    assert.equal(other.ca, rest.ca)
    assert.deepEqual(
      Buffer.from(publicKey),
      other.publicKey.export({ type: 'spki', format: 'der' }),
    )
  })

test('`readCertificate` takes no byte more and no byte less', () => {
  const der = derOf(readFileSync(CASES[0] ?? '', 'utf8'))
  assert.ok(readCertificate(der).ok)
  assert.equal(readCertificate(Buffer.concat([der, Buffer.of(0)])).ok, false)
  assert.equal(readCertificate(der.subarray(0, -1)).ok, false)
  assert.equal(readCertificate(new Uint8Array()).ok, false)
})

test('`readCertificate` refuses more bytes than a certificate has, unread', () => {
  const read = readCertificate(new Uint8Array(MAX_CERTIFICATE_BYTES + 1))
  assert.match(read.ok ? '' : read.fault, new RegExp(`more than ${MAX_CERTIFICATE_BYTES} bytes`))
  const fits = readCertificate(new Uint8Array(MAX_CERTIFICATE_BYTES))
  assert.doesNotMatch(fits.ok ? '' : fits.fault, /more than/)
})

for (const { name, text } of [
  { name: 'a block that does not end', text: '-----BEGIN CERTIFICATE-----\nAAAA\n' },
  { name: 'a block that is no base64', text: pem('AA!A') },
  { name: 'a block of broken base64', text: pem('AAAAA') },
  { name: 'an empty block', text: pem('') },
])
  test(`\`readPem\` refuses ${name}`, () => assert.equal(readPem('CERTIFICATE', text), undefined))

function pem(body: string): string {
  return `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`
}

test('`readPem` takes all blocks of its label and leaves others and the text between them alone', () => {
  const text = `some words\n${pem('AAAA')}-----BEGIN PRIVATE KEY-----\n!!\n-----END PRIVATE KEY-----\n${pem('BBBB')}`
  assert.deepEqual(
    readPem('CERTIFICATE', text)?.map((block) => Buffer.from(block).toString('base64')),
    ['AAAA', 'BBBB'],
  )
  assert.deepEqual(readPem('X509 CRL', text), [])
})

// --- paths ---

function dev(t: TestContext): DevelopmentCertificates & {
  readonly path: (
    name: string,
    now?: number,
    ...anchors: string[]
  ) => ReturnType<typeof findTrustPath>
} {
  const made = developmentCertificates(t, NOW)
  return {
    ...made,
    path: (name, now = NOW, ...anchors) =>
      findTrustPath(
        mustRead(made.pem(name)),
        [],
        anchorsByName(
          (anchors.length === 0 ? ['ca'] : anchors).map((one) => mustRead(made.pem(one))),
        ),
        now,
      ),
  }
}

test('`findTrustPath` finds the anchor of what it issued, and nobody else is one', (t) => {
  const { path } = dev(t)
  const found = path('qwac')
  assert.deepEqual(
    found?.certificates.map(({ subject }) => subject.values.get('2.5.4.3')?.[0]),
    ['Example Third Party DEVELOPMENT ONLY', 'Gatehouse DEVELOPMENT ONLY CA'],
  )
  assert.equal(path('qwac-foreign'), undefined)
  assert.ok(path('qwac-foreign', NOW, 'foreign-ca') !== undefined)
  assert.equal(path('self-signed'), undefined)
  assert.equal(path('qwac', NOW, 'foreign-ca'), undefined)
})

test('`findTrustPath` leaves times to its caller, and gives them', (t) => {
  const { path } = dev(t)
  const found = path('qwac-expired')
  assert.ok(found !== undefined && found.notAfter === NOW - DAY_MS)
})

test('`findTrustPath` takes nothing that was not made for clients', (t) => {
  const { path } = dev(t)
  assert.equal(path('server'), undefined, 'for servers')
  assert.equal(path('qseal'), undefined, 'for seals')
  assert.equal(path('ca'), undefined, 'an authority')
  assert.ok(path('proxy') !== undefined)
})

test('a certificate of a trusted name with the signature of another authority has no path', (t) => {
  const { pem: text } = dev(t)
  const der = Buffer.from(derOf(text('qwac')))
  der[der.length - 1] = (der[der.length - 1] ?? 0) ^ 1
  const read = readCertificate(der)
  assert.ok(read.ok)
  const anchors = anchorsByName([mustRead(text('ca'))])
  assert.equal(findTrustPath(read.certificate, [], anchors, NOW), undefined)
})

test('what a stranger sends along is no anchor, and costs a bounded number of signatures', (t) => {
  const { pem: text } = dev(t)
  const foreign = mustRead(text('foreign-ca'))
  const leaf = mustRead(text('qwac-foreign'))
  const anchors = anchorsByName([mustRead(text('ca'))])
  assert.equal(findTrustPath(leaf, [foreign], anchors, NOW), undefined)
  const started = performance.now()
  const many = Array.from({ length: 10_000 }, () => ({ ...foreign }))
  assert.equal(findTrustPath(leaf, many, anchors, NOW), undefined)
  assert.ok(performance.now() - started < 2_000)
})

// --- revocation lists ---

function listOf(made: DevelopmentCertificates, name: string): RevocationList {
  const [der] = readPem('X509 CRL', made.pem(name)) ?? []
  const read = readRevocationList(der ?? new Uint8Array())
  assert.ok(read.ok, read.ok ? '' : read.fault)
  return read.list
}

test('a revocation list names the serial numbers that its authority revoked', (t) => {
  const made = dev(t)
  const list = listOf(made, 'crl')
  assert.deepEqual([...list.revoked], [mustRead(made.pem('qwac-revoked')).serial])
  assert.ok(list.nextUpdate > NOW)
  assert.ok(listOf(made, 'crl-stale').nextUpdate < NOW)
})

test('`isListOf` believes a list of the authority that made it, and of nobody else', (t) => {
  const made = dev(t)
  const list = listOf(made, 'crl')
  const ca = mustRead(made.pem('ca'))
  assert.ok(isListOf(list, ca))
  assert.equal(isListOf(list, mustRead(made.pem('foreign-ca'))), false)
  const signature = Buffer.from(list.signed.signature)
  signature[5] = (signature[5] ?? 0) ^ 1
  assert.equal(isListOf({ ...list, signed: { ...list.signed, signature } }, ca), false)
  // An authority without the right to sign lists (RFC 5280 §4.2.1.3).
  assert.equal(isListOf(list, { ...ca, keyUsage: new Set(['keyCertSign'] as const) }), false)
})

test('`readRevocationList` takes no byte more and no byte less', (t) => {
  const [der = new Uint8Array()] = readPem('X509 CRL', dev(t).pem('crl')) ?? []
  assert.ok(readRevocationList(der).ok)
  assert.equal(readRevocationList(Buffer.concat([der, Buffer.of(5, 0)])).ok, false)
  assert.equal(readRevocationList(der.subarray(0, -1)).ok, false)
})
