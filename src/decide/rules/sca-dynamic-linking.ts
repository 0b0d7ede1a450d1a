/**
 * Control `sca-dynamic-linking` (RTS Art. 5(1)(c)–(d)): what is paid is what the payer authenticated. The payment that the token
 * (`authorization_details`, RFC 9396) or the consent holds is compared with the body of the request that releases it; any difference
 * refuses. That there is something to compare with is judged before the body is read.
 */
import {
  type AuthenticatedPayments,
  comparePayments,
  type ErrorCode,
  type PaymentDifference,
  type PaymentField,
  type PaymentMapping,
  type PaymentsRead,
  readPayments,
} from '../../lib/index.ts'
import { isJson } from '../answer.ts'
import { believedToken } from '../believed-token.ts'
import { bodyValue } from '../body-value.ts'
import type { Facts } from '../facts.ts'
import { feedLimitMs, feedStale } from '../feed-age.ts'
import { type Failure, type RuleKind } from '../rule.ts'
import { ownConsent } from '../selection.ts'

type Source = AuthenticatedPayments & { readonly kind: 'known' }

export const rule: RuleKind<'sca.dynamicLinking'> = {
  name: 'sca.dynamicLinking',
  fits(_rule, { requestBody, id }) {
    if (requestBody === undefined) throw new TypeError(`sca.dynamicLinking: ${id} takes no body`)
  },
  prepare({ params: { mapping, free } }, context) {
    const limitMs = feedLimitMs(context)
    const freeFields = new Set(free)
    return {
      needs: ['token', 'consent'],
      judge(facts) {
        const token = believedToken(facts)
        if ('detail' in token) return token
        const sources = sourcesOf(facts)
        if ('code' in sources) return sources
        // What a token says is as old as the token; what a consent says is as old as the feed.
        return feedStale(facts, limitMs)
      },
      late: {
        needs: ['token', 'consent', 'body'],
        judge(facts) {
          const sources = sourcesOf(facts)
          if ('code' in sources) return sources
          const asked = readBody(facts, mapping)
          if (!asked.ok)
            return {
              code: 'GH_GATEWAY_PAYMENT_UNREADABLE',
              detail: `${asked.fault.field} of the request: ${asked.fault.reason}`,
            }
          for (const source of sources) {
            const differences = nearest(source, asked.payments, freeFields)
            if (differences.length > 0) return refuse(differences)
          }
          return undefined
        },
      },
    }
  },
}

/** Those of token and consent that hold payments; where both do, the request must be as both say. */
function sourcesOf(facts: Facts): readonly Source[] | Failure {
  const token = facts.token?.kind === 'verified' ? facts.token.payments : undefined
  const found: Source[] = []
  for (const source of [token, ownConsent(facts)?.payments]) {
    if (source === undefined) continue
    if (source.kind === 'unreadable') return UNREADABLE
    if (source.payments.length > 0) found.push(source)
  }
  return found.length === 0 ? NOTHING : found
}

const NOTHING: Failure = {
  code: 'GH_GATEWAY_PAYMENT_UNAUTHENTICATED',
  detail: 'neither token nor consent holds a payment',
}
const UNREADABLE: Failure = {
  code: 'GH_GATEWAY_PAYMENT_UNAUTHENTICATED',
  detail: 'the payment that token or consent holds cannot be read',
}

/** Levels of a body that are read; the body itself is judged by `request.validation`. */
const MAX_DEPTH = 64

function readBody({ body }: Facts, mapping: PaymentMapping): PaymentsRead {
  const value =
    body?.kind === 'text' && isJson(body.mediaType) ? bodyValue(body, MAX_DEPTH) : undefined
  return value === undefined
    ? { ok: false, fault: { field: 'amount', reason: 'unreadable' } }
    : readPayments(value, mapping)
}

/** Of several authenticated payments the request may be for any: the differences from the one that it is most like. */
function nearest(
  { payments }: Source,
  asked: Parameters<typeof comparePayments>[1],
  free: ReadonlySet<PaymentField>,
): readonly PaymentDifference[] {
  let best: readonly PaymentDifference[] | undefined
  for (const payment of payments) {
    const found = comparePayments(payment, asked, free)
    if (best === undefined || found.length < best.length) best = found
  }
  return best ?? [{ field: 'amount', kind: 'added' }]
}

const CODES: Readonly<Record<PaymentField, ErrorCode>> = {
  amount: 'GH_GATEWAY_PAYMENT_AMOUNT',
  currency: 'GH_GATEWAY_PAYMENT_CURRENCY',
  creditorAccount: 'GH_GATEWAY_PAYMENT_PAYEE',
  creditorName: 'GH_GATEWAY_PAYMENT_PAYEE_NAME',
  creditorAgent: 'GH_GATEWAY_PAYMENT_PAYEE',
  debtorAccount: 'GH_GATEWAY_PAYMENT_DEBTOR',
  remittance: 'GH_GATEWAY_PAYMENT_REMITTANCE',
  reference: 'GH_GATEWAY_PAYMENT_REFERENCE',
  endToEndId: 'GH_GATEWAY_PAYMENT_REFERENCE',
  executionDate: 'GH_GATEWAY_PAYMENT_SCHEDULE',
  recurringAmount: 'GH_GATEWAY_PAYMENT_SCHEDULE',
  finalAmount: 'GH_GATEWAY_PAYMENT_SCHEDULE',
  frequency: 'GH_GATEWAY_PAYMENT_SCHEDULE',
}

/** The code is of the first difference; the event names them all, and no value. */
function refuse(differences: readonly PaymentDifference[]): Failure {
  const [first] = differences
  return {
    code: CODES[first?.field ?? 'amount'],
    detail: differences.map(({ field, kind }) => `${field} ${WORDS[kind]}`).join(', '),
  }
}
const WORDS: Readonly<Record<PaymentDifference['kind'], string>> = {
  changed: 'is not what was authenticated',
  added: 'was not authenticated',
  missing: 'was authenticated and is missing',
}
