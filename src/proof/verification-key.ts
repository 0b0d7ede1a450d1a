/**
 * One public key of an issuer, fit for exactly one algorithm. A key that might serve two algorithms is how algorithm confusion
 * starts, so the fit is decided here, once, from the key alone (RFC 8725 §3.1), never from a token.
 */
import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { Buffer } from 'node:buffer'
import { canonicalJson, type JsonObject, type JsonValue } from '../lib/index.ts'
import { derSignature, ps256PublicKey } from './one-algorithm.ts'

export type KeyAlgorithm = 'PS256' | 'ES256' | 'EdDSA'

export interface VerificationKey {
  readonly kid: string | undefined
  readonly algorithm: KeyAlgorithm
  /** Equal texts are equal keys: a reload keeps the object, and with it the tokens it verified. */
  readonly identity: string
  readonly key: KeyObject
  /** Milliseconds since the epoch after which nothing it signed counts; owned by `issuer-keys`. 0 once the key left the set. */
  usableUntil: number
}

/** Public exponent and modulus bounds: below is weak, above is a way to burn CPU. */
const MIN_RSA_BITS = 2048
const MAX_RSA_BITS = 8192
const MAX_KID_CHARS = 512

/** RFC 7517 §4, RFC 7518 §6: members that make a key private or symmetric. */
const SECRET_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

export type KeyOrReason =
  | { readonly ok: true; readonly key: VerificationKey }
  | { readonly ok: false; readonly reason: string }

/** Takes one member of a JWK set; `reason` names what is wrong and never the key material. */
export function importKey(jwk: JsonObject): KeyOrReason {
  if (SECRET_MEMBERS.some((name) => Object.hasOwn(jwk, name)))
    return refuse('holds private or secret key material')
  if (member(jwk, 'use') !== undefined && member(jwk, 'use') !== 'sig')
    return refuse('is not for signatures')
  const operations = member(jwk, 'key_ops')
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify')))
    return refuse('is not for verification')
  const kid = member(jwk, 'kid')
  if (kid !== undefined && (typeof kid !== 'string' || kid === '' || kid.length > MAX_KID_CHARS))
    return refuse('has a kid that is not a short text')
  const algorithm = fit(jwk)
  if (algorithm === undefined) return refuse('fits none of PS256, ES256, EdDSA')
  const alg = member(jwk, 'alg')
  // RFC 9864 renames EdDSA over Ed25519 to `Ed25519`; the key is the same.
  if (alg !== undefined && alg !== algorithm && !(algorithm === 'EdDSA' && alg === 'Ed25519'))
    return refuse('is bound to another algorithm')
  try {
    const key = createPublicKey({ format: 'jwk', key: { ...publicPart(jwk) } })
    const bits = key.asymmetricKeyDetails?.modulusLength
    if (algorithm === 'PS256' && (bits === undefined || bits < MIN_RSA_BITS || bits > MAX_RSA_BITS))
      return refuse('is an RSA key outside 2048 to 8192 bits')
    const identity = canonicalJson({ ...publicPart(jwk), kid: kid ?? null })
    const bound = algorithm === 'PS256' ? ps256PublicKey(key) : key
    return { ok: true, key: { kid, algorithm, identity, key: bound, usableUntil: 0 } }
  } catch {
    return refuse('is not a sound public key')
  }
}

/** Whether `signature` over `input` is by this key. RFC 7518 §3.4, §3.5; RFC 8037 §3.1. */
export function verifySignature(
  by: VerificationKey,
  input: string | Buffer,
  signature: Buffer,
): boolean {
  const data = typeof input === 'string' ? Buffer.from(input, 'latin1') : input
  switch (by.algorithm) {
    case 'PS256':
      return verify('sha256', data, by.key, signature)
    case 'ES256':
      return signature.length === 64 && verify('sha256', data, by.key, derSignature(signature))
    case 'EdDSA':
      return signature.length === 64 && verify(null, data, by.key, signature)
    default:
      return by.algorithm satisfies never
  }
}

function fit(jwk: JsonObject): KeyAlgorithm | undefined {
  const type = member(jwk, 'kty')
  if (type === 'RSA') return 'PS256'
  if (type === 'EC' && member(jwk, 'crv') === 'P-256') return 'ES256'
  if (type === 'OKP' && member(jwk, 'crv') === 'Ed25519') return 'EdDSA'
  return undefined
}

/** The members that RFC 7638 §3.2 and RFC 8037 §2 count, of a key that was taken. */
export function publicPart(jwk: JsonObject): Record<string, JsonValue> {
  const part: Record<string, JsonValue> = {}
  for (const name of ['kty', 'crv', 'n', 'e', 'x', 'y']) {
    const value = member(jwk, name)
    if (value !== undefined) part[name] = value
  }
  return part
}

function member(object: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined
}

function refuse(reason: string): KeyOrReason {
  return { ok: false, reason }
}
