/** Signatures of trusted lists: ECDSA as EU operators make it, seals and websites kept apart, and the tricks of XML signatures. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash, createPrivateKey, type KeyObject, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { SignedXml } from 'xml-crypto'
import { trustStore } from '../../src/gateway/core/trust-store.ts'
import {
  type Certificate,
  readCertificate,
  readPem,
  readTrustedList,
} from '../../src/proof/index.ts'
import { developmentCertificates } from '../support/development-certificates.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const NOW = Date.parse('2026-12-01T00:00:00Z')
const NOBODY = 'none of the signers that are named has signed it'
const DSIG_MORE = 'http://www.w3.org/2001/04/xmldsig-more#'
const C14N = 'http://www.w3.org/2001/10/xml-exc-c14n#'
const ENVELOPED = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature'

function certificateOf(pem: string): Certificate {
  const read = readCertificate(readPem('CERTIFICATE', pem)?.[0] ?? new Uint8Array())
  assert.ok(read.ok)
  return read.certificate
}

function unsignedList(t: TestContext): string {
  const { dir } = developmentCertificates(t, NOW)
  const xml = readFileSync(join(dir, 'trusted-list.xml'), 'utf8')
  return xml.replace(/<Signature[\s\S]*<\/Signature>/, '')
}

interface Signer {
  readonly certificate: Certificate
  readonly key: KeyObject
}
/** A self-signed certificate for a key of that kind, as openssl makes it. */
function signer(t: TestContext, ...key: readonly string[]): Signer {
  const dir = temporaryFolder(t)
  const [keyFile, certFile] = [join(dir, 'key.pem'), join(dir, 'cert.pem')]
  const words = ['req', '-x509', '-nodes', '-subj', '/C=DE/O=Scheme operator/CN=signer', ...key]
  execFileSync('openssl', [...words, '-keyout', keyFile, '-out', certFile, '-days', '30'], {
    stdio: 'ignore',
  })
  return {
    certificate: certificateOf(readFileSync(certFile, 'utf8')),
    key: createPrivateKey(readFileSync(keyFile)),
  }
}
const ec = (t: TestContext, curve = 'P-256'): Signer =>
  signer(t, '-newkey', 'ec', '-pkeyopt', `ec_paramgen_curve:${curve}`)

interface Signing {
  readonly hash?: string
  readonly encoding?: 'der' | 'ieee-p1363'
  readonly algorithm?: string
  readonly digest?: string
  readonly transforms?: readonly string[]
  /** Of the signature, in base64. */
  readonly spoil?: (signature: Buffer) => Buffer
}

function signed(text: string, { key }: Signer, signing: Signing = {}): string {
  const { hash = 'sha256', encoding = 'ieee-p1363', spoil = (bytes) => bytes } = signing
  const algorithm = signing.algorithm ?? `${DSIG_MORE}ecdsa-${hash}`
  const maker = new SignedXml({
    privateKey: key.export({ type: 'pkcs8', format: 'pem' }),
    signatureAlgorithm: algorithm,
    canonicalizationAlgorithm: C14N,
  })
  maker.SignatureAlgorithms[algorithm] = class {
    readonly getAlgorithmName = (): string => algorithm
    readonly verifySignature = (): never => assert.fail()
    readonly getSignature = (info: unknown): string =>
      spoil(sign(hash, Buffer.from(String(info)), { key, dsaEncoding: encoding })).toString(
        'base64',
      )
  }
  maker.HashAlgorithms[`${DSIG_MORE}sha384`] = class {
    readonly getAlgorithmName = (): string => `${DSIG_MORE}sha384`
    readonly getHash = (xml: string): string => createHash('sha384').update(xml).digest('base64')
  }
  maker.addReference({
    xpath: '/*',
    isEmptyUri: true,
    digestAlgorithm: signing.digest ?? 'http://www.w3.org/2001/04/xmlenc#sha256',
    transforms: [...(signing.transforms ?? [ENVELOPED, C14N])],
  })
  maker.computeSignature(text)
  return maker.getSignedXml()
}

function fault(text: string, ...signers: readonly Signer[]): string {
  const read = readTrustedList(
    text,
    signers.map(({ certificate }) => certificate),
  )
  return read.ok ? 'read' : read.fault
}

for (const [curve, hash] of [
  ['P-256', 'sha256'],
  ['P-384', 'sha384'],
  ['P-521', 'sha512'],
  ['P-256', 'sha512'],
] as const)
  test(`a list that is signed with ECDSA is read: ${curve} and ${hash}`, (t) => {
    const list = unsignedList(t)
    const operator = ec(t, curve)
    const text = signed(list, operator, { hash })
    assert.equal(fault(text, operator), 'read')
    assert.equal(fault(text, ec(t, curve), operator), 'read', 'whoever else might have')
    assert.equal(fault(text, ec(t, curve)), NOBODY)
    assert.equal(fault(text.replace('withdrawn', 'granted'), operator), NOBODY)
    // RFC 6931 §2.3.6: not as X.509 has it; not with a byte more or less, nor nothing, nor zeros.
    assert.equal(fault(signed(list, operator, { hash, encoding: 'der' }), operator), NOBODY)
    for (const spoil of [
      (bytes: Buffer) => Buffer.concat([bytes, Buffer.of(0)]),
      (bytes: Buffer) => bytes.subarray(1),
      (bytes: Buffer) => Buffer.alloc(bytes.length),
      (bytes: Buffer) => bytes.subarray(0, 0),
    ])
      assert.equal(fault(signed(list, operator, { hash, spoil }), operator), NOBODY)
  })

