/**
 * DPoP proofs (RFC 9449 §4.2, §4.3) as a resource server reads them: well-formed, of the right type, signed by the public key they carry
 * with an algorithm of the list, and complete. Whether a proof fits request, token, time and key is policy, and judged by the kernel.
 * Unlike anywhere else the key comes with the message, so it proves nothing but that whoever made the proof holds it.
 */
import { hash } from 'node:crypto'
import {
  canonicalJson,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  MAX_URL_CHARS,
  readHttpUrl,
  Recent,
} from '../../lib/index.ts'
import { decodeObject, decodeSegment, splitCompactJws } from '../compact-jws.ts'
import {
  importKey,
  publicPart,
  type VerificationKey,
  verifySignature,
} from '../verification-key.ts'

/** What a proof with a good signature says. */
export interface DpopProof {
  /** RFC 7638 thumbprint of its key, base64url of SHA-256. */
  readonly key: string
  /** `jti`. */
  readonly id: string
  /** `htm`, as it is. */
  readonly method: string
  /** `htu`, normalised, without query and fragment; `''` if it is no http(s) URL. */
  readonly origin: string
  readonly path: string
  /** `iat`, seconds since the epoch. */
  readonly issuedAt: number
  /** `ath`; `undefined`: there is none. */
  readonly tokenHash: string | undefined
  readonly nonce: string | undefined
}

export type ProofRead =
  | { readonly ok: true; readonly proof: DpopProof }
  /** `why` says what is wrong and holds nothing that was sent. */
  | { readonly ok: false; readonly why: string }

export interface ProofReader {
  read(text: string): ProofRead
}

/** An RSA key of 8192 bits fits in. */
const MAX_PROOF_HEADER_BYTES = 3_072
export const MAX_JTI_CHARS = 256
const MAX_NONCE_CHARS = 256
/** Headers whose key is ready; a client's header is the same in each of its proofs. */
export const KEYS_REMEMBERED = 2_000
/** Longer headers are read anew each time. */
const MAX_REMEMBERED_CHARS = 1_024

interface ReadyKey {
  readonly key: VerificationKey
  readonly thumbprint: string
}

/** A reader that keeps the keys of good proofs ready. */
export function createProofReader(): ProofReader {
  const ready = new Recent<ReadyKey>(KEYS_REMEMBERED)
  return {
    read(text) {
      const segments = splitCompactJws(text)
      if (segments === undefined) return refuse('it is no compact JWS')
      const known = ready.get(segments.header)
      const by = known ?? keyOf(segments.header)
      if (typeof by === 'string') return refuse(by)
      const payload = decodeObject(segments.payload)
      const signature = decodeSegment(segments.signature)
      if (payload === undefined || signature === undefined) return refuse('it is no compact JWS')
      // What is incomplete is refused before a signature is computed.
      const proof = readClaims(payload, by.thumbprint)
      if (typeof proof === 'string') return refuse(proof)
      if (!verifySignature(by.key, segments.signingInput, signature))
        return refuse('its signature is not by the key in it')
      if (known === undefined && segments.header.length <= MAX_REMEMBERED_CHARS)
        ready.set(segments.header, by)
      return { ok: true, proof }
    },
  }
}

/** RFC 9449 §4.3, checks 4, 5 and 7. `kid`, `x5c` and the like name no key here: only `jwk` does. */
function keyOf(segment: string): ReadyKey | string {
  const header = decodeObject(segment, MAX_PROOF_HEADER_BYTES)
  if (header === undefined) return 'its header is no JSON object'
  // RFC 7515 §4.1.11: an extension that is not understood is a refusal, and none is. RFC 7797 (`b64`) is one of them.
  if (Object.hasOwn(header, 'crit') || Object.hasOwn(header, 'b64'))
    return 'its header asks for an extension'
  if (member(header, 'typ') !== 'dpop+jwt') return 'typ is not dpop+jwt'
  const alg = member(header, 'alg')
  if (typeof alg !== 'string') return 'alg is missing'
  const jwk = member(header, 'jwk')
  if (jwk === undefined || !isJsonObject(jwk)) return 'jwk is missing'
  const imported = importKey(jwk)
  if (!imported.ok) return `jwk ${imported.reason}`
  const { key } = imported
  if (alg !== key.algorithm) return 'alg is not allowed, or not that of the key'
  // RFC 7638 §3: the members that the type needs, in lexical order, without space.
  return { key, thumbprint: hash('sha256', canonicalJson(publicPart(jwk)), 'base64url') }
}

/** RFC 9449 §4.2. Claims that are not named there are nobody's business. */
function readClaims(payload: JsonObject, key: string): DpopProof | string {
  const id = member(payload, 'jti')
  if (typeof id !== 'string' || id === '' || id.length > MAX_JTI_CHARS)
    return `jti is not a text of 1 to ${MAX_JTI_CHARS} characters`
  const method = member(payload, 'htm')
  if (typeof method !== 'string' || method === '') return 'htm is missing'
  const address = member(payload, 'htu')
  if (typeof address !== 'string' || address === '' || address.length > MAX_URL_CHARS)
    return 'htu is missing or too long'
  const issuedAt = member(payload, 'iat')
  if (typeof issuedAt !== 'number' || !Number.isFinite(issuedAt)) return 'iat is not a number'
  const tokenHash = member(payload, 'ath')
  if (tokenHash !== undefined && typeof tokenHash !== 'string') return 'ath is not a text'
  const nonce = member(payload, 'nonce')
  if (nonce !== undefined && (typeof nonce !== 'string' || nonce.length > MAX_NONCE_CHARS))
    return 'nonce is not a short text'
  const { origin, path } = readHttpUrl(address) ?? NO_URL
  return { key, id, method, origin, path, issuedAt, tokenHash, nonce }
}
const NO_URL = { origin: '', path: '' }

function member(object: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined
}

function refuse(why: string): ProofRead {
  return { ok: false, why }
}
