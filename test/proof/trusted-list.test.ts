/** Trusted lists: what the operator signed and nothing else, whatever stands around it. */
import assert from 'node:assert/strict'
import { createPrivateKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import * as fc from 'fast-check'
import { SignedXml } from 'xml-crypto'
import {
  type Certificate,
  MAX_TRUSTED_LIST_CHARS,
  readCertificate,
  readPem,
  readTrustedList,
} from '../../src/proof/index.ts'
import { developmentCertificates } from '../support/development-certificates.ts'

const NOW = Date.parse('2026-12-01T00:00:00Z')
const NOBODY = 'none of the signers that are named has signed it'

function rig(t: TestContext) {
  const { dir, pem } = developmentCertificates(t, NOW)
  const certificate = (name: string): Certificate => {
    const read = readCertificate(readPem('CERTIFICATE', pem(name))?.[0] ?? new Uint8Array())
    assert.ok(read.ok)
    return read.certificate
  }
  const operator = certificate('list-operator')
  const xml = readFileSync(join(dir, 'trusted-list.xml'), 'utf8')
  const unsigned = xml.replace(/<Signature[\s\S]*<\/Signature>/, '')
  return {
    xml,
    unsigned,
    certificate,
    operator,
    fault: (text: string, signers = [operator]): string => {
      const read = readTrustedList(text, signers)
      return read.ok ? 'read' : read.fault
    },
    /** The text, signed anew by the operator. */
    sign(
      text: string,
      algorithm = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
      digest = 'http://www.w3.org/2001/04/xmlenc#sha256',
    ): string {
      const maker = new SignedXml({
        privateKey: createPrivateKey(pem('list-operator-key')).export({
          type: 'pkcs8',
          format: 'pem',
        }),
        signatureAlgorithm: algorithm,
        canonicalizationAlgorithm: 'http://www.w3.org/2001/10/xml-exc-c14n#',
      })
      maker.addReference({
        xpath: '/*',
        isEmptyUri: true,
        digestAlgorithm: digest,
        transforms: [
          'http://www.w3.org/2000/09/xmldsig#enveloped-signature',
          'http://www.w3.org/2001/10/xml-exc-c14n#',
        ],
      })
      maker.computeSignature(text)
      return maker.getSignedXml()
    },
  }
}

test('`readTrustedList` gives the granted services for website authentication, and no others', (t) => {
  const { xml, operator, certificate } = rig(t)
  const read = readTrustedList(xml, [certificate('ca'), operator])
  assert.ok(read.ok)
  assert.equal(read.list.territory, 'GB')
  assert.equal(read.list.nextUpdate, NOW + 90 * 86_400_000)
  // The foreign authority is on the list as well, withdrawn.
  assert.deepEqual(
    read.list.anchors.map(({ thumbprint }) => thumbprint),
    [certificate('ca').thumbprint],
  )
})

test('`readTrustedList` believes nobody but the signers that are named', (t) => {
  const { xml, unsigned, fault, certificate, sign } = rig(t)
  assert.equal(fault(xml), 'read')
  assert.equal(fault(xml, []), NOBODY)
  assert.equal(fault(xml, [certificate('ca'), certificate('qseal')]), NOBODY)
  assert.equal(fault(unsigned), NOBODY)
  assert.equal(fault(sign(unsigned)), 'read')
  for (const [what, other] of [
    ['withdrawn<', 'granted<'],
    ['<SchemeTerritory>GB', '<SchemeTerritory>DE'],
    ['<SchemeInformation>', '<SchemeInformation><!-- x -->'],
  ] as const) {
    const changed = xml.replace(what, other)
    assert.notEqual(changed, xml)
    // A comment is not signed, and says nothing.
    assert.equal(fault(changed), other.includes('<!--') ? 'read' : NOBODY, other)
  }
})

test('`readTrustedList` reads only what is signed: a list around or beside it counts for nothing', (t) => {
  const { xml, fault, operator } = rig(t)
  const inner = xml.replace(/<\?xml[^>]*\?>\s*/, '')
  const evil = inner.replace('withdrawn<', 'granted<').replace(/<Signature[\s\S]*<\/Signature>/, '')
  const signature = /<Signature[\s\S]*<\/Signature>/.exec(xml)?.[0] ?? ''
  assert.notEqual(signature, '')
  for (const wrapped of [
    evil.replace('</TrustServiceStatusList>', `${inner}</TrustServiceStatusList>`),
    evil.replace('</TrustServiceStatusList>', `${signature}${inner}</TrustServiceStatusList>`),
    evil.replace('</TrustServiceStatusList>', `${signature}</TrustServiceStatusList>`),
    evil.replace('</TrustServiceStatusList>', `${signature}${signature}</TrustServiceStatusList>`),
    `<x>${inner}${evil}</x>`,
    `<x>${signature}${evil}</x>`,
  ]) {
    const read = readTrustedList(wrapped, [operator])
    if (read.ok) assert.equal(read.list.anchors.length, 1, wrapped.slice(0, 80))
    else assert.ok([NOBODY, 'it is not a well-formed trusted list'].includes(read.fault))
  }
  assert.equal(fault(evil), NOBODY)
})

test('`readTrustedList` takes no SHA-1', (t) => {
  const { unsigned, fault, sign } = rig(t)
  assert.equal(fault(sign(unsigned, 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512')), 'read')
  assert.equal(fault(sign(unsigned, 'http://www.w3.org/2000/09/xmldsig#rsa-sha1')), NOBODY)
  assert.equal(fault(sign(unsigned, undefined, 'http://www.w3.org/2000/09/xmldsig#sha1')), NOBODY)
})

test('`readTrustedList` refuses document types, entities and what is too long, unread', (t) => {
  const { xml, fault } = rig(t)
  const bomb = xml.replace('?>', '?><!DOCTYPE a [<!ENTITY b "bbbbbbbb"><!ENTITY c "&b;&b;&b;">]>')
  assert.equal(fault(bomb), 'it has a document type')
  assert.equal(fault(xml.replace('?>', '?><!doctype a>')), 'it has a document type')
  assert.match(fault(' '.repeat(MAX_TRUSTED_LIST_CHARS + 1)), /more than/)
  assert.doesNotMatch(fault(' '.repeat(1_000)), /more than/)
  assert.equal(fault('<a>'), 'it is not a well-formed trusted list')
  assert.equal(fault(''), 'it is not a well-formed trusted list')
})

test('`readTrustedList` wants a territory, an end, and services of the right kind', (t) => {
  const { unsigned, fault, sign, operator } = rig(t)
  const changed = (what: string | RegExp, other: string): string => {
    const text = unsigned.replaceAll(what, other)
    assert.notEqual(text, unsigned)
    return sign(text)
  }
  assert.equal(fault(changed('<SchemeTerritory>GB</SchemeTerritory>', '')), 'it names no territory')
  assert.equal(
    fault(changed(/<NextUpdate>.*<\/NextUpdate>/g, '<NextUpdate/>')),
    'it does not say until when it holds',
  )
  const anchors = (text: string): number => {
    const read = readTrustedList(text, [operator])
    assert.ok(read.ok)
    return read.list.anchors.length
  }
  assert.equal(anchors(changed('ForWebSiteAuthentication', 'ForeSeals')), 0)
  assert.equal(anchors(changed('Svctype/CA/QC', 'Svctype/TSA/QTST')), 0)
  assert.equal(anchors(changed('Svcstatus/granted', 'Svcstatus/recognisedatnationallevel')), 0)
  assert.equal(anchors(changed(/<X509Certificate>[^<]{40}/g, '<X509Certificate>AAAA')), 0)
  assert.equal(anchors(changed('withdrawn', 'granted')), 2)
})

test('no change of a character makes a list that says anything else', (t) => {
  const { xml, operator, certificate } = rig(t)
  const own = certificate('ca').thumbprint
  fc.assert(
    fc.property(
      fc.nat(xml.length - 1),
      fc.constantFrom('A', '<', '>', '/', '&', '"', ' ', '0', ''),
      (at, letter) => {
        const read = readTrustedList(xml.slice(0, at) + letter + xml.slice(at + 1), [operator])
        if (!read.ok) return
        assert.deepEqual(
          read.list.anchors.map(({ thumbprint }) => thumbprint),
          [own],
        )
        assert.equal(read.list.territory, 'GB')
        assert.equal(read.list.nextUpdate, NOW + 90 * 86_400_000)
      },
    ),
    { numRuns: Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 600) },
  )
})
