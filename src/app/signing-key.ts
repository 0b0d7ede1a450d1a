/**
 * A private key that signs JWS, read from where the configuration says a secret is kept: PKCS #8 or SEC1 in PEM, or a JWK (RFC 7517). The
 * kind of key decides the algorithm; what OpenSSL says about a bad one may quote it, so only its place is told.
 */
import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto'
import type { SecretRef } from '../config/index.ts'
import {
  canonicalJson,
  GatehouseError,
  isJsonObject,
  type JsonObject,
  type JsonValue,
} from '../lib/index.ts'
import { ps256PrivateKey } from '../proof/index.ts'
import { readSecret } from './secrets.ts'

export type SigningAlgorithm = 'ES256' | 'EdDSA' | 'PS256'

export interface SigningKey {
  /** `kid` of the JWK, else the RFC 7638 thumbprint. */
  readonly id: string
  readonly algorithm: SigningAlgorithm
  /** RFC 7517, public members with `kid`, `alg` and `use`. */
  readonly publicJwk: JsonObject
  /** Over the text as it is (ASCII), base64url. */
  sign(input: string): string
}

const MIN_RSA_BITS = 2_048
const MAX_KEY_ID_CHARS = 128
/** RFC 7638 §3.2: the members that make the thumbprint. */
const REQUIRED = ['crv', 'e', 'kty', 'n', 'x', 'y'] as const

/** @throws GH_GATEWAY_SIGNING_KEY, GH_CONFIG_SECRET_REFERENCE; neither quotes what is in the place */
export function readSigningKey(ref: SecretRef, allowed: readonly SigningAlgorithm[]): SigningKey {
  const place = 'file' in ref ? ref.file : ref.env
  const { key, kid } = privateKeyOf(readSecret(ref), place)
  const algorithm = algorithmOf(key)
  if (algorithm === undefined || !allowed.includes(algorithm))
    throw unusable(place, `holds no key for ${allowed.join(' or ')}`)
  const signer = algorithm === 'PS256' ? ps256PrivateKey(key) : key
  const jwk = createPublicKey(key).export({ format: 'jwk' })
  const members = Object.fromEntries(
    REQUIRED.flatMap((name) => (jwk[name] === undefined ? [] : [[name, jwk[name]]])),
  )
  const id = kid ?? createHash('sha256').update(canonicalJson(members)).digest('base64url')
  return {
    id,
    algorithm,
    publicJwk: { ...members, kid: id, alg: algorithm, use: 'sig' },
    sign: (input) =>
      signature(algorithm, signer, Buffer.from(input, 'latin1')).toString('base64url'),
  }
}

/** `{ keys: […] }` (RFC 7517 §5). */
export function publicKeySet(keys: readonly SigningKey[]): {
  readonly keys: readonly JsonObject[]
} {
  return { keys: keys.map(({ publicJwk }) => publicJwk) }
}

function signature(algorithm: SigningAlgorithm, key: KeyObject, input: Buffer): Buffer {
  switch (algorithm) {
    case 'ES256':
      return sign('sha256', input, { key, dsaEncoding: 'ieee-p1363' })
    case 'EdDSA':
      return sign(null, input, key)
    case 'PS256':
      return sign('sha256', input, key)
    default:
      return algorithm satisfies never
  }
}

function algorithmOf(key: KeyObject): SigningAlgorithm | undefined {
  const { namedCurve, modulusLength = 0 } = key.asymmetricKeyDetails ?? {}
  switch (key.asymmetricKeyType) {
    case 'ec':
      return namedCurve === 'prime256v1' ? 'ES256' : undefined
    case 'ed25519':
      return 'EdDSA'
    case 'rsa':
      return modulusLength >= MIN_RSA_BITS ? 'PS256' : undefined
    default:
      return undefined
  }
}

function privateKeyOf(
  text: string,
  place: string,
): { readonly key: KeyObject; readonly kid: string | undefined } {
  try {
    if (!text.startsWith('{')) return { key: createPrivateKey(text), kid: undefined }
    // Sound: what JSON.parse gives is JSON.
    const jwk = JSON.parse(text) as JsonValue
    if (!isJsonObject(jwk)) throw unusable(place, 'holds no JWK')
    const { kid } = jwk
    if (kid !== undefined && !isKeyId(kid)) throw unusable(place, 'has a kid that is no short text')
    return { key: createPrivateKey({ key: jwk, format: 'jwk' }), kid }
  } catch (error) {
    throw error instanceof GatehouseError ? error : unusable(place, 'holds no private key')
  }
}

function isKeyId(kid: unknown): kid is string {
  return typeof kid === 'string' && kid.length <= MAX_KEY_ID_CHARS && /^[\x21-\x7e]+$/.test(kid)
}

function unusable(place: string, why: string): GatehouseError {
  return new GatehouseError('GH_GATEWAY_SIGNING_KEY', `${place} ${why}`)
}
