/**
 * What the token says of strong customer authentication is of this payment (RTS Art. 5(1)(b), Art. 4(1); `sca.required` with `outcome: linked`): the payments that
 * consent or token hold are those whose digest the issuer signed, so that a consent that was changed on its way to the gateway pays nothing,
 * and the request is for one of them. That last is `sca.dynamicLinking`'s to refuse, field by field, wherever it enforces.
 */
import type { PaymentField } from '../../lib/index.ts'
import type { VerifiedToken } from '../believed-token.ts'
import type { Facts } from '../facts.ts'
import { enforces } from '../modes.ts'
import {
  compareWith,
  NOTHING,
  paymentsOfBody,
  type Source,
  sourcesOf,
  unreadable,
} from '../payment-sources.ts'
import type { LinkingParams, RuleOf } from '../plan.ts'
import { ruleNamed } from '../rule-named.ts'
import type { Failure, Judgement, RuleContext } from '../rule.ts'
import { notKnown } from './linking-made.ts'
import { mayRelease, releasedOf } from './linking-released.ts'

/** `among`: the token has an `acr` that the rule takes, so that it need say nothing else. */
export function linkedJudgement(
  tokenOf: (facts: Facts) => VerifiedToken | Failure,
  among: (token: VerifiedToken) => boolean,
  { api, operation }: RuleContext,
): Judgement {
  const linking = ruleNamed(api, operation, 'sca.dynamicLinking')
  const released = linking?.params.released
  return {
    needs: released === undefined ? OF_BODY : OF_RELEASE,
    ...(released !== undefined && { initiated: releasedOf(released) }),
    judge(facts) {
      const token = tokenOf(facts)
      if ('detail' in token) return token
      const digest = token.sca?.digest
      // Whoever says nothing of a payment was let in for its `acr`, or not at all.
      if (digest === undefined && (token.sca === undefined || among(token))) return undefined
      if (released !== undefined && !mayRelease(facts)) return undefined
      const sources = sourcesOf(facts)
      if ('code' in sources) return sources
      // The consent where it holds any: what a token repeats may be a part of it.
      const held = sources.at(-1)
      if (held === undefined) return NOTHING
      if (digest === undefined) return other('the token does not say of which payment')
      if (held.digest !== digest)
        return other('what token or consent hold is not what the token says was authenticated')
      if (linking === undefined) return other('no rule says where the request says what it pays')
      return enforces(linking, facts) ? undefined : asked(linking, held, facts)
    },
  }
}

const OF_BODY = ['token', 'consent', 'body'] as const
const OF_RELEASE = ['token', 'consent', 'body', 'initiated'] as const

/** `undefined`: the request is for what is held. */
function asked(
  { params }: RuleOf<'sca.dynamicLinking'>,
  held: Source,
  facts: Facts,
): Failure | undefined {
  const { mapping, alternatives = [], released } = params
  if (released !== undefined) {
    const [found] = facts.initiated ?? []
    const failure = notKnown(found)
    if (failure !== undefined || found?.kind !== 'known') return failure
    return differing(params, held, found.payments, released.of === 'basket')
  }
  if (mapping === undefined) return other('nothing shows what the request pays')
  const read = paymentsOfBody(facts, [mapping, ...alternatives])
  return read.ok ? differing(params, held, read.payments) : unreadable(read)
}

function differing(
  { free }: LinkingParams,
  held: Source,
  payments: Source['payments'][number],
  together = false,
): Failure | undefined {
  const fields: ReadonlySet<PaymentField> = new Set(free)
  const failure = compareWith([held], payments, fields, together)
  return failure === undefined ? undefined : other(failure.detail)
}

function other(detail: string): Failure {
  return { code: 'GH_GATEWAY_PAYMENT_SCA_OTHER', detail }
}
