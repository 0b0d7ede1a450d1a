/**
 * What a client is told about its quotas: the fields `RateLimit-Policy` and `RateLimit` of draft-ietf-httpapi-ratelimit-headers-10, as
 * structured fields (RFC 9651). Names of quotas are words of ours; whose quota it is (`pk`) is never told.
 */
import type { QuotaClaim } from '../../decide/index.ts'
import type { QuotaState } from './windows.ts'

/** Name, value, name, value; empty when no quota is told. */
export function rateFields(states: readonly QuotaState[]): readonly string[] {
  let policies = ''
  let limits = ''
  for (const { claim, remaining, resetSeconds } of states) {
    if (claim.policy === undefined) continue
    policies += `${policies === '' ? '' : ', '}${policyOf(claim.policy, claim)}`
    limits += `${limits === '' ? '' : ', '}"${claim.policy}";r=${remaining};t=${resetSeconds}`
  }
  return policies === '' ? NONE : ['ratelimit-policy', policies, 'ratelimit', limits]
}

const NONE: readonly string[] = []

function policyOf(name: string, { limit, windowSeconds }: QuotaClaim): string {
  return `"${name}";q=${limit};w=${windowSeconds}`
}
