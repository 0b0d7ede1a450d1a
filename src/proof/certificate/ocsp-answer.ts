/**
 * What an OCSP responder says of one certificate (RFC 6960 §4.2): read strictly, and believed only with the signature of the authority
 * that issued it or of a responder that this authority appointed, for exactly the certificate that was asked about, and for its time.
 */
import { createHash } from 'node:crypto'
import { type Certificate, readCertificate, readSigned, type Signed } from './certificate.ts'
import { contextTag, Der, DerFault, TAG } from './der.ts'
import { readName } from './distinguished-name.ts'
import { listExtensions } from './extensions.ts'
import { authorityHashes, type CertIdHash, keyBits, OCSP_NONCE } from './ocsp-request.ts'
import { isSignedBy } from './signature.ts'

export interface OcspQuestion {
  readonly certificate: Certificate
  /** Who issued it; the same that vouched for it on the way to the anchor. */
  readonly issuer: Certificate
  /** Milliseconds since the epoch. */
  readonly now: number
  /** How long an answer counts that does not say when the next one comes. */
  readonly maxAgeMs: number
  /** What was sent must come back. */
  readonly nonce?: Uint8Array
  /** Whether the authority revoked a responder that it appointed (serial in hex), as far as is known. */
  readonly isRevoked?: (serial: string) => boolean
}

export type OcspJudgement =
  | {
      readonly ok: true
      /** `unknown`: the authority does not know that certificate. */
      readonly status: 'good' | 'revoked' | 'unknown'
      readonly thisUpdate: number
      /** It says nothing any more after that. */
      readonly until: number
    }
  /** `fault` names what is wrong and quotes nothing. */
  | { readonly ok: false; readonly fault: string }

/** Bytes of one answer: with the certificate of its responder some two thousand. */
export const MAX_OCSP_BYTES = 65_536
/** How much further the clock of a responder may be. */
export const OCSP_SKEW_MS = 60_000
/** Certificates that may come along. */
const MAX_SENT = 8
/** Answers in one; we ask about one certificate, and some send the neighbours too. */
const MAX_SINGLE = 64

const BASIC = '1.3.6.1.5.5.7.48.1.1'
const NO_CHECK = '1.3.6.1.5.5.7.48.1.5'
const OCSP_SIGNING = '1.3.6.1.5.5.7.3.9'
const HASHES: ReadonlyMap<string, CertIdHash> = new Map([
  ['1.3.14.3.2.26', 'sha1'],
  ['2.16.840.1.101.3.4.2.1', 'sha256'],
])
/** RFC 6960 §4.2.1; 4 is not used. */
const REFUSALS: ReadonlyMap<number, string> = new Map([
  [1, 'malformedRequest'],
  [2, 'internalError'],
  [3, 'tryLater'],
  [5, 'sigRequired'],
  [6, 'unauthorized'],
])

/** Never throws: what cannot be read says nothing. */
export function judgeOcspAnswer(der: Uint8Array, question: OcspQuestion): OcspJudgement {
  if (der.length > MAX_OCSP_BYTES) return { ok: false, fault: `more than ${MAX_OCSP_BYTES} bytes` }
  try {
    return { ok: true, ...judged(readBasic(der), question) }
  } catch (error) {
    if (error instanceof DerFault) return { ok: false, fault: error.message }
    throw error
  }
}

interface Basic {
  readonly responder: Der
  readonly producedAt: number
  readonly answers: readonly Der[]
  readonly extensions: Der | undefined
  readonly signed: Signed
  readonly sent: readonly Der[]
}

