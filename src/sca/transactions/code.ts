/**
 * The authentication code (RTS Art. 4(1), 5): a JWS over the digest of what was agreed, for one client and one audience, for minutes. It
 * reveals no element, and none can be made without the key, which no table holds. Whether it was used the store knows, not the code.
 */
import { Buffer } from 'node:buffer'
import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto'
import { parseCompactJws } from '../../proof/index.ts'
import type { SealingKeys } from '../../store/index.ts'

/** RFC 8725 §3.11. */
export const CODE_TYPE = 'gatehouse-sca+jwt'
/** Seconds in which a code is redeemed. */
export const CODE_SECONDS = 300
/** A code of another server whose clock is ahead. */
const SKEW_SECONDS = 5

export interface CodeClaims {
  readonly iss: string
  readonly aud: string
  readonly client_id: string
  readonly jti: string
  /** Seconds since the epoch. */
  readonly iat: number
  readonly exp: number
  /** Id of the transaction (RFC 8417 §2.2). */
  readonly txn: string
  /** Digest of all that was agreed, base64url. */
  readonly link: string
}

export interface CodeSigner {
  sign(claims: CodeClaims): string
  /** `undefined`: not a code of ours for this audience, or not any more. */
  verify(code: string, expectedAudience: string, now: number): CodeClaims | undefined
}

export function codeSigner(issuer: string, keys: SealingKeys): CodeSigner {
  const key = createSecretKey(keys.lasting('sca authentication codes'))
  const mac = (input: string): Buffer => createHmac('sha256', key).update(input).digest()
  const segment = (value: object): string =>
    Buffer.from(JSON.stringify(value)).toString('base64url')
  const header = segment({ alg: 'HS256', typ: CODE_TYPE })

  return {
    sign(claims) {
      const input = `${header}.${segment(claims)}`
      return `${input}.${mac(input).toString('base64url')}`
    },
    verify(code, expectedAudience, now) {
      const jws = parseCompactJws(code)
      if (jws === undefined || !jws.signingInput.startsWith(`${header}.`)) return undefined
      const expected = mac(jws.signingInput)
      if (jws.signature.length !== expected.length || !timingSafeEqual(jws.signature, expected))
        return undefined
      // Sound: only `sign` makes what this key signs.
      const claims = jws.payload as unknown as CodeClaims
      const seconds = now / 1000
      const sound =
        claims.iss === issuer &&
        claims.aud === expectedAudience &&
        seconds < claims.exp &&
        seconds >= claims.iat - SKEW_SECONDS
      return sound ? claims : undefined
    },
  }
}
