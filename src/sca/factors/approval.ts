/**
 * Approval on a device that the customer has (RTS Art. 7): the device shows amount and payee and signs, with a key that is its own, what it
 * showed. Where the approval was asked for by another screen, the customer copies two digits from there, so that nobody approves what he did
 * not begin. Possession only: what he knows or is comes with it as another answer.
 */
import { Buffer } from 'node:buffer'
import { timingSafeEqual } from 'node:crypto'
import type { JsonObject, JsonValue } from '../../lib/index.ts'
import {
  type CompactJws,
  importKey,
  parseCompactJws,
  publicPart,
  verifySignature,
} from '../../proof/index.ts'
import type { LinkedTransaction } from '../transactions/linked.ts'
import {
  type Enrolled,
  type EnrolledFactor,
  type EnrolmentFault,
  type Factor,
  WRONG,
} from './factor.ts'

/** `typ` of what a device signs: an approval can be taken for nothing else (RFC 8725 §3.11). */
export const APPROVAL_TYPE = 'gatehouse-approval+jws'
export const ENROLMENT_TYPE = 'gatehouse-device+jws'
const MAX_LABEL_CHARS = 64

/** Tells the customer's devices that something waits; what it is they ask for themselves. Resolves when it is on its way. */
export interface DevicePush {
  push(message: {
    readonly devices: readonly string[]
    readonly transaction: string
  }): Promise<void>
}

export function approvalFactor(
  { push }: DevicePush,
  randomBytes: (count: number) => Uint8Array,
): Factor {
  return {
    kind: 'approval',
    elements: [{ category: 'possession', carrier: 'device' }],
    linked: true,
    single: false,
    judge(value, enrolled, { transaction, asked }) {
      // `null`: as the device answered by itself, while the screen waited.
      const said = value ?? asked.approval?.['answer'] ?? null
      const signed = readApproval(said, enrolled, transaction)
      if (signed?.decision !== 'approve') return Promise.resolve(WRONG)
      const fits = fitsNumber(signed, asked.approval)
      return Promise.resolve(fits ? { ok: true, use: { id: signed.device } } : WRONG)
    },
    question: (enrolled, { transaction, asked }) => ({
      challenge: transaction.challenge.toString('base64url'),
      devices: enrolled.map(({ id }) => id),
      numberMatching: asked.approval?.['number'] !== undefined,
      answered: asked.approval?.['answer'] !== undefined,
    }),
    beginEnrolment: ({ nonce }) =>
      Promise.resolve({ ok: true, options: { challenge: nonce }, pending: { challenge: nonce } }),
    finishEnrolment: (pending, value) => Promise.resolve(enrolDevice(pending, value)),
    async ask(enrolled, { transaction: { id } }) {
      if (enrolled.length === 0) return undefined
      const number = twoDigits(randomBytes)
      return {
        asked: { number },
        shown: { number },
        deliver: () => push({ devices: enrolled.map((one) => one.id), transaction: id }),
      }
    },
  }
}

function twoDigits(randomBytes: (count: number) => Uint8Array): string {
  for (;;) {
    const [byte = 255] = randomBytes(1)
    // Each of the hundred as likely as every other.
    if (byte < 200) return String(byte % 100).padStart(2, '0')
  }
}

export interface SignedApproval {
  /** Id of the factor. */
  readonly device: string
  readonly decision: 'approve' | 'refuse'
  readonly number: string | undefined
}

/** Asked for by the device itself there is no other screen, and no number. */
export function fitsNumber(signed: SignedApproval, asked: JsonObject | undefined): boolean {
  const number = asked?.['number']
  return number === undefined ? signed.number === undefined : sameText(signed.number, number)
}

/** What a device of the customer signed about this transaction, or `undefined`. */
export function readApproval(
  value: JsonValue,
  enrolled: readonly EnrolledFactor[],
  { id, challenge }: LinkedTransaction,
): SignedApproval | undefined {
  if (typeof value !== 'string') return undefined
  const jws = parseCompactJws(value)
  const device = enrolled.find((one) => one.id === jws?.header['kid'])
  if (jws === undefined || device === undefined) return undefined
  if (!isSignedBy(device.secret['jwk'], jws, APPROVAL_TYPE)) return undefined
  const { payload } = jws
  const decision = payload['decision']
  const number = payload['number']
  if (payload['transaction'] !== id) return undefined
  if (payload['challenge'] !== challenge.toString('base64url')) return undefined
  if (decision !== 'approve' && decision !== 'refuse') return undefined
  if (number !== undefined && typeof number !== 'string') return undefined
  return { device: device.id, decision, number }
}

/** ES256 or EdDSA, by the key and by nothing that the header says. */
function isSignedBy(jwk: JsonValue | undefined, jws: CompactJws, type: string): boolean {
  if (typeof jwk !== 'object' || jwk === null || Array.isArray(jwk)) return false
  const read = importKey(jwk as JsonObject) // sound: an object that is no array
  if (!read.ok || read.key.algorithm === 'PS256') return false
  const { header, signingInput, signature } = jws
  if (header['alg'] !== read.key.algorithm || header['typ'] !== type) return false
  if (header['crit'] !== undefined || header['b64'] !== undefined) return false
  return verifySignature(read.key, signingInput, signature)
}

/** The device proves that it has the key (`{jwk, proof, label}`), which never leaves it. */
function enrolDevice(pending: JsonObject, value: JsonValue): Enrolled {
  const refuse = (fault: EnrolmentFault): { ok: false; fault: EnrolmentFault } => ({
    ok: false,
    fault,
  })
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return refuse('malformed')
  const { jwk, proof, label } = value as JsonObject // sound: an object that is no array
  if (typeof label !== 'string' || label === '' || label.length > MAX_LABEL_CHARS)
    return refuse('malformed')
  if (/[\p{Cc}\p{Cf}]/u.test(label) || typeof proof !== 'string') return refuse('malformed')
  const jws = parseCompactJws(proof)
  if (jws === undefined) return refuse('malformed')
  if (!isSignedBy(jwk, jws, ENROLMENT_TYPE)) return refuse('wrong-answer')
  if (jws.payload['challenge'] !== pending['challenge']) return refuse('wrong-answer')
  const kept = publicPart(jwk as JsonObject) // sound: it was imported as a key
  return { ok: true, secret: { jwk: kept, label }, credential: JSON.stringify(kept) }
}

function sameText(given: string | undefined, expected: JsonValue): boolean {
  if (typeof expected !== 'string' || given?.length !== expected.length) return false
  const [a, b] = [Buffer.from(given), Buffer.from(expected)]
  return a.length === b.length && timingSafeEqual(a, b)
}
