/** From the signature field of a request to the signature fact: verified with the keys of the client's record in the feed. */
import { hash } from 'node:crypto'
import type { Facts, SignatureFact } from '../../decide/index.ts'
import type { ClientRecord, Projection } from '../../feed/index.ts'
import { parseKeySet, verifyDetachedJws, type VerificationKey } from '../../proof/index.ts'

export interface SignatureGate {
  /** `header`: lower case. The token is verified and the body is there. */
  judge(header: string, facts: Facts): SignatureFact
}

const ABSENT: SignatureFact = { kind: 'absent' }
const NO_KEYS: readonly VerificationKey[] = []

export function createSignatureGate(projection: Pick<Projection, 'client'>): SignatureGate {
  // INVARIANT: the feed swaps records and never changes one in place.
  const keySets = new WeakMap<ClientRecord, readonly VerificationKey[]>()
  function keysOf(record: ClientRecord | undefined): readonly VerificationKey[] {
    if (record?.jwks === undefined) return NO_KEYS
    let keys = keySets.get(record)
    if (keys === undefined) {
      keys = parseKeySet(JSON.stringify(record.jwks))?.keys ?? NO_KEYS
      keySets.set(record, keys)
    }
    return keys
  }
  return {
    judge(header, { request, token, body }) {
      const fields = request.headers.all(header)
      const [field] = fields
      if (field === undefined) return ABSENT
      if (fields.length > 1) return { kind: 'invalid', fault: 'repeated' }
      const client = token?.kind === 'verified' ? projection.client(token.clientId) : undefined
      const text = body?.kind === 'text' ? body.text : ''
      const judged = verifyDetachedJws(field.trim(), text, keysOf(client))
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
        proof: `sha256:${hash('sha256', `${field.trim()}\n${text}`, 'hex')}`,
      }
    },
  }
}