test('a digest may be SHA-384, and the kind of the key decides the algorithm', (t) => {
  const list = unsignedList(t)
  const operator = ec(t)
  assert.equal(fault(signed(list, operator, { digest: `${DSIG_MORE}sha384` }), operator), 'read')
  for (const algorithm of [
    `${DSIG_MORE}rsa-sha256`,
    `${DSIG_MORE}ecdsa-sha1`,
    'http://www.w3.org/2000/09/xmldsig#hmac-sha1',
    'http://www.w3.org/2000/09/xmldsig#rsa-sha1',
  ])
    assert.equal(
      fault(signed(list, operator, { algorithm, encoding: 'der' }), operator),
      NOBODY,
      algorithm,
    )
  const odd = ec(t, 'secp256k1')
  assert.equal(fault(signed(list, odd), odd), NOBODY, 'a curve that no list uses')
})

test('who vouches for websites does not vouch for seals, and the other way round', (t) => {
  const list = unsignedList(t)
  const operator = ec(t)
  const extension = (use: string): string =>
    `<Extension Critical="true"><AdditionalServiceInformation><URI xml:lang="en">http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/${use}</URI></AdditionalServiceInformation></Extension>`
  const read = (text: string) => {
    const one = readTrustedList(signed(text, operator), [operator.certificate])
    assert.ok(one.ok)
    return one.list
  }
  const count = (text: string): readonly number[] => {
    const { anchors, sealAnchors } = read(text)
    return [anchors.length, sealAnchors.length]
  }
  assert.deepEqual(count(list), [1, 0])
  const seals = list.replaceAll('ForWebSiteAuthentication', 'ForeSeals')
  assert.deepEqual(count(seals), [0, 1])
  assert.deepEqual(count(list.replaceAll('ForWebSiteAuthentication', 'ForeSignatures')), [0, 0])
  assert.deepEqual(
    count(
      list.replaceAll(extension('ForWebSiteAuthentication'), (web) => web + extension('ForeSeals')),
    ),
    [1, 1],
  )
  const { anchors, sealAnchors } = read(seals)
  const store = trustStore('eu', anchors, undefined, undefined, sealAnchors)
  assert.deepEqual([store.anchors.size, store.sealAnchors.size], [0, 1])
})

test('what XML signatures let others do is refused: outside references, transforms, comments, a key of its own', (t) => {
  const list = unsignedList(t)
  const operator = ec(t)
  const text = signed(list, operator)
  const changes: readonly (readonly [name: string, changed: string])[] = [
    ['a reference to the network', text.replace('URI=""', 'URI="http://127.0.0.1:1/list.xml"')],
    ['a reference to a file', text.replace('URI=""', 'URI="file:///etc/passwd"')],
    ['a reference to nothing', text.replace('URI=""', 'URI="#other"')],
    ['a stylesheet', text.replace(ENVELOPED, 'http://www.w3.org/TR/1999/REC-xslt-19991116')],
    ['a path', text.replace(ENVELOPED, 'http://www.w3.org/TR/1999/REC-xpath-19991116')],
    [
      'a key that it brings along',
      text.replace(
        '</SignatureValue>',
        `</SignatureValue><KeyInfo><X509Data><X509Certificate>${Buffer.from(operator.certificate.der).toString('base64')}</X509Certificate></X509Data></KeyInfo>`,
      ),
    ],
  ]
  for (const [name, changed] of changes) {
    assert.notEqual(changed, text, name)
    assert.equal(fault(changed, ec(t)), NOBODY, name)
    if (!name.startsWith('a key')) assert.equal(fault(changed, operator), NOBODY, name)
  }
  // A comment is not signed: it must not cut a text that is (CVE-2018-0489 and its like).
  const cut = text.replace('Svcstatus/withdrawn', 'Svcstatus/<!-- -->withdrawn')
  assert.notEqual(cut, text)
  const read = readTrustedList(cut, [operator.certificate])
  assert.ok(read.ok)
  assert.equal(read.list.anchors.length, 1)
})

test('the reader of XML is not loaded before there is a list', () => {
  const seen = execFileSync(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `await import(${JSON.stringify(join(import.meta.dirname, '..', '..', 'src', 'app', 'index.ts'))})
       const { createRequire } = await import('node:module')
       console.log(Object.keys(createRequire('/').cache).filter((file) => /xml-crypto|xmldom/.test(file)).length)`,
    ],
    { encoding: 'utf8' },
  )
  assert.equal(seen.trim(), '0')
})
