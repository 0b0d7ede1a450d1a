/** Control `token-validation`: the claims of a JWT access token, RFC 9068 §4, with the issuer's clock skew. */
import { believedToken, type VerifiedToken } from '../believed-token.ts'
import { otherCertificate } from '../certificate-binding.ts'
import { needlessProof, otherProof, USUAL_LIMITS } from '../key-binding.ts'
import type { Facts } from '../facts.ts'
import { feedLimitMs, feedStale } from '../feed-age.ts'
import type { Plan, PlanIssuer } from '../plan.ts'
import { ruleNamed } from '../rule-named.ts'
import type { Failure, RuleKind } from '../rule.ts'

export const rule: RuleKind<'token.validation'> = {
  name: 'token.validation',
  sound: ({ params }, plan) => void issuersOf(params.issuers, plan),
  prepare({ params }, context) {
    const limitMs = feedLimitMs(context)
    const issuers = issuersOf(params.issuers, context.plan)
    // Where a rule of its own looks at the binding, in whatever mode, that rule decides.
    const checksBinding =
      ruleNamed(context.api, context.operation, 'token.senderConstrained') === undefined
    const origins = context.api.publicOrigins ?? []
    return {
      needs: ['token'],
      judge(facts) {
        const token = believedToken(facts)
        if ('detail' in token) return token
        const issuer = issuers.get(token.issuer)
        if (issuer === undefined)
          return fail('GH_GATEWAY_TOKEN_ISSUER', 'iss is not an issuer of this API')
        return (
          judgeClaims(token, issuer) ??
          judgeTimes(token, issuer.clockSkewSeconds, facts.now / 1000) ??
          (checksBinding ? judgeBinding(facts, token, origins) : undefined) ??
          // Revocation is known from the feed: only that part of the judgement ages.
          feedStale(facts, limitMs) ??
          (token.revoked
            ? fail('GH_GATEWAY_TOKEN_REVOKED', 'the token or its grant is revoked')
            : undefined)
        )
      },
    }
  },
}

function issuersOf(names: readonly string[], plan: Plan): ReadonlyMap<string, PlanIssuer> {
  return new Map(
    names.map((name) => {
      const issuer = plan.issuers.find((one) => one.issuer === name)
      if (issuer === undefined)
        throw new TypeError(`token.validation: issuer ${name} is not in the plan`)
      return [name, issuer]
    }),
  )
}

function judgeClaims(token: VerifiedToken, issuer: PlanIssuer): Failure | undefined {
  if (!issuer.types.includes(mediaSubtype(token.type)))
    return fail('GH_GATEWAY_TOKEN_TYPE', 'typ is not that of an access token')
  if (!token.audiences.some((audience) => issuer.audiences.includes(audience)))
    return fail('GH_GATEWAY_TOKEN_AUDIENCE', 'aud names none of our audiences')
  return undefined
}

/** RFC 7519 §4.1.4: not accepted on or after `exp`. §4.1.5: not before `nbf`. All in seconds. */
function judgeTimes(token: VerifiedToken, skew: number, now: number): Failure | undefined {
  const { expiresAt, notBefore, issuedAt } = token
  if (expiresAt === undefined) return fail('GH_GATEWAY_TOKEN_EXPIRED', 'exp is missing') // RFC 9068 §2.2 requires it
  if (!(now < expiresAt + skew)) return fail('GH_GATEWAY_TOKEN_EXPIRED', 'exp is past')
  if (notBefore !== undefined && !(now >= notBefore - skew))
    return fail('GH_GATEWAY_TOKEN_EARLY', 'nbf is to come')
  if (issuedAt !== undefined && !(now >= issuedAt - skew))
    return fail('GH_GATEWAY_TOKEN_EARLY', 'iat is to come')
  return undefined
}

/** `application/at+jwt` and `at+jwt` are the same type (RFC 7515 §4.1.9), in any case (RFC 2045 §5.1). */
function mediaSubtype(type: string): string {
  const lower = type.toLowerCase()
  return lower.startsWith('application/') ? lower.slice('application/'.length) : lower
}

/** RFC 8705 §3, RFC 9449 §7.1: a token that is bound is refused without what it is bound to, whether the API asks for bound tokens or not. */
function judgeBinding(
  facts: Facts,
  { confirmation }: VerifiedToken,
  origins: readonly string[],
): Failure | undefined {
  if (confirmation === undefined) return needlessProof(facts)
  const { certificate, key } = confirmation
  if (certificate === undefined && key === undefined)
    return fail('GH_GATEWAY_TOKEN_BINDING', 'the token is bound in a way that is not known here')
  return (
    (certificate === undefined ? undefined : otherCertificate(facts, certificate)) ??
    (key === undefined ? needlessProof(facts) : otherProof(facts, key, USUAL_LIMITS, origins))
  )
}

function fail(code: Failure['code'], detail: string): Failure {
  return { code, detail }
}
