/** The facts that a rule asks for, gathered from what the gateway holds; of it only payments that were made before are read from the store. */
import type { InitiatedFact, Need, TokenFact } from '../../decide/index.ts'
import type { CoreParts } from './core.ts'
import type { MutableFacts } from './inbound.ts'
import type { PlanIndex } from './plan-index.ts'

/**
 * `late`: the token is being judged, and `presented` is for whoever waits. `initiated`: payments are being looked up. `body`: it must be
 * read. `unknown`: nobody can tell.
 */
export type Gathered =
  | 'there'
  | 'body'
  | 'unknown'
  | { readonly late: Promise<TokenFact> }
  | { readonly initiated: Promise<readonly InitiatedFact[]> }

/** @throws what a look-up throws */
export function gather(
  need: Need,
  facts: MutableFacts,
  parts: CoreParts,
  index: PlanIndex,
): Gathered {
  for (const name of need.facts) {
    if (name === 'token') {
      const authorization = facts.request.headers.all('authorization')
      const token = parts.tokens.judge(authorization, facts.now, need.issuers)
      if (token instanceof Promise) return { late: token }
      presented(token, facts, parts, index)
    } else if (name === 'client' || name === 'consent') {
      const { token } = facts
      const known = token?.kind === 'verified' ? token : undefined
      if (name === 'client') facts.client = parts.feed.client(known?.clientId ?? '')
      // The rules ask for the consent next, and it is at hand: one round of the kernel less.
      if (name === 'consent' || (known !== undefined && known.consentId !== ''))
        facts.consent ??= parts.feed.consent(known?.consentId ?? '')
    } else if (name === 'namedConsent') {
      facts.namedConsent = parts.feed.consent(need.consentId ?? '')
    } else if (name === 'signature' && need.signedIn !== undefined) {
      facts.signature = parts.signatures.judge(need.signedIn, facts)
    } else if (name === 'initiated' && need.initiated !== undefined) {
      return { initiated: parts.initiated(need.initiated, facts.now) }
    } else if (name === 'body' && facts.body === undefined) return 'body'
    else return 'unknown'
  }
  return 'there'
}

/** The token, and with it the proof that comes with it and the bucket of its client. */
export function presented(
  token: TokenFact,
  facts: MutableFacts,
  parts: CoreParts,
  index: PlanIndex,
): void {
  facts.token = token
  if (token.kind !== 'verified') return
  const proof = parts.proofs.judge(facts.request.headers, token.clientId, facts.now)
  if (proof !== undefined) facts.proof = proof
  facts.bucket = index.bucket(token.clientId)
}
