/**
 * Control `sca-dynamic-linking` (RTS Art. 5(1)(c)–(d)): what is paid is what the payer authenticated. The payment that the token
 * (`authorization_details`, RFC 9396) or the consent holds is compared with what is to be paid at the moment that releases it: with the
 * body (`submission`, here), or with what was kept when the payment was made (`linking-made.ts`, `linking-released.ts`). Any difference
 * refuses.
 */
import type { PaymentField } from '../../lib/index.ts'
import { believedToken } from '../believed-token.ts'
import { feedLimitMs, feedStale } from '../feed-age.ts'
import {
  compareWith,
  NOTHING,
  paidBy,
  paymentsOfBody,
  sourcesOf,
  unreadable,
} from '../payment-sources.ts'
import type { LinkingParams } from '../plan.ts'
import { type PreparedRule, type RuleContext, type RuleKind } from '../rule.ts'
import { linkMadeBasket, linkMadePayment } from './linking-made.ts'
import { linkReleased } from './linking-released.ts'
import { nobodysUse, useClaims } from './linking-use.ts'

export const rule: RuleKind<'sca.dynamicLinking'> = {
  name: 'sca.dynamicLinking',
  sound({ params: { mapping, made, released } }) {
    const basket = made?.of === 'basket' && made.members !== undefined
    const payment = mapping !== undefined && made?.of !== 'basket'
    // Exactly one moment: a rule that compares nothing, or does not know what, checks nothing.
    if ([payment, basket, released !== undefined].filter(Boolean).length !== 1)
      throw new TypeError('sca.dynamicLinking: it is not clear what is compared')
  },
  fits({ params: { released } }, { requestBody, id, path }) {
    if (released === undefined && requestBody === undefined)
      throw new TypeError(`sca.dynamicLinking: ${id} takes no body`)
    if (released !== undefined && !path.split('/').includes(`{${released.parameter}}`))
      throw new TypeError(`sca.dynamicLinking: ${id} names nothing that it could release`)
  },
  prepare({ params }, context) {
    const { mapping, made, released } = params
    if (released !== undefined) return linkReleased(params, released, context)
    if (made?.members !== undefined) return linkMadeBasket(made, made.members)
    if (mapping === undefined) throw new TypeError('sca.dynamicLinking: nothing is compared')
    return made === undefined
      ? submission(params, mapping, context)
      : linkMadePayment(params, mapping, made)
  },
}

/** That there is something to compare with is judged before the body is read. */
function submission(
  { free, alternatives = [], consent }: LinkingParams,
  mapping: NonNullable<LinkingParams['mapping']>,
  context: RuleContext,
): PreparedRule {
  const limitMs = feedLimitMs(context)
  const freeFields: ReadonlySet<PaymentField> = new Set(free)
  return {
    needs: ['token', 'consent'],
    judge(facts) {
      const token = believedToken(facts)
      if ('detail' in token) return token
      const sources = sourcesOf(facts)
      if ('code' in sources) return sources
      if (sources.length === 0) return NOTHING
      // What a token says is as old as the token; what a consent says is as old as the feed.
      const stale = feedStale(facts, limitMs)
      return stale ?? (consent === 'once' ? nobodysUse(facts) : undefined)
    },
    late: {
      needs: ['token', 'consent', 'body'],
      judge(facts) {
        const sources = sourcesOf(facts)
        if ('code' in sources) return sources
        if (sources.length === 0) return NOTHING
        const asked = paymentsOfBody(facts, [mapping, ...alternatives])
        return asked.ok ? compareWith(sources, asked.payments, freeFields) : unreadable(asked)
      },
    },
    ...(consent === 'once' && {
      claims(facts) {
        const sources = sourcesOf(facts)
        const asked = paymentsOfBody(facts, [mapping, ...alternatives])
        if ('code' in sources || !asked.ok)
          throw new TypeError('a use is claimed of what was not compared')
        const paid = paidBy(sources, asked.payments, freeFields)
        return useClaims(facts, { paid, payments: 1 })
      },
    }),
  }
}
