/** Whether a token that is bound to a key came with a DPoP proof of that key for this very request (RFC 9449 §4.3, §7). */
import { normalPath } from '../lib/index.ts'
import type { Facts, ProofFact } from './facts.ts'
import type { Failure } from './rule.ts'

export interface ProofLimits {
  /** Seconds since the proof was made. */
  readonly maxAgeSeconds: number
  /** How far the clock of a client may be ahead. */
  readonly maxAheadSeconds: number
  readonly nonce: 'optional' | 'required'
}

/** Widest limits that a plan may have: for so long are ids of proofs remembered. */
export const MAX_PROOF_AGE_SECONDS = 120
export const MAX_PROOF_AHEAD_SECONDS = 60

/** FAPI 2.0 Security Profile §5.3.2.1: 10 s ahead are taken, more than 60 s are not. */
export const USUAL_LIMITS: ProofLimits = {
  maxAgeSeconds: 60,
  maxAheadSeconds: 10,
  nonce: 'optional',
}

/** `origins`: those under which clients call; none: no proof can be judged. */
export function otherProof(
  { proof, request, now }: Facts,
  key: string,
  limits: ProofLimits,
  origins: readonly string[],
): Failure | undefined {
  if (proof === undefined) return AS_BEARER
  if (proof.kind === 'absent')
    return fail('GH_GATEWAY_PROOF_MISSING', 'no DPoP proof came with the token')
  if (proof.kind === 'invalid') return fail('GH_GATEWAY_PROOF_INVALID', proof.why)
  if (!proof.ofToken) return fail('GH_GATEWAY_PROOF_TOKEN', 'ath is not the hash of the token')
  if (proof.key !== key) return ANOTHER_KEY
  if (proof.method !== request.method)
    return fail('GH_GATEWAY_PROOF_REQUEST', 'htm is another method')
  return (
    otherAddress(proof, request.target, origins) ??
    outOfTime(proof, now, limits) ??
    usedBefore(proof, limits)
  )
}

/** Of a token that is bound to no key. */
export function needlessProof({ proof }: Facts): Failure | undefined {
  return proof === undefined ? undefined : NO_KEY
}

type Verified = Extract<ProofFact, { readonly kind: 'verified' }>

/** §4.3, check 9: query and fragment are ignored on both sides. */
function otherAddress(
  { origin, path }: Verified,
  target: string,
  origins: readonly string[],
): Failure | undefined {
  const query = target.indexOf('?')
  if (path !== normalPath(query < 0 ? target : target.slice(0, query)))
    return fail('GH_GATEWAY_PROOF_REQUEST', 'htu is another path')
  return origins.includes(origin)
    ? undefined
    : fail('GH_GATEWAY_PROOF_REQUEST', 'htu is at another origin than publicOrigins')
}

function outOfTime({ issuedAt }: Verified, now: number, limits: ProofLimits): Failure | undefined {
  const age = now / 1000 - issuedAt
  if (!(age <= limits.maxAgeSeconds))
    return fail('GH_GATEWAY_PROOF_TIME', `iat is more than ${limits.maxAgeSeconds} s ago`)
  return -age <= limits.maxAheadSeconds
    ? undefined
    : fail('GH_GATEWAY_PROOF_TIME', `iat is more than ${limits.maxAheadSeconds} s to come`)
}

function usedBefore({ nonce, use }: Verified, limits: ProofLimits): Failure | undefined {
  if (limits.nonce === 'required' && nonce !== 'good' && nonce !== 'aging')
    return fail('GH_GATEWAY_PROOF_NONCE', `a nonce of this gateway is needed, and it is ${nonce}`)
  switch (use) {
    case 'new':
      return undefined
    case 'before-start':
      return fail(
        'GH_GATEWAY_PROOF_NONCE',
        'the proof may be older than the memory of this gateway, and has no nonce of it',
      )
    case 'full':
      return fail('GH_GATEWAY_OVERLOADED', 'as many proofs are remembered as may be')
    default:
      return fail('GH_GATEWAY_PROOF_REPLAYED', 'jti came before')
  }
}

const AS_BEARER = fail(
  'GH_GATEWAY_TOKEN_BINDING',
  'the token is bound to a key, and it came as a bearer token',
)
const ANOTHER_KEY = fail(
  'GH_GATEWAY_TOKEN_BINDING',
  'the token is bound to another key than that of the proof',
)
const NO_KEY = fail(
  'GH_GATEWAY_TOKEN_BINDING',
  'the token came with the scheme DPoP, and is bound to no key',
)

function fail(code: Failure['code'], detail: string): Failure {
  return { code, detail }
}
