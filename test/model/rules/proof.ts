/** DPoP proofs (RFC 9449 §4.3, §8, §11.1): what came with a token, whether it may be believed, and whether it came before. */
import { createHash } from 'node:crypto'
import { ORIGIN } from '../house.ts'
import { isBase64url, isSignedBy, objectOf, publicKeyOf, textOf } from './token.ts'
import type { Wire } from './wire.ts'
import { valuesOf } from './wire.ts'

/** For so long is a nonce handed out, and taken as long again. */
const STRETCH_SECONDS = 120
const SECRET = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']

export type Proof =
  | { readonly kind: 'none' }
  | { readonly kind: 'bad' }
  | {
      readonly kind: 'good'
      readonly key: string
      readonly claims: Readonly<Record<string, unknown>>
      readonly ofToken: boolean
      readonly nonce: 'absent' | 'good' | 'unknown'
      readonly use: 'new' | 'seen' | 'before-start'
    }

export class Proofs {
  readonly #start: number
  readonly #seen = new Set<string>()
  /** Nonce → the stretch of time that it was handed out in. */
  readonly #nonces = new Map<string, number>()

  constructor(start: number) {
    this.#start = start
  }

  handedOut(nonce: string, at: number): void {
    this.#nonces.set(nonce, Math.floor(at / 1000 / STRETCH_SECONDS))
  }

  /** Of a request whose token came under the scheme `DPoP`: looking at a proof uses it up. */
  take(wire: Wire, token: string): Proof {
    const [text] = valuesOf(wire, 'dpop')
    if (text === undefined) return { kind: 'none' }
    const parts = text.split('.')
    const [head = '', body = '', signature = ''] = parts
    const header = objectOf(head)
    const claims = objectOf(body)
    if (
      parts.length !== 3 ||
      header === undefined ||
      claims === undefined ||
      !isBase64url(signature)
    )
      return BAD
    const jwk = header['jwk']
    if (header['typ'] !== 'dpop+jwt' || 'crit' in header || !isObject(jwk)) return BAD
    if (SECRET.some((name) => name in jwk)) return BAD
    const alg =
      jwk['kty'] === 'EC' && jwk['crv'] === 'P-256'
        ? 'ES256'
        : jwk['crv'] === 'Ed25519'
          ? 'EdDSA'
          : ''
    if (header['alg'] !== alg) return BAD
    const { jti, htm, htu, iat, ath, nonce } = claims
    const texts = [jti, htm, htu].every((one) => typeof one === 'string' && one !== '')
    if (!texts || textOf(jti).length > 256 || typeof iat !== 'number') return BAD
    if (ath !== undefined && typeof ath !== 'string') return BAD
    if (nonce !== undefined && typeof nonce !== 'string') return BAD
    if (!isSignedBy({ alg, publicKey: publicKeyOf(jwk) }, `${head}.${body}`, signature)) return BAD
    const key = thumbprint(jwk)
    const ofToken = ath === sha256(token)
    const known = this.#nonceOf(nonce, wire.at)
    const age = wire.at / 1000 - iat
    if (known !== 'good' && iat * 1000 < this.#start)
      return { kind: 'good', key, claims, ofToken, nonce: known, use: 'before-start' }
    if (!ofToken || age > 120 || age < -60)
      return { kind: 'good', key, claims, ofToken, nonce: known, use: 'new' }
    const id = `${key} ${textOf(jti)}`
    const use = this.#seen.has(id) ? 'seen' : 'new'
    this.#seen.add(id)
    return { kind: 'good', key, claims, ofToken, nonce: known, use }
  }

  #nonceOf(nonce: unknown, at: number): 'absent' | 'good' | 'unknown' {
    if (nonce === undefined) return 'absent'
    const stretch = this.#nonces.get(textOf(nonce))
    const now = Math.floor(at / 1000 / STRETCH_SECONDS)
    return stretch !== undefined && now - stretch <= 1 ? 'good' : 'unknown'
  }
}
const BAD = { kind: 'bad' } as const

/** RFC 7638, for the two kinds of keys that there are here. */
export function thumbprint(jwk: Readonly<Record<string, unknown>>): string {
  const { crv, kty, x, y } = jwk
  return sha256(JSON.stringify(kty === 'EC' ? { crv, kty, x, y } : { crv, kty, x }))
}
const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64url')
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export interface Window {
  readonly maxAgeSeconds: number
  readonly maxAheadSeconds: number
  readonly nonce: string
}
/** RFC 9449 §4.3 for a token that is bound to the key of this thumbprint. `undefined`: it came as a bearer token. */
export function proofFault(
  proof: Proof | undefined,
  wire: Wire,
  jkt: string,
  window: Window,
): string | undefined {
  if (proof === undefined) return 'GH_GATEWAY_TOKEN_BINDING'
  if (proof.kind === 'none') return 'GH_GATEWAY_PROOF_MISSING'
  if (proof.kind === 'bad') return 'GH_GATEWAY_PROOF_INVALID'
  const { claims } = proof
  if (!proof.ofToken) return 'GH_GATEWAY_PROOF_TOKEN'
  if (proof.key !== jkt) return 'GH_GATEWAY_TOKEN_BINDING'
  const [path] = wire.target.split('?')
  if (claims['htm'] !== wire.method || !isAt(textOf(claims['htu']), path ?? ''))
    return 'GH_GATEWAY_PROOF_REQUEST'
  const age = wire.at / 1000 - Number(claims['iat'])
  if (age > window.maxAgeSeconds || -age > window.maxAheadSeconds) return 'GH_GATEWAY_PROOF_TIME'
  if (window.nonce === 'required' && proof.nonce !== 'good') return 'GH_GATEWAY_PROOF_NONCE'
  if (proof.use === 'before-start') return 'GH_GATEWAY_PROOF_NONCE'
  return proof.use === 'seen' ? 'GH_GATEWAY_PROOF_REPLAYED' : undefined
}

/** The URL of the standard library does the normalising that RFC 3986 §6 asks for. */
function isAt(htu: string, path: string): boolean {
  if (!URL.canParse(htu)) return false
  const { origin, pathname } = new URL(htu)
  return origin === ORIGIN && pathname === new URL(path, ORIGIN).pathname
}
