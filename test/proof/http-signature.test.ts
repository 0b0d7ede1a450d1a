/** HTTP signatures of the Berlin Group: what is taken, and every way in which one is not what it says (`http-signature.case`). */
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { verifyHttpSignature } from '../../src/proof/index.ts'
import { developmentCertificates } from '../support/development-certificates.ts'
import { type Fields, httpSigner, keyIdOf, sha, type Signing } from '../support/http-signer.ts'

const RUNS = Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 10_000)
const FILE = join(import.meta.dirname, 'http-signature.case')
const NOW = Date.UTC(2026, 0, 5, 9)
const BODY = '{"instructedAmount":{"currency":"EUR","amount":"10.00"},"creditorName":"Zoë"}'

function verdict(fields: Fields, body = BODY, repeated = ''): string {
  const judged = verifyHttpSignature({
    header: (name) => {
      const value = fields[name]
      return value === undefined ? [] : name === repeated ? [value, value] : [value]
    },
    body: Buffer.from(body),
  })
  return judged.ok ? 'ok' : judged.fault
}

test('a good signature says by which certificate, when and over what', (t) => {
  const certs = developmentCertificates(t, NOW)
  const signer = httpSigner({
    certificate: certs.pem('qseal'),
    key: certs.pem('qseal-key'),
    now: NOW,
  })
  const fields = signer(BODY)
  const judged = verifyHttpSignature({
    header: (name) => [fields[name]].flatMap((v) => v ?? []),
    body: Buffer.from(BODY),
  })
  assert.ok(judged.ok)
  assert.equal(judged.signedAt, NOW)
  assert.equal(judged.digest, fields['digest'])
  assert.equal(judged.certificate.organizationIdentifier, 'PSDGB-FCA-123456')
  assert.deepEqual(judged.headers, ['digest', 'x-request-id', 'date'])
})

