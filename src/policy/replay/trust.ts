/** How a draft trusts the issuers that an event speaks of. Types, audiences and clock skew are the kernel's to judge. */
import type { Plan } from '../../decide/index.ts'
import type { FactsRecord } from '../../events/index.ts'
import type { Trust } from './remembered-facts.ts'

/** `before`: the plan of the event, if it is known. */
export function trustIn(draft: Plan): (facts: FactsRecord, before: Plan | undefined) => Trust {
  const now = trusted(draft)
  const all = JSON.stringify([...now])
  const seen = new WeakMap<Plan, { readonly issuers: ReadonlyMap<string, string>; same: boolean }>()
  return ({ token }, before) => {
    if (token === null || token.kind === 'absent') return 'same'
    // Not a token at all, whoever is trusted.
    if (token.code === 'GH_GATEWAY_TOKEN_MALFORMED') return 'same'
    let past = before === undefined ? undefined : seen.get(before)
    if (before !== undefined && past === undefined) {
      const issuers = trusted(before)
      past = { issuers, same: JSON.stringify([...issuers]) === all }
      seen.set(before, past)
    }
    if (past?.same === true) return 'same'
    if (token.kind === 'invalid') return 'changed'
    const issuer = token.issuer ?? ''
    const keys = now.get(issuer)
    if (keys === undefined) return 'gone'
    return past?.issuers.get(issuer) === keys ? 'same' : 'changed'
  }
}

/** By issuer: what makes of a text a token that can be believed. */
function trusted({ issuers }: Plan): ReadonlyMap<string, string> {
  return new Map(
    issuers.map(({ issuer, algorithms, jwks, claims, introspection }) => [
      issuer,
      JSON.stringify([
        algorithms,
        jwks,
        claims.client,
        claims.subject,
        claims.consent,
        claims.scope,
        claims.sca ?? null,
        // It is not recorded whether a token was a JWT: who is asked about others makes a difference to all.
        introspection ?? null,
      ]),
    ]),
  )
}