/** @throws DerFault */
function readBasic(der: Uint8Array): Basic {
  const [status, bytes, more] = Der.whole(der).items()
  const code = status?.expect(TAG.enumerated).content
  if (code?.length !== 1 || more !== undefined) throw new DerFault('not an OCSP answer')
  if (code[0] !== 0) throw new DerFault(`status ${REFUSALS.get(code[0] ?? 4) ?? 'unknown'}`)
  const [type, value, third] = Der.whole(
    needed(bytes).expect(contextTag(0, 'constructed')).content,
  ).items()
  if (type?.oid() !== BASIC || third !== undefined) throw new DerFault('not a basic answer')
  const parts = Der.whole(needed(value).expect(TAG.octetString).content).items()
  const [tbs, algorithm, signature, certificates] = parts
  if (parts.length > 4) throw new DerFault('parts that do not belong here')
  const { bytes: signatureBytes, unused } = needed(signature).bits()
  if (unused !== 0) throw new DerFault('a signature of broken bytes')
  const sent =
    certificates === undefined
      ? []
      : Der.whole(certificates.expect(contextTag(0, 'constructed')).content).items()
  if (sent.length > MAX_SENT) throw new DerFault('too many certificates')
  // A version of its own would be another than the first: DER does not write a default.
  const [responder, producedAt, answers, extensions, fifth] = needed(tbs).items()
  if (fifth !== undefined) throw new DerFault('parts that do not belong here')
  return {
    responder: needed(responder),
    producedAt: generalized(producedAt),
    answers: needed(answers).items(),
    extensions: explicit(extensions, 1),
    signed: {
      tbs: needed(tbs).raw,
      algorithm: needed(algorithm).expect(TAG.sequence).raw,
      signature: signatureBytes,
    },
    sent,
  }
}

/** @throws DerFault */
function judged(
  basic: Basic,
  question: OcspQuestion,
): Omit<Extract<OcspJudgement, { ok: true }>, 'ok'> {
  const { now, maxAgeMs } = question
  judgeExtensions(basic.extensions, question.nonce)
  const [status, thisUpdate, next, more] = ownAnswer(basic.answers, question)
  const extensions = next?.tag === contextTag(0, 'constructed') ? more : next
  if (more !== undefined && extensions === next) throw new DerFault('parts that do not belong here')
  const nextUpdate = extensions === next ? undefined : explicit(next, 0)
  judgeExtensions(explicit(extensions, 1), undefined)
  const from = generalized(thisUpdate)
  if (from > now + OCSP_SKEW_MS || basic.producedAt > now + OCSP_SKEW_MS)
    throw new DerFault('an answer of the future')
  const end = nextUpdate === undefined ? from + maxAgeMs : generalized(nextUpdate)
  const until = Math.min(end, signerEnd(basic, question))
  if (until < from || now > until) throw new DerFault('an answer that is out of date')
  return { status: statusOf(needed(status)), thisUpdate: from, until }
}

/** What follows the name of the certificate in the one answer that is about it. @throws DerFault */
function ownAnswer(answers: readonly Der[], question: OcspQuestion): readonly Der[] {
  if (answers.length > MAX_SINGLE) throw new DerFault('too many answers')
  const own = answers.flatMap((one) => {
    const [certId, ...rest] = one.items()
    if (rest.length > 4) throw new DerFault('parts that do not belong here')
    return isAbout(needed(certId), question) ? [rest] : []
  })
  const [only, second] = own
  if (only === undefined) throw new DerFault('no answer about this certificate')
  if (second !== undefined) throw new DerFault('two answers about one certificate')
  return only
}

/** RFC 6960 §4.1.1: by the hash that the answer uses, which may be another than ours. */
function isAbout(certId: Der, { certificate, issuer }: OcspQuestion): boolean {
  const [algorithm, nameHash, keyHash, serial, more] = certId.items()
  const hash = HASHES.get(needed(needed(algorithm).items()[0]).oid())
  if (more !== undefined || hash === undefined) return false
  const wanted = authorityHashes(certificate, issuer, hash)
  return (
    wanted.nameHash.equals(needed(nameHash).expect(TAG.octetString).content) &&
    wanted.keyHash.equals(needed(keyHash).expect(TAG.octetString).content) &&
    Buffer.from(needed(serial).integer()).toString('hex') === certificate.serial
  )
}

