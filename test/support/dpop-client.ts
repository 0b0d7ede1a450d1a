/** A third party that makes DPoP proofs with `jose`, which shares nothing with the gateway. */
import { createHash, randomUUID } from 'node:crypto'
import {
  calculateJwkThumbprint,
  type CryptoKey,
  exportJWK,
  generateKeyPair,
  type JWK,
  SignJWT,
} from 'jose'

export interface DpopClient {
  readonly algorithm: string
  readonly privateKey: CryptoKey
  readonly jwk: JWK
  /** For `cnf.jkt`. */
  readonly thumbprint: string
}

export async function dpopClient(algorithm = 'ES256'): Promise<DpopClient> {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true })
  const jwk = await exportJWK(publicKey)
  return { algorithm, privateKey, jwk, thumbprint: await calculateJwkThumbprint(jwk) }
}

export interface ProofOf {
  readonly method: string
  readonly url: string
  readonly token: string
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** Claims of a good proof. */
export function proofClaims({ method, url, token, now }: ProofOf): Record<string, unknown> {
  return {
    jti: randomUUID(),
    htm: method,
    htu: url,
    iat: Math.floor(now / 1000),
    ath: createHash('sha256').update(token).digest('base64url'),
  }
}

/** A proof with changes; `undefined` leaves a member out. */
export function makeProof(
  client: DpopClient,
  of: ProofOf,
  claims: Readonly<Record<string, unknown>> = {},
  header: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const protectedHeader = {
    typ: 'dpop+jwt',
    alg: client.algorithm,
    jwk: client.jwk,
    ...header,
  }
  return new SignJWT(JSON.parse(JSON.stringify({ ...proofClaims(of), ...claims })))
    .setProtectedHeader(JSON.parse(JSON.stringify(protectedHeader)))
    .sign(client.privateKey)
}
