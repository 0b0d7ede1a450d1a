import type { Facts, TokenFact } from './facts.ts'
import type { Failure } from './rule.ts'

export type VerifiedToken = TokenFact & { readonly kind: 'verified' }

/** The token if its signature was good; otherwise why there is nothing to believe. */
export function believedToken(facts: Facts): VerifiedToken | Failure {
  const { token } = facts
  if (token?.kind === 'verified') return token
  if (token?.kind === 'invalid') return { code: token.code, detail: 'the token is not verified' }
  return NO_TOKEN
}

export const NO_TOKEN: Failure = { code: 'GH_GATEWAY_TOKEN_MISSING', detail: 'no access token' }
