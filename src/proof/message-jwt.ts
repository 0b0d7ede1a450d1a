/**
 * A message that is a JWS as a whole (`application/jwt`, RFC 7515 §3.1): bodies of payments in Open Finance Brasil. PS256 only, by a key of
 * the client. The payload holds who signs (`iss`), for whom (`aud`), when (`iat`), under which id (`jti`), and what it says (`data`).
 */
import { Buffer } from 'node:buffer'
import type { JsonObject, JsonValue } from '../lib/index.ts'
import { decodeSegment, parseHeader, splitCompactJws } from './compact-jws.ts'
import type { SignatureFault } from './detached-jws.ts'
import { find } from './key-set.ts'
import { parseStrictObject } from './strict-json.ts'
import { type VerificationKey, verifySignature } from './verification-key.ts'

/** Characters of a message; what the rules allow a body to have is judged elsewhere, and less. */
export const MAX_MESSAGE_CHARS = 2_097_152
/** Characters of `jti`; a UUID has 36. */
export const MAX_MESSAGE_ID_CHARS = 128
const MAX_AUDIENCES = 16

export type MessageJudgement =
  | { readonly ok: false; readonly fault: SignatureFault }
  | {
      readonly ok: true
      readonly kid: string
      readonly issuer: string
      readonly audiences: readonly string[]
      /** Seconds since the epoch. */
      readonly issuedAt: number
      readonly messageId: string
      /** Header and signature, without the payload between them. */
      readonly detached: string
    }

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The payload as text; `undefined`: it is no JWS, or not UTF-8. */
export function messagePayload(text: string): string | undefined {
  const segments = splitCompactJws(text, MAX_MESSAGE_CHARS)
  const bytes = segments === undefined ? undefined : decodeSegment(segments.payload)
  if (bytes === undefined) return undefined
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

/** Whether the message is signed by one of the keys. Times, names and repetition are judged by the kernel. */
export function verifyMessageJwt(text: string, keys: readonly VerificationKey[]): MessageJudgement {
  const no = (fault: SignatureFault): MessageJudgement => ({ ok: false, fault })
  const segments = splitCompactJws(text, MAX_MESSAGE_CHARS)
  const header = segments === undefined ? undefined : parseHeader(segments.header)
  const signature = segments === undefined ? undefined : decodeSegment(segments.signature)
  const payload = messagePayload(text)
  if (segments === undefined || header === undefined || signature === undefined)
    return no('malformed')
  if (member(header, 'alg') !== 'PS256') return no('algorithm')
  // RFC 7515 §4.1.11: nothing is understood here that must be; a b64 of false would sign another text (RFC 7797).
  if (Object.hasOwn(header, 'crit') || Object.hasOwn(header, 'b64')) return no('critical')
  const typ = member(header, 'typ')
  if (typ !== undefined && !(typeof typ === 'string' && /^jwt$/i.test(typ))) return no('malformed')
  const kid = member(header, 'kid')
  const claims = payload === undefined ? undefined : claimsOf(payload)
  if (typeof kid !== 'string' || kid === '' || claims === undefined) return no('malformed')
  const key = find(keys, kid, 'PS256')
  if (key === undefined) return no('key-unknown')
  if (!verifySignature(key, Buffer.from(segments.signingInput, 'latin1'), signature))
    return no('signature')
  return { ok: true, kid, ...claims, detached: `${segments.header}..${segments.signature}` }
}

function claimsOf(
  payload: string,
):
  | Pick<
      Extract<MessageJudgement, { readonly ok: true }>,
      'issuer' | 'audiences' | 'issuedAt' | 'messageId'
    >
  | undefined {
  const claims = parseStrictObject(payload)
  if (claims === undefined) return undefined
  const issuer = member(claims, 'iss')
  const issuedAt = member(claims, 'iat')
  const messageId = member(claims, 'jti')
  const audience = member(claims, 'aud')
  const audiences = Array.isArray(audience) ? (audience as readonly JsonValue[]) : [audience] // sound: a list of a JSON value
  return typeof issuer === 'string' &&
    issuer !== '' &&
    typeof issuedAt === 'number' &&
    Number.isFinite(issuedAt) &&
    typeof messageId === 'string' &&
    messageId !== '' &&
    messageId.length <= MAX_MESSAGE_ID_CHARS &&
    audiences.length > 0 &&
    audiences.length <= MAX_AUDIENCES &&
    audiences.every((one) => typeof one === 'string')
    ? { issuer, issuedAt, messageId, audiences }
    : undefined
}

function member(object: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined
}
