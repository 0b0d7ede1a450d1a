/**
 * A payment or signing basket that is made now and released where its authorisation ends (NextGenPSD2 1.3 §5): what is to be paid is read,
 * compared with what was authenticated where there is something already, and kept under the id that the bank gives it. It is kept while
 * the rule only observes too, so that whoever enforces tomorrow knows the payments of today.
 */
import type { PaymentField, PaymentMapping, PaymentsRead } from '../../lib/index.ts'
import type { JsonTree } from '../../schema/index.ts'
import { isJson } from '../answer.ts'
import { believedToken, type VerifiedToken } from '../believed-token.ts'
import { bodyTree } from '../body-tree.ts'
import type { BodyFact, Facts, InitiatedFact } from '../facts.ts'
import {
  compareWith,
  MAX_PAYMENT_DEPTH,
  paymentsOfBody,
  sourcesOf,
  unreadable,
} from '../payment-sources.ts'
import type { LinkingParams } from '../plan.ts'
import type { Failure, JudgedRequest, PreparedRule } from '../rule.ts'
import type { InitiateClaim } from '../verdict.ts'

type Made = NonNullable<LinkingParams['made']>

/** How long after it was made something may be released: some wait for the signatures of several people. */
export const RELEASE_WITHIN_SECONDS = 30 * 86_400
/** Payments in one basket; a larger one is refused. */
export const MAX_BASKET = 100

export function linkMadePayment(
  { free, alternatives = [] }: LinkingParams,
  mapping: PaymentMapping,
  made: Made,
): PreparedRule {
  const freeFields: ReadonlySet<PaymentField> = new Set(free)
  // Read for the comparison and again for what is kept: once for each body.
  const known = new WeakMap<BodyFact, PaymentsRead>()
  function read(facts: Facts): PaymentsRead {
    const before = facts.body === undefined ? undefined : known.get(facts.body)
    if (before !== undefined) return before
    const fresh = paymentsOfBody(facts, [mapping, ...alternatives])
    if (facts.body !== undefined) known.set(facts.body, fresh)
    return fresh
  }
  return {
    needs: ['token'],
    judge: somebody,
    late: {
      needs: ['token', 'consent', 'body'],
      judge(facts) {
        const asked = read(facts)
        if (!asked.ok) return unreadable(asked)
        const sources = sourcesOf(facts)
        return 'code' in sources ? sources : compareWith(sources, asked.payments, freeFields)
      },
    },
    notes: true,
    claims(facts, request) {
      const asked = read(facts)
      return asked.ok ? [claim(made, facts, request, { payments: asked.payments })] : []
    },
  }
}

export function linkMadeBasket(made: Made, members: string): PreparedRule {
  return {
    needs: ['token'],
    judge: somebody,
    late: {
      needs: ['token', 'body', 'initiated'],
      initiated: (facts, { match }) => {
        const ids = membersOf(facts, members)
        const token = believedToken(facts)
        return ids === undefined || 'detail' in token
          ? undefined
          : { of: 'payment', scope: [token.clientId, match.api], ids }
      },
      judge(facts) {
        if (membersOf(facts, members) === undefined) return BASKET
        for (const one of facts.initiated ?? []) {
          const failure = notKnown(one)
          if (failure !== undefined) return failure
        }
        return undefined
      },
    },
    notes: true,
    claims(facts, request) {
      const paymentIds = membersOf(facts, members)
      return paymentIds === undefined ? [] : [claim(made, facts, request, { paymentIds })]
    },
  }
}

/** What is made must be somebody's. */
export function somebody(facts: Facts): Failure | undefined {
  const token = believedToken(facts)
  if ('detail' in token) return token
  return token.clientId === '' ? NOBODY : undefined
}

const NOBODY: Failure = {
  code: 'GH_GATEWAY_PAYMENT_UNKNOWN',
  detail: 'the token names no client whose payment it could be',
}

/** `undefined`: it can be released. */
export function notKnown(fact: InitiatedFact | undefined): Failure | undefined {
  switch (fact?.kind) {
    case 'known':
      return undefined
    case 'doubt':
      return {
        code: 'GH_GATEWAY_PAYMENT_CHANGED',
        detail: 'more than one payment came under this id',
      }
    case 'unavailable':
      return {
        code: 'GH_GATEWAY_PAYMENT_UNAVAILABLE',
        detail: 'whether the payment was made here could not be looked up',
      }
    default:
      return {
        code: 'GH_GATEWAY_PAYMENT_UNKNOWN',
        detail: 'the payment was not made here by this client, or too long ago',
      }
  }
}

const BASKET: Failure = {
  code: 'GH_GATEWAY_PAYMENT_UNREADABLE',
  detail: `a basket holds 1 to ${MAX_BASKET} payments, each once, and nothing else`,
}

/** Consents and whatever else is signed with payments is not compared with anything, so a basket that holds it is none. */
function membersOf({ body }: Facts, members: string): readonly string[] | undefined {
  if (body?.kind !== 'text' || !isJson(body.mediaType)) return undefined
  const tree = bodyTree(body, MAX_PAYMENT_DEPTH)
  if (typeof tree === 'string' || tree.kind !== 'object') return undefined
  const list = tree.members.get(members)
  if (list?.kind !== 'array' || list.items.length === 0 || list.items.length > MAX_BASKET)
    return undefined
  for (const [name, other] of tree.members)
    if (name !== members && !(other.kind === 'array' && other.items.length === 0)) return undefined
  const ids = list.items.flatMap((item: JsonTree) =>
    item.kind === 'string' && item.value !== '' ? [item.value] : [],
  )
  return new Set(ids).size === list.items.length ? ids : undefined
}

function claim(
  { of, idIn }: Made,
  facts: Facts,
  { match }: JudgedRequest,
  content: InitiateClaim['content'],
): InitiateClaim {
  const { clientId } = believedToken(facts) as VerifiedToken // sound: `judge` has seen that it is one, and a rule that throws refuses
  return {
    kind: 'initiate',
    of,
    scope: [clientId, match.api],
    resource: resourceOf(match.route, match.parameters),
    idIn,
    content,
    ttlSeconds: RELEASE_WITHIN_SECONDS,
  }
}

/** Where it stands: the route with its values. */
export function resourceOf(route: string, parameters: ReadonlyMap<string, string>): string {
  const names = [...route.matchAll(/\{([^{}]+)\}/g)].map(([, name = '']) => name)
  return JSON.stringify([route, ...names.map((name) => parameters.get(name) ?? '')])
}
