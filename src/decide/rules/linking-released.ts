/**
 * The end of an authorisation (NextGenPSD2 1.3 §5.2–5.4): what it releases was made here by the same client at the same place, is one
 * payment and no other, and is what token or consent say that the customer authenticated.
 */
import type { PaymentField } from '../../lib/index.ts'
import { isJson } from '../answer.ts'
import { believedToken } from '../believed-token.ts'
import { bodyTree } from '../body-tree.ts'
import type { Facts } from '../facts.ts'
import { feedLimitMs, feedStale } from '../feed-age.ts'
import { compareWith, MAX_PAYMENT_DEPTH, NOTHING, paidBy, sourcesOf } from '../payment-sources.ts'
import type { LinkingParams } from '../plan.ts'
import type { Failure, Judgement, PreparedRule, RuleContext } from '../rule.ts'
import { ownConsent } from '../selection.ts'
import { notKnown, resourceOf, somebody } from './linking-made.ts'
import { nobodysUse, useClaims } from './linking-use.ts'

/** Members that bring an authorisation on its way and end none: choosing a method. */
const STEPS: ReadonlySet<string> = new Set(['authenticationMethodId'])

export function linkReleased(
  { free, consent }: LinkingParams,
  { of, parameter, authenticated, statuses }: NonNullable<LinkingParams['released']>,
  context: RuleContext,
): PreparedRule {
  const limitMs = feedLimitMs(context)
  const freeFields: ReadonlySet<PaymentField> = new Set(free)
  const inForce = new Set(statuses)
  return {
    needs: ['token'],
    judge: somebody,
    late: {
      needs: ['token', 'consent', 'body', 'initiated'],
      initiated: releasedOf({ of, parameter }),
      judge(facts, { match }) {
        const [found] = facts.initiated ?? []
        const failure = notKnown(found)
        if (failure !== undefined || found?.kind !== 'known') return failure
        const [place = ''] = match.route.split(`/{${parameter}}`)
        if (found.resource !== resourceOf(place, match.parameters)) return ELSEWHERE
        const sources = sourcesOf(facts)
        if ('code' in sources) return sources
        if (sources.length === 0)
          return authenticated === 'required' && mayRelease(facts) ? NOTHING : undefined
        return (
          ended(facts, inForce, consent === 'once') ??
          feedStale(facts, limitMs) ??
          compareWith(sources, found.payments, freeFields, of === 'basket') ??
          (consent === 'once' ? nobodysUse(facts) : undefined)
        )
      },
    },
    ...(consent === 'once' && {
      claims(facts, { match }) {
        const sources = sourcesOf(facts)
        if ('code' in sources) throw new TypeError('a use is claimed of what was not compared')
        // What nobody authenticated beforehand is the bank's to look at, and so is a step that releases nothing.
        if (sources.length === 0 || !mayRelease(facts)) return []
        const [found] = facts.initiated ?? []
        if (found?.kind !== 'known') throw new TypeError('a use is claimed of what is not known')
        const paid = paidBy(sources, found.payments, freeFields, of === 'basket')
        return useClaims(facts, {
          paid,
          payments: of === 'basket' ? (sources.at(-1)?.payments.length ?? 0) : 1,
          step: [match.api, of, match.parameters.get(parameter) ?? ''],
        })
      },
    }),
  }
}

/** Which payment or basket a request would release. */
export function releasedOf({
  of,
  parameter,
}: Pick<NonNullable<LinkingParams['released']>, 'of' | 'parameter'>): NonNullable<
  Judgement['initiated']
> {
  return (facts, { match }) => {
    const token = believedToken(facts)
    const id = match.parameters.get(parameter)
    return id === undefined || 'detail' in token
      ? undefined
      : { of, scope: [token.clientId, match.api], ids: [id] }
  }
}

/** The client hears the same as of a payment that does not exist. */
const ELSEWHERE: Failure = {
  code: 'GH_GATEWAY_PAYMENT_UNKNOWN',
  detail: 'the payment was made under another product',
}

/** No rule about consents looks at this one: what it says counts only while it is in force. `once`: of one that was used, the claim tells what repeats. */
function ended(facts: Facts, inForce: ReadonlySet<string>, once: boolean): Failure | undefined {
  const consent = ownConsent(facts)
  if (consent?.payments === undefined) return undefined
  const over =
    consent.revoked ||
    !(inForce.has(consent.status) || (once && consent.used === true)) ||
    (consent.validFrom !== undefined && facts.now < consent.validFrom) ||
    (consent.expiresAt !== undefined && facts.now >= consent.expiresAt)
  return over
    ? {
        code: 'GH_GATEWAY_PAYMENT_UNAUTHENTICATED',
        detail: 'the consent that holds the payment is not in force',
      }
    : undefined
}

/** Whether the bank might take what is sent for the customer's word: everything but a beginning and the choice of a method. */
export function mayRelease({ body }: Facts): boolean {
  if (body === undefined || body.kind === 'absent') return false
  if (!isJson(body.mediaType)) return true
  const tree = bodyTree(body, MAX_PAYMENT_DEPTH)
  if (typeof tree === 'string' || tree.kind !== 'object') return true
  return [...tree.members.keys()].some((name) => !STEPS.has(name))
}
