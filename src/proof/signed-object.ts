/**
 * A signed JSON object whose signer is found from what it says (a software statement names its directory, a request its software): read
 * first, believed only once `signedBy` says so. Only PS256, ES256 and EdDSA; the algorithm is that of the key, never a choice of the text.
 */
import { createPublicKey } from 'node:crypto'
import type { JsonObject } from '../lib/index.ts'
import type { Certificate } from './certificate/certificate.ts'
import { decodeObject, decodeSegment, splitCompactJws } from './compact-jws.ts'
import { find } from './key-set.ts'
import {
  importKey,
  type KeyAlgorithm,
  type VerificationKey,
  verifySignature,
} from './verification-key.ts'

export interface SignedObject {
  readonly header: JsonObject
  readonly payload: JsonObject
  readonly algorithm: KeyAlgorithm
  readonly kid: string | undefined
  signedBy(key: VerificationKey | undefined): boolean
  /** By the one of them that its header names. */
  signedByOneOf(keys: readonly VerificationKey[]): boolean
}

/** With a chain of certificates. */
const MAX_SIGNED_HEADER_BYTES = 32_768
const ALGORITHMS: ReadonlySet<unknown> = new Set(['PS256', 'ES256', 'EdDSA'])

/** `undefined`: it is none, or asks to be verified in a way that nobody here does. */
export function readSignedObject(text: string, maxChars: number): SignedObject | undefined {
  const segments = splitCompactJws(text, maxChars)
  if (segments === undefined) return undefined
  const header = decodeObject(segments.header, MAX_SIGNED_HEADER_BYTES)
  const payload = decodeObject(segments.payload, maxChars)
  const signature = decodeSegment(segments.signature)
  if (header === undefined || payload === undefined || signature === undefined) return undefined
  const { alg, kid, crit, b64 } = header
  // RFC 7515 §4.1.11: what must be understood and is not.
  if (!ALGORITHMS.has(alg) || crit !== undefined || b64 !== undefined) return undefined
  if (kid !== undefined && typeof kid !== 'string') return undefined
  const algorithm = alg as KeyAlgorithm // sound: it is one of the set
  const signedBy = (key: VerificationKey | undefined): boolean =>
    key !== undefined &&
    key.algorithm === algorithm &&
    verifySignature(key, segments.signingInput, signature)
  return {
    header,
    payload,
    algorithm,
    kid,
    signedBy,
    signedByOneOf: (keys) => signedBy(find(keys, kid, algorithm)),
  }
}

/** The key of a certificate, for signatures; `undefined`: it fits none of the algorithms. */
export function keyOfCertificate({ publicKey }: Certificate): VerificationKey | undefined {
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' })
    // Sound: a JWK is a JSON object.
    const read = importKey(key.export({ format: 'jwk' }) as JsonObject)
    return read.ok ? read.key : undefined
  } catch {
    return undefined
  }
}
