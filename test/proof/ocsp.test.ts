/** What an OCSP answer must be before a certificate is good: signed by whom it may be, about this certificate, and in its time. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  judgeOcspAnswer,
  MAX_OCSP_BYTES,
  OCSP_SKEW_MS,
  type OcspQuestion,
} from '../../src/proof/index.ts'
import {
  type Answer,
  CLIENT_AUTH,
  makeParty,
  OCSP_SIGNING,
  ocspAnswer,
  type Party,
  refusal,
  type Single,
} from '../support/ocsp-authority.ts'

const NOW = Date.UTC(2026, 10, 29, 12)
const HOUR_MS = 3_600_000
const RUNS = Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 10_000)

const ca = makeParty({ name: 'CA', now: NOW, ca: true })
const rsa = makeParty({ name: 'RSA CA', now: NOW, ca: true, keyType: 'rsa' })
const foreign = makeParty({ name: 'foreign CA', now: NOW, ca: true })
/** Of the same name as the authority, with a key of its own. */
const impostor = makeParty({ name: 'CA', now: NOW, ca: true })
const client = makeParty({ name: 'client', now: NOW, issuer: ca, uses: [CLIENT_AUTH] })
const other = makeParty({ name: 'other', now: NOW, issuer: ca, uses: [CLIENT_AUTH] })
const delegateOf = (more: Partial<Parameters<typeof makeParty>[0]> = {}): Party =>
  makeParty({ name: 'responder', now: NOW, issuer: ca, uses: [OCSP_SIGNING], ...more })
const delegate = delegateOf({ noCheck: true })

const QUESTION: OcspQuestion = {
  certificate: client.certificate,
  issuer: ca.certificate,
  now: NOW,
  maxAgeMs: HOUR_MS,
}
const single = (more: Partial<Single> = {}): Single => ({
  certificate: client.certificate,
  issuer: ca.certificate,
  thisUpdate: NOW - HOUR_MS,
  nextUpdate: NOW + HOUR_MS,
  ...more,
})
const answer = (more: Partial<Answer> = {}): Uint8Array =>
  ocspAnswer({ signer: ca, singles: [single()], ...more })
const says = (der: Uint8Array, more: Partial<OcspQuestion> = {}): string => {
  const judged = judgeOcspAnswer(der, { ...QUESTION, ...more })
  return judged.ok ? judged.status : judged.fault
}

const rsaClient = makeParty({ name: 'client', now: NOW, issuer: rsa })
const RSA_QUESTION = { certificate: rsaClient.certificate, issuer: rsa.certificate }
const rsaAnswer = (more: Partial<Answer>): Uint8Array =>
  answer({ signer: rsa, singles: [single(RSA_QUESTION)], ...more })

for (const [title, der, more] of [
  ['the authority itself, by name', answer()],
  ['the authority itself, by its key', answer({ by: 'key' })],
  ['a name of the certificate by SHA-256', answer({ singles: [single({ hash: 'sha256' })] })],
  ['a responder that it appointed', answer({ signer: delegate, sent: [delegate.certificate] })],
  [
    'the same by its key, behind another certificate',
    answer({ signer: delegate, by: 'key', sent: [other.certificate, delegate.certificate] }),
  ],
  [
    'answers about neighbours beside it',
    answer({ singles: [single({ certificate: other.certificate, status: 'revoked' }), single()] }),
  ],
  ['RSA', rsaAnswer({}), RSA_QUESTION],
  ['RSASSA-PSS', rsaAnswer({ pss: true }), RSA_QUESTION],
  [
    'a clock that is a little ahead',
    answer({ singles: [single({ thisUpdate: NOW + OCSP_SKEW_MS })] }),
  ],
  ['the last moment', answer({ singles: [single({ nextUpdate: NOW })] })],
] as const)
  test(`good: ${title}`, () => assert.equal(says(der, more), 'good'))

test('revoked and unknown are said as they are', () => {
  assert.equal(says(answer({ singles: [single({ status: 'revoked' })] })), 'revoked')
  assert.equal(says(answer({ singles: [single({ status: 'unknown' })] })), 'unknown')
})

test('an answer counts until its next one, its own age, or the end of who signed it', () => {
  const until = (der: Uint8Array): number => {
    const judged = judgeOcspAnswer(der, QUESTION)
    assert.ok(judged.ok, judged.ok ? '' : judged.fault)
    return judged.until
  }
  assert.equal(until(answer()), NOW + HOUR_MS)
  const { nextUpdate: _, ...open } = single({ thisUpdate: NOW - 1_000 })
  assert.equal(until(answer({ singles: [open] })), NOW - 1_000 + HOUR_MS)
  const short = delegateOf({ notAfter: NOW + 5_000 })
  assert.equal(until(answer({ signer: short, sent: [short.certificate] })), NOW + 5_000)
})

const late = single({ nextUpdate: NOW - 1_000 })
const { nextUpdate: _, ...stale } = single({ thisUpdate: NOW - HOUR_MS - 1_000 })
const noUse = delegateOf({ uses: [CLIENT_AUTH] })
const anyUse = delegateOf({ uses: ['2.5.29.37.0'] })
const ofOther = delegateOf({ issuer: foreign })
const ofImpostor = delegateOf({ issuer: impostor })
const ended = delegateOf({ notAfter: NOW - 1_000 })
const early = delegateOf({ notBefore: NOW + 1_000 })
const by = (signer: Party): Uint8Array => answer({ signer, sent: [signer.certificate] })