test('what is taken and what is not', (t) => {
  const certs = developmentCertificates(t, NOW)
  const pem = certs.pem('qseal')
  const signer = httpSigner({ certificate: pem, key: certs.pem('qseal-key'), now: NOW })
  const ec = httpSigner({ certificate: certs.pem('qwac'), key: certs.pem('qwac-key'), now: NOW })
  const good = signer(BODY)
  const [, serial = '', name = ''] = /^SN=([^,]*),CA=(.*)$/.exec(keyIdOf(pem)) ?? []
  const signed = (signing: Signing, body = BODY): string => verdict(signer(body, signing))
  const field = (change: (text: string) => string): string =>
    verdict({ ...good, signature: change(good['signature'] ?? '') })
  const without = (...names: string[]): string =>
    verdict(Object.fromEntries(Object.entries(good).filter(([key]) => !names.includes(key))))
  const cases: Readonly<Record<string, () => string>> = {
    'as the guidelines say': () => verdict(good),
    'names in capitals': () => signed({ headers: ['Digest', 'X-Request-ID', 'Date'] }),
    'a customer and a redirect, both signed': () =>
      signed({ more: { 'psu-id': 'max.muster', 'tpp-redirect-uri': 'https://tpp.example/cb' } }),
    'SHA-512 twice': () =>
      signed({ algorithm: 'rsa-sha512', hash: 'sha512', digest: `SHA-512=${sha(BODY, 'sha512')}` }),
    'both digests, both true': () =>
      signed({ digest: `SHA-256=${sha(BODY)},SHA-512=${sha(BODY, 'sha512')}` }),
    'PSS under its own name': () => signed({ algorithm: 'rsa-pss-sha256', pss: true }),
    'a key on a curve': () => verdict(ec(BODY, { algorithm: 'ecdsa-sha256' })),
    'an empty body': () => verdict(signer(''), ''),
    'a space after each comma': () => field((text) => text.replaceAll('",', '", ')),
    'the name of the issuer the other way round': () =>
      signed({ keyId: `SN=${serial.toLowerCase()},CA=${name.split(',').toReversed().join(', ')}` }),
    'the name of the issuer percent-encoded': () =>
      signed({ keyId: `SN=00${serial},CA=${name.replaceAll(' ', '%20')}` }),
    'no signature': () => without('signature'),
    'no digest': () => without('digest'),
    'no certificate': () => without('tpp-signature-certificate'),
    'nothing at all': () => without('signature', 'digest', 'tpp-signature-certificate'),
    'another body': () => verdict(good, BODY.replace('10.00', '10.01')),
    'one more space in the body': () => verdict(good, `${BODY} `),
    'another body and its digest': () =>
      verdict({ ...good, digest: `SHA-256=${sha(`${BODY} `)}` }, `${BODY} `),
    'another request id': () => verdict({ ...good, 'x-request-id': 'x' }),
    'another date': () => verdict({ ...good, date: new Date(NOW + 1000).toUTCString() }),
    'a customer that nobody signed': () => verdict({ ...good, 'psu-id': 'eve' }),
    'a redirect that nobody signed': () => verdict({ ...good, 'tpp-redirect-uri': 'https://eve' }),
    'a signed redirect that is another': () =>
      verdict({
        ...signer(BODY, { more: { 'tpp-redirect-uri': 'https://tpp.example/cb' } }),
        'tpp-redirect-uri': 'https://eve.example/cb',
      }),
    'a signed customer taken away': () => {
      const { 'psu-id': _gone, ...rest } = signer(BODY, { more: { 'psu-id': 'max' } })
      return verdict(rest)
    },
    'digest is not signed': () => signed({ headers: ['x-request-id', 'date'] }),
    'the request id is not signed': () => signed({ headers: ['digest', 'date'] }),
    'the date is not signed': () => signed({ headers: ['digest', 'x-request-id'] }),
    'digest taken off the list afterwards': () => field((text) => text.replace('digest ', '')),
    'a header that may not be signed': () => signed({ more: { 'psu-ip-address': '1.2.3.4' } }),
    'the order of the list changed afterwards': () =>
      field((text) => text.replace('digest x-request-id', 'x-request-id digest')),
    'a name twice in the list': () =>
      signed({ headers: ['digest', 'x-request-id', 'date', 'date'] }),
    'a parameter twice': () => field((text) => `${text},algorithm="rsa-sha256"`),
    'a parameter that nobody knows': () => field((text) => `${text},created="1"`),
    'a number instead of a text': () => field((text) => `${text},created=1`),
    'a parameter left out': () => field((text) => text.replace('algorithm="rsa-sha256",', '')),
    'the list left out': () => field((text) => text.replace(/headers="[^"]*",/, '')),
    'an empty list': () => field((text) => text.replace(/headers="[^"]*"/, 'headers=""')),
    'a comma at the end': () => field((text) => `${text},`),
    'an escape': () => field((text) => text.replace('algorithm="rsa', 'algorithm="\\rsa')),
    'a scheme before it': () => field((text) => `Signature ${text}`),
    'two certificates': () => verdict(good, BODY, 'tpp-signature-certificate'),
    'two signatures': () => verdict(good, BODY, 'signature'),
    'two digests': () => verdict(good, BODY, 'digest'),
    'two request ids': () => verdict(good, BODY, 'x-request-id'),
    'SHA-1 as digest': () => signed({ digest: `SHA=${sha(BODY, 'sha1')}` }),
    'MD5 beside SHA-256': () => signed({ digest: `SHA-256=${sha(BODY)},MD5=${sha(BODY, 'md5')}` }),
    'SHA-256 twice': () => signed({ digest: `SHA-256=${sha(BODY)},SHA-256=${sha('')}` }),
    'one digest true and one not': () =>
      signed({ digest: `SHA-256=${sha(BODY)},SHA-512=${sha('', 'sha512')}` }),
    'a digest cut short': () => signed({ digest: `SHA-256=${sha(BODY).slice(0, 8)}` }),
    'a digest in hexadecimal': () => signed({ digest: 'SHA-256=ab' }),
    'rsa-sha1': () => signed({ algorithm: 'rsa-sha1', hash: 'sha1' }),
    'hmac-sha256': () => signed({ algorithm: 'hmac-sha256' }),
    'hs2019, which names no hash': () => signed({ algorithm: 'hs2019' }),
    none: () => signed({ algorithm: 'none' }),
    'the name of another family': () => signed({ algorithm: 'ecdsa-sha256' }),
    'an RSA name for a key on a curve': () => verdict(ec(BODY, { algorithm: 'rsa-sha256' })),
    'PSS under the name of PKCS 1': () => signed({ pss: true }),
    'PKCS 1 under the name of PSS': () => signed({ algorithm: 'rsa-pss-sha256' }),
    'SHA-256 under the name of SHA-512': () => signed({ algorithm: 'rsa-sha512' }),
    'a signature cut short': () => field((text) => `${text.slice(0, -13)}"`),
    'a signature of another alphabet': () =>
      field((text) => text.replace(/signature="[^"]*"/, (one) => one.replaceAll(/[+/]/g, '-'))),
    'another serial number': () => signed({ keyId: `SN=${serial}0,CA=${name}` }),
    'another issuer': () => signed({ keyId: `SN=${serial},CA=CN=Other` }),
    'half of the issuer': () => signed({ keyId: `SN=${serial},CA=${name.split(',')[0]}` }),
    'a key id that is none': () => signed({ keyId: 'key-1' }),
    'the certificate of somebody else': () =>
      verdict({
        ...good,
        'tpp-signature-certificate': ec(BODY)['tpp-signature-certificate'] ?? '',
      }),
    'a certificate in PEM': () => verdict({ ...good, 'tpp-signature-certificate': pem }),
    'no certificate but base64': () => verdict({ ...good, 'tpp-signature-certificate': 'AAAA' }),
    'a date of before 1994': () => signed({ date: 'Monday, 05-Jan-26 09:00:00 GMT' }),
    'a date of another week day': () => signed({ date: 'Tue, 05 Jan 2026 09:00:00 GMT' }),
    'a date in another zone': () => signed({ date: 'Mon, 05 Jan 2026 09:00:00 +0100' }),
  }
  const lines = Object.entries(cases).map(([what, run]) => `${what} => ${run()}`)
  if (process.env['UPDATE_CASES'] === '1') writeFileSync(FILE, `${lines.join('\n')}\n`)
  assert.equal(`${lines.join('\n')}\n`, readFileSync(FILE, 'utf8'))
  assert.ok(lines.filter((line) => line.endsWith(' => ok')).length >= 10)
  assert.ok(lines.filter((line) => !line.endsWith(' => ok')).length >= 25)
})

test('whatever one letter becomes, it is no longer signed; whatever comes, nothing is thrown', (t) => {
  const certs = developmentCertificates(t, NOW)
  const good = httpSigner({
    certificate: certs.pem('qseal'),
    key: certs.pem('qseal-key'),
    now: NOW,
  })(BODY)
  const names = ['signature', 'digest', 'x-request-id', 'date'] as const
  fc.assert(
    fc.property(
      fc.constantFrom(...names),
      fc.nat(),
      fc.integer({ min: 33, max: 126 }),
      (name, where, letter) => {
        const text = good[name] ?? ''
        const at = where % text.length
        const put = String.fromCharCode(letter)
        const changed = `${text.slice(0, at)}${put}${text.slice(at + 1)}`
        if (text[at]?.toLowerCase() === put.toLowerCase()) return
        // A comma of the issuer's name may as well be a plus sign.
        if (',+'.includes(text[at] ?? '') && ',+'.includes(put)) return
        assert.notEqual(verdict({ ...good, [name]: changed }), 'ok', changed)
      },
    ),
    { numRuns: RUNS },
  )
  fc.assert(
    fc.property(
      fc.record({ signature: fc.string(), digest: fc.string(), date: fc.string() }),
      fc.constantFrom(...names),
      (fields, kept) => {
        const some: Fields = { ...good, ...fields, [kept]: good[kept] ?? '' }
        assert.notEqual(verdict(some), 'ok')
      },
    ),
    { numRuns: RUNS },
  )
})

test('a key that is not the one of the certificate seals nothing', (t) => {
  const certs = developmentCertificates(t, NOW)
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const signer = httpSigner({
    certificate: certs.pem('qseal'),
    key: other.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    now: NOW,
  })
  assert.equal(verdict(signer(BODY)), 'signature')
})
