/** An authorization server reduced to what a gateway sees of it: keys and tokens, good and forged. */
import { Buffer } from 'node:buffer'
import { constants, createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { AUDIENCE, ISSUER } from './ais-plan.ts'

export interface SigningKey {
  readonly kid: string
  readonly alg: 'PS256' | 'ES256' | 'EdDSA'
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

export function signingKey(kid: string, alg: SigningKey['alg'] = 'ES256'): SigningKey {
  const pair =
    alg === 'PS256'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : alg === 'ES256'
        ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
        : generateKeyPairSync('ed25519')
  return { kid, alg, ...pair }
}

export function publicJwk(key: SigningKey): Record<string, unknown> {
  return { ...key.publicKey.export({ format: 'jwk' }), kid: key.kid, alg: key.alg, use: 'sig' }
}

export function jwks(...keys: readonly SigningKey[]): string {
  return JSON.stringify({ keys: keys.map(publicJwk) })
}

export const segment = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

/** A compact JWS; `header` and `payload` may be raw JSON texts. */
export function signed(key: SigningKey, header: unknown, payload: unknown): string {
  const input = `${segment(header)}.${segment(payload)}`
  return `${input}.${signature(key, input).toString('base64url')}`
}

function signature(key: SigningKey, input: string): Buffer {
  const data = Buffer.from(input)
  if (key.alg === 'PS256')
    return sign('sha256', data, {
      key: key.privateKey,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: 32,
    })
  if (key.alg === 'ES256')
    return sign('sha256', data, { key: key.privateKey, dsaEncoding: 'ieee-p1363' })
  return sign(null, data, key.privateKey)
}

export function hmacSigned(secret: string | Buffer, header: unknown, payload: unknown): string {
  const input = `${segment(header)}.${segment(payload)}`
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
}

/** Claims of a good access token (RFC 9068 §2.2), issued at `now` (milliseconds) for five minutes. */
export function accessClaims(
  now: number,
  changes: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  const seconds = Math.floor(now / 1000)
  return {
    iss: ISSUER,
    aud: AUDIENCE,
    iat: seconds,
    exp: seconds + 300,
    jti: 'token-1',
    client_id: 'tpp-a',
    sub: 'customer-1',
    consent_id: 'consent-1',
    scope: 'accounts openid',
    ...changes,
  }
}

export function accessToken(
  key: SigningKey,
  now: number,
  changes: Readonly<Record<string, unknown>> = {},
): string {
  return signed(key, { alg: key.alg, typ: 'at+jwt', kid: key.kid }, accessClaims(now, changes))
}
