/** Access tokens: RFC 6750, 7515, 8725, 9068, with a signature check of its own. */
import { constants, createPublicKey, type KeyObject, verify } from 'node:crypto'
import { AUDIENCE, CLOCK_SKEW_SECONDS, ISSUERS } from '../house.ts'
import type { World } from '../world.ts'
import { readJson } from './json.ts'

export interface Claims {
  readonly issuer: string
  readonly type: string
  readonly claims: Readonly<Record<string, unknown>>
}
export type Token =
  | { readonly kind: 'none' }
  | { readonly kind: 'bad'; readonly code: string }
  | ({ readonly kind: 'good'; readonly text: string; readonly scheme: 'bearer' | 'dpop' } & Claims)

const MALFORMED = { kind: 'bad', code: 'GH_GATEWAY_TOKEN_MALFORMED' } as const
/** A token that was looked at once is the same ever after. */
const SEEN = new Map<string, Claims | string>()

export function tokenOf(authorization: readonly string[], world: World): Token {
  const [value] = authorization
  const [, scheme = '', rest = ''] = /^(bearer|dpop)(?: +(.*)|)$/is.exec(value ?? '') ?? []
  if (value === undefined || scheme === '') return { kind: 'none' }
  if (!/^[\w\-.~+/]+=*$/.test(rest) || rest.length > 8192) return MALFORMED
  let read = SEEN.get(rest)
  if (read === undefined) {
    read = readToken(rest, world)
    if (SEEN.size > 20_000) SEEN.clear()
    SEEN.set(rest, read)
  }
  if (typeof read === 'string') return { kind: 'bad', code: `GH_GATEWAY_TOKEN_${read}` }
  return {
    kind: 'good',
    text: rest,
    scheme: scheme.toLowerCase() === 'dpop' ? 'dpop' : 'bearer',
    ...read,
  }
}

function readToken(text: string, world: World): Claims | string {
  const parts = text.split('.')
  const [head = '', body = '', signature = ''] = parts
  const header = objectOf(head)
  const claims = objectOf(body)
  if (parts.length !== 3 || header === undefined || claims === undefined || !isBase64url(signature))
    return 'MALFORMED'
  const at = ISSUERS.findIndex((one) => one === claims['iss'])
  const key = world.issuerKeys[at]
  if (key === undefined) return 'ISSUER'
  if ('crit' in header || 'b64' in header) return 'MALFORMED'
  if ('kid' in header && typeof header['kid'] !== 'string') return 'MALFORMED'
  if (header['alg'] !== key.alg) return 'ALGORITHM'
  if ('kid' in header && header['kid'] !== key.kid) return 'KEY_UNKNOWN'
  if (!isSignedBy(key, `${head}.${body}`, signature)) return 'SIGNATURE'
  // RFC 7519 §2: a NumericDate is a number.
  if (['exp', 'iat', 'nbf'].some((name) => name in claims && typeof claims[name] !== 'number'))
    return 'MALFORMED'
  if ('cnf' in claims && !isConfirmation(claims['cnf'])) return 'MALFORMED'
  return {
    issuer: ISSUERS[at] ?? '',
    type: textOf(header['typ'])
      .toLowerCase()
      .replace(/^application\//, ''),
    claims,
  }
}

function isConfirmation(cnf: unknown): boolean {
  if (typeof cnf !== 'object' || cnf === null || Array.isArray(cnf)) return false
  return Object.entries(cnf).every(
    ([name, value]) =>
      !['jkt', 'x5t#S256'].includes(name) ||
      (typeof value === 'string' && /^[\w-]{43}$/.test(value)),
  )
}

/** An object of strict JSON in a segment, else nothing. */
export function objectOf(segment: string): Readonly<Record<string, unknown>> | undefined {
  if (!isBase64url(segment)) return undefined
  const bytes = Buffer.from(segment, 'base64url')
  const text = bytes.toString('utf8')
  const read = readJson(text)
  if (
    !Buffer.from(text).equals(bytes) ||
    read === undefined ||
    read.duplicates ||
    !(read.value instanceof Map)
  )
    return undefined
  return JSON.parse(text) as Record<string, unknown> // sound: it is an object
}

export function isBase64url(text: string): boolean {
  return (
    text !== '' &&
    /^[\w-]+$/.test(text) &&
    Buffer.from(text, 'base64url').toString('base64url') === text
  )
}

export function isSignedBy(
  { alg, publicKey }: { readonly alg: string; readonly publicKey: KeyObject },
  input: string | Buffer,
  signature: string,
): boolean {
  const data = Buffer.from(input)
  const bytes = Buffer.from(signature, 'base64url')
  if (alg === 'EdDSA') return verify(null, data, publicKey, bytes)
  if (alg === 'ES256')
    return verify('sha256', data, { key: publicKey, dsaEncoding: 'ieee-p1363' }, bytes)
  return verify(
    'sha256',
    data,
    { key: publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 },
    bytes,
  )
}

const KEYS = new Map<string, KeyObject>()
export function publicKeyOf(jwk: Readonly<Record<string, unknown>>): KeyObject {
  const name = JSON.stringify(jwk)
  let key = KEYS.get(name)
  if (key === undefined) KEYS.set(name, (key = createPublicKey({ format: 'jwk', key: { ...jwk } })))
  return key
}

/** RFC 9068 §4 without the binding: issuer, type, audience, times. */
export function claimsFault(
  { issuer, type, claims }: Claims,
  issuers: readonly string[],
  at: number,
): string | undefined {
  const now = at / 1000
  const { aud, exp, nbf, iat } = claims
  if (!issuers.includes(issuer)) return 'GH_GATEWAY_TOKEN_ISSUER'
  if (type !== 'at+jwt') return 'GH_GATEWAY_TOKEN_TYPE'
  if (![aud].flat().includes(AUDIENCE)) return 'GH_GATEWAY_TOKEN_AUDIENCE'
  if (typeof exp !== 'number' || now >= exp + CLOCK_SKEW_SECONDS) return 'GH_GATEWAY_TOKEN_EXPIRED'
  for (const from of [nbf, iat])
    if (typeof from === 'number' && now < from - CLOCK_SKEW_SECONDS) return 'GH_GATEWAY_TOKEN_EARLY'
  return undefined
}
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
