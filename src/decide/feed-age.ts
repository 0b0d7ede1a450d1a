import type { Facts } from './facts.ts'
import type { Failure } from './rule.ts'

/** Refuses to judge on facts that may be out of date (DESIGN §2). An age of exactly the allowance is still good. */
export function feedStale(facts: Facts, allowanceMs: number): Failure | undefined {
  return facts.feedAgeMs <= allowanceMs ? undefined : STALE // NaN is stale
}

const STALE: Failure = {
  code: 'GH_GATEWAY_FEED_STALE',
  detail: 'the feed is older than the API allows',
  always: true,
}
