/**
 * From the signature of a request to the signature fact: verified with the keys of the client's record in the feed, or with the seal
 * certificate that came along.
 */
import { hash } from 'node:crypto'
import type { Facts, SignatureFact, SignedIn } from '../../decide/index.ts'
import type { ClientRecord, Projection } from '../../feed/index.ts'
import {
  parseKeySet,
  verifyDetachedJws,
  verifyMessageJwt,
  type VerificationKey,
} from '../../proof/index.ts'
import { createSealGate, type SealTrust } from './seal-gate.ts'

export interface SignatureGate {
  /** The body is there; without a token that is believed nobody's keys count. */
  judge(signedIn: SignedIn, facts: Facts): SignatureFact
}

const ABSENT: SignatureFact = { kind: 'absent' }
const NO_KEYS: readonly VerificationKey[] = []

export function createSignatureGate(
  projection: Pick<Projection, 'client' | 'revoked'>,
  trust: SealTrust,
): SignatureGate {
  // INVARIANT: the feed swaps records and never changes one in place.
  const keySets = new WeakMap<ClientRecord, readonly VerificationKey[]>()
  const seals = createSealGate(projection, trust)
  function keysOf(record: ClientRecord | undefined): readonly VerificationKey[] {
    if (record?.jwks === undefined) return NO_KEYS
    let keys = keySets.get(record)
    if (keys === undefined) {
      keys = parseKeySet(JSON.stringify(record.jwks))?.keys ?? NO_KEYS
      keySets.set(record, keys)
    }
    return keys
  }

  function detached(header: string, { request, token, body }: Facts): SignatureFact {
    const fields = request.headers.all(header)
    const field = fields[0]?.trim()
    if (field === undefined) return ABSENT
    if (fields.length > 1) return { kind: 'invalid', fault: 'repeated' }
    const client = token?.kind === 'verified' ? projection.client(token.clientId) : undefined
    const text = body?.kind === 'text' ? body.text : ''
    const judged = verifyDetachedJws(field, text, keysOf(client))
    if (!judged.ok) return { kind: 'invalid', fault: judged.fault }
    const { kid, issuer, trustAnchor, issuedAt, unencoded } = judged
    return {
      kind: 'verified',
      kid,
      issuer,
      trustAnchor,
      issuedAt,
      unencoded,
      ...(client?.signatureIssuer !== undefined && { expectedIssuer: client.signatureIssuer }),
      proof: proofOf(field, text),
      field,
      digest: `SHA-256=${hash('sha256', text, 'base64')}`,
    }
  }

  function message({ token, body }: Facts): SignatureFact {
    if (body?.kind !== 'text') return ABSENT
    const client = token?.kind === 'verified' ? projection.client(token.clientId) : undefined
    const judged = verifyMessageJwt(body.text, keysOf(client))
    if (!judged.ok) return { kind: 'invalid', fault: judged.fault }
    const { detached: field, ok: _, ...said } = judged
    return {
      kind: 'message',
      ...said,
      ...(client?.signatureIssuer !== undefined && { expectedIssuer: client.signatureIssuer }),
      proof: proofOf(field, body.text),
      field,
      digest: `SHA-256=${hash('sha256', body.text, 'base64')}`,
    }
  }

  return {
    judge(signedIn, facts) {
      switch (signedIn.form) {
        case 'detached-jws':
          return detached(signedIn.header, facts)
        case 'message':
          return message(facts)
        case 'http-signature':
          return seals.judge(facts)
        default:
          return signedIn satisfies never
      }
    },
  }
}

export function proofOf(field: string, body: string): string {
  return `sha256:${hash('sha256', `${field}\n${body}`, 'hex')}`
}
