import type { Facts } from './facts.ts'
import type { Failure, RuleContext } from './rule.ts'

/** How old facts may be for reads of an API marked `degraded` (DESIGN §2): a database gone for an hour is no outage of reads. */
export const DEGRADED_READ_MS = 3_600_000

/** How old the feed may be for this operation, in milliseconds. That a degraded read went on past the allowance is in the event. */
export function feedLimitMs({ api, operation }: RuleContext): number {
  const reads = operation.method === 'GET' || operation.method === 'HEAD'
  return api.degraded && reads
    ? Math.max(api.feedAllowanceMs, DEGRADED_READ_MS)
    : api.feedAllowanceMs
}

/** Refuses to judge on facts that may be out of date. An age of exactly the limit is still good. */
export function feedStale(facts: Facts, limitMs: number): Failure | undefined {
  return facts.feedAgeMs <= limitMs ? undefined : STALE // NaN is stale
}

const STALE: Failure = {
  code: 'GH_GATEWAY_FEED_STALE',
  detail: 'the feed is older than the API allows',
  always: true,
}
