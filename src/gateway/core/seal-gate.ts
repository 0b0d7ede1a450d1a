/** HTTP signatures of requests (Berlin Group): verified, and their seal certificates judged by the trust stores of the installation. */
import { Buffer } from 'node:buffer'
import { hash } from 'node:crypto'
import type { CertificateFact, Facts, SignatureFact } from '../../decide/index.ts'
import type { Projection } from '../../feed/index.ts'
import { Recent } from '../../lib/index.ts'
import { verifyHttpSignature } from '../../proof/index.ts'
import { judgeSeal, type TrustStore } from './trust-store.ts'

/** Whose seals are believed, as it is now. */
export interface SealTrust {
  stores(): readonly TrustStore[]
  /** Counts up with each change of any of them. */
  readonly version: number
}

export interface SealGate {
  judge(facts: Facts): SignatureFact
}

/** Seal certificates whose way to an anchor is remembered: one has two signatures or three. */
export const SEALS_REMEMBERED = 2_000

export function createSealGate(
  projection: Pick<Projection, 'revoked'>,
  trust: SealTrust,
): SealGate {
  let known = new Recent<CertificateFact>(SEALS_REMEMBERED)
  let version = trust.version

  /** Times and revocation are in the fact, so that it may be kept for as long as the trust stores are what they are. */
  function certificateFact(der: Uint8Array, thumbprint: string, now: number): CertificateFact {
    if (version !== trust.version) {
      known = new Recent(SEALS_REMEMBERED)
      ;({ version } = trust)
    }
    let fact = known.get(thumbprint)
    if (fact === undefined) {
      fact = judgeSeal(trust.stores(), der, now)
      known.set(thumbprint, fact)
    }
    return fact.kind === 'trusted' && projection.revoked(`certificate:${thumbprint}`)
      ? { ...fact, revocation: 'revoked' }
      : fact
  }

  return {
    judge({ request, body, now }) {
      const text = body?.kind === 'text' ? body.text : ''
      const header = (name: string): readonly string[] => request.headers.all(name)
      const judged = verifyHttpSignature({ header, body: Buffer.from(text) })
      if (!judged.ok)
        return judged.fault === 'missing'
          ? { kind: 'absent' }
          : { kind: 'invalid', fault: judged.fault }
      const { keyId, certificate, signedAt, digest } = judged
      const field = header('signature')[0]?.trim() ?? ''
      return {
        kind: 'sealed',
        kid: keyId,
        signedAt,
        certificate: certificateFact(certificate.der, certificate.thumbprint, now),
        proof: `sha256:${hash('sha256', `${field}\n${text}`, 'hex')}`,
        field,
        digest,
      }
    },
  }
}