for (const [title, der, more] of [
  ['signed by another authority', answer({ signer: foreign })],
  ['signed by one of the same name', answer({ signer: impostor })],
  ['signed by one of the same name, who sends his own certificate', by(impostor)],
  ['signed by another client of the same authority', by(other)],
  ['in the name of its responder, with the key of another', by({ ...delegate, key: other.key })],
  ['out of date', answer({ singles: [late] })],
  ['without a next one, and old', answer({ singles: [stale] })],
  ['of the future', answer({ singles: [single({ thisUpdate: NOW + OCSP_SKEW_MS + 1_000 })] })],
  ['made in the future', answer({ producedAt: NOW + OCSP_SKEW_MS + 1_000 })],
  [
    'ends before it begins',
    answer({ singles: [single({ thisUpdate: NOW + 30_000, nextUpdate: NOW + 1_000 })] }),
  ],
  ['about another serial number', answer({ singles: [single({ serial: '1234' })] })],
  ['about another certificate', answer({ singles: [single({ certificate: other.certificate })] })],
  [
    'about a certificate of another authority',
    answer({ singles: [single({ issuer: foreign.certificate })] }),
  ],
  ['about nobody', answer({ singles: [], producedAt: NOW })],
  ['two answers about one', answer({ singles: [single({ status: 'revoked' }), single()] })],
  [
    'too many answers',
    answer({
      singles: Array.from({ length: 65 }, () => single({ certificate: other.certificate })).with(
        0,
        single(),
      ),
    }),
  ],
  ['a responder for another use', by(noUse)],
  ['a responder for any use', by(anyUse)],
  ['a responder of another authority', by(ofOther)],
  ['a responder of one of the same name', by(ofImpostor)],
  ['a responder that has ended', by(ended)],
  ['a responder that has not begun', by(early)],
  ['a responder whose certificate did not come along', answer({ signer: delegate })],
  [
    'nine certificates',
    answer({ signer: delegate, sent: Array.from({ length: 9 }, () => delegate.certificate) }),
  ],
  ['SHA-1 with RSA', rsaAnswer({ digest: 'sha1' }), RSA_QUESTION],
  ['SHA-1 with ECDSA', answer({ digest: 'sha1' })],
  ['a critical extension', answer({ critical: '1.2.3.4' })],
  ['malformed', Buffer.from('3003020100', 'hex')],
  ['empty', new Uint8Array()],
  ['bytes behind it', Buffer.concat([answer(), Buffer.from([0])])],
  ['too large', Buffer.concat([answer(), Buffer.alloc(MAX_OCSP_BYTES)])],
  ['a page', Buffer.from('<html>')],
] as const)
  test(`not good: ${title}`, () => {
    const judged = judgeOcspAnswer(der, { ...QUESTION, ...more })
    assert.equal(judged.ok, false)
  })

for (const [code, name] of [
  [1, 'malformedRequest'],
  [2, 'internalError'],
  [3, 'tryLater'],
  [5, 'sigRequired'],
  [6, 'unauthorized'],
  [4, 'unknown'],
] as const)
  test(`a responder that says ${code} says ${name}`, () =>
    assert.equal(says(refusal(code)), `status ${name}`))

test('a responder without no-check counts, unless the list of its authority has it', () => {
  const plain = delegateOf()
  assert.equal(says(by(plain)), 'good')
  const isRevoked = (serial: string): boolean => serial === plain.certificate.serial
  assert.equal(says(by(plain), { isRevoked }), 'its responder was revoked')
  assert.equal(says(by(delegate), { isRevoked: () => true }), 'good')
})

test('a nonce that was sent must come back', () => {
  const nonce = Buffer.alloc(32, 7)
  assert.equal(says(answer({ nonce }), { nonce }), 'good')
  assert.equal(says(answer({ nonce }), {}), 'good')
  for (const der of [answer(), answer({ nonce: Buffer.alloc(32, 8) })])
    assert.equal(says(der, { nonce }), 'an answer without our nonce')
})

test('any bytes are a judgement, and never a good one', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      assert.equal(judgeOcspAnswer(bytes, QUESTION).ok, false)
    }),
    { numRuns: RUNS },
  )
})

test('a good answer that was changed anywhere is not good', () => {
  const whole = Buffer.from(by(delegate))
  let stillRead = 0
  fc.assert(
    fc.property(
      fc.nat(whole.length - 1),
      fc.integer({ min: 1, max: 255 }),
      fc.option(fc.nat(whole.length - 1)),
      (at, flip, cut) => {
        const changed = Buffer.from(whole)
        changed[at] = (changed[at] ?? 0) ^ flip
        const der = cut === null ? changed : changed.subarray(0, cut)
        const judged = judgeOcspAnswer(der, QUESTION)
        if (judged.ok) stillRead++
      },
    ),
    { numRuns: RUNS },
  )
  assert.equal(stillRead, 0)
})