function statusOf(status: Der): 'good' | 'revoked' | 'unknown' {
  const { tag, content } = status
  if (tag === contextTag(1, 'constructed')) {
    const [when, reason, more] = Der.all(content)
    generalized(when)
    explicit(reason, 0)?.expect(TAG.enumerated)
    if (more !== undefined) throw new DerFault('parts that do not belong here')
    return 'revoked'
  }
  if (content.length !== 0) throw new DerFault('a status that is none')
  if (tag === contextTag(0, 'primitive')) return 'good'
  if (tag === contextTag(2, 'primitive')) return 'unknown'
  throw new DerFault('a status that is none')
}

/** Until when whoever signed it may say so (RFC 6960 §4.2.2.2). @throws DerFault if nobody signed who may */
function signerEnd({ responder, signed, sent }: Basic, question: OcspQuestion): number {
  const { issuer, now } = question
  const isResponder = responderTest(responder)
  if (isResponder(issuer) && isSignedBy(signed, issuer.publicKey)) return issuer.notAfter
  for (const { raw } of sent) {
    const read = readCertificate(raw)
    if (!read.ok || !isResponder(read.certificate)) continue
    const delegate = read.certificate
    if (!isAppointed(delegate, issuer)) throw new DerFault('its responder is not appointed')
    if (!(now >= delegate.notBefore && now <= delegate.notAfter))
      throw new DerFault('its responder is not in force')
    if (!isSignedBy(signed, delegate.publicKey)) throw new DerFault('its signature does not hold')
    // RFC 6960 §4.2.2.2.1: no-check says that nobody needs to ask; else it counts unless the authority's own list says no.
    if (!hasNoCheck(delegate) && question.isRevoked?.(delegate.serial) === true)
      throw new DerFault('its responder was revoked')
    return delegate.notAfter
  }
  throw new DerFault('nobody signed it who may')
}

/** RFC 6960 §4.2.1: by name or by SHA-1 of the key. @throws DerFault */
function responderTest(responder: Der): (one: Certificate) => boolean {
  if (responder.tag === contextTag(1, 'constructed')) {
    const { key } = readName(Der.whole(responder.content))
    return ({ subject }) => subject.key === key
  }
  const hash = needed(explicit(responder, 2)).expect(TAG.octetString).content
  return (one) => createHash('sha1').update(keyBits(one)).digest().equals(hash)
}

/** By this very authority, for this very use: a certificate for any use is not meant. */
function isAppointed(delegate: Certificate, issuer: Certificate): boolean {
  const { extendedKeyUsage, keyUsage, unknownCritical } = delegate
  return (
    extendedKeyUsage?.includes(OCSP_SIGNING) === true &&
    keyUsage?.has('digitalSignature') !== false &&
    unknownCritical.every((id) => id === NO_CHECK) &&
    delegate.issuer.key === issuer.subject.key &&
    isSignedBy(delegate.signed, issuer.publicKey)
  )
}

/** @throws DerFault */
function hasNoCheck({ der }: Certificate): boolean {
  const extensions = readSigned(der).fields.find(({ tag }) => tag === contextTag(3, 'constructed'))
  return extensions !== undefined && listExtensions(Der.whole(extensions.content)).has(NO_CHECK)
}

/** @throws DerFault for a critical one, and for a nonce that is another than ours */
function judgeExtensions(list: Der | undefined, nonce: Uint8Array | undefined): void {
  const found = listExtensions(list)
  for (const [id, { critical }] of found)
    if (critical && id !== OCSP_NONCE) throw new DerFault('a critical extension is not understood')
  if (nonce === undefined) return
  const sent = found.get(OCSP_NONCE)
  const back = sent === undefined ? undefined : Der.whole(sent.content).expect(TAG.octetString)
  if (back === undefined || !Buffer.from(nonce).equals(back.content))
    throw new DerFault('an answer without our nonce')
}

function generalized(value: Der | undefined): number {
  return needed(value).expect(TAG.generalizedTime).time()
}

/** The value within `[number]`. @throws DerFault if it is something else */
function explicit(value: Der | undefined, number: number): Der | undefined {
  return value === undefined
    ? undefined
    : Der.whole(value.expect(contextTag(number, 'constructed')).content)
}

function needed(value: Der | undefined): Der {
  if (value === undefined) throw new DerFault('a part is missing')
  return value
}
