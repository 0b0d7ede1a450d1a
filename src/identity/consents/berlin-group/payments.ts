/**
 * `/v1/{payment-service}/{payment-product}`: payments in JSON that wait for their customer, single, in bulk and periodic. All three are one resource; what a
 * body of each is, is in a file of its own.
 */
import type { JsonObject } from '../../../lib/index.ts'
import type { ConsentStatus } from '../consent.ts'
import type { FaceAnswer, Operation } from '../face.ts'
import { message, refusal } from './answers.ts'
import { created } from './created.ts'
import { bulkPayment } from './bulk-payment.ts'
import { type InitiationReader, isRefusal } from './initiation.ts'
import { periodicPayment } from './periodic-payment.ts'
import { BERLIN_GROUP, type Parts, type Resource } from './resource.ts'
import { singlePayment } from './single-payment.ts'

const SERVICES: ReadonlyMap<string, InitiationReader> = new Map([
  ['payments', singlePayment],
  ['bulk-payments', bulkPayment],
  ['periodic-payments', periodicPayment],
])
const PRODUCTS: ReadonlySet<string> = new Set([
  'sepa-credit-transfers',
  'instant-sepa-credit-transfers',
  'target-2-payments',
  'cross-border-credit-transfers',
])
const SCOPES = ['payments']

/** `transactionStatus` (ISO 20022) as far as an authorisation decides it. */
const WORDS: Readonly<Record<ConsentStatus, string>> = {
  awaiting: 'RCVD',
  'partly-authorised': 'PATC',
  authorised: 'ACTC',
  rejected: 'RJCT',
  withdrawn: 'CANC',
  cancelled: 'CANC',
  terminated: 'RJCT',
  expired: 'RJCT',
  consumed: 'ACSP',
}

/** What never was, what is another's, and what is of another service or product: the same. §14.11: 403 for a resource in the path. */
const UNKNOWN: FaceAnswer = message(403, 'RESOURCE_UNKNOWN', 'There is no such payment')
const TOO_LATE: FaceAnswer = {
  ...message(405, 'CANCELLATION_INVALID', 'The payment cannot be cancelled any more'),
  headers: { allow: 'GET' },
}
/** Payments in XML are some of these: none is half taken. */
const NO_PRODUCT: Operation = {
  scopes: SCOPES,
  takesBody: false,
  run: () =>
    Promise.resolve(message(404, 'PRODUCT_UNKNOWN', 'There is no such payment product here')),
}

/** `undefined`: there is no such service; an operation: there is, and its product is not. */
export function paymentResources(parts: Parts) {
  return (service: string, product: string): Resource | Operation | undefined => {
    const read = SERVICES.get(service)
    if (read === undefined || product === '') return undefined
    return PRODUCTS.has(product)
      ? paymentResource(parts, `${service}/${product}`, read)
      : NO_PRODUCT
  }
}

function paymentResource(parts: Parts, purpose: string, read: InitiationReader): Resource {
  const { book, now } = parts
  return {
    scopes: SCOPES,
    unknown: UNKNOWN,
    async create(request) {
      const { body, client } = request
      const paid = read(body, new Date(now()).toISOString().slice(0, 10))
      if (isRefusal(paid)) return paid
      const made = await book.create(
        {
          kind: 'payment',
          purpose,
          permissions: [],
          accounts: [],
          namedAccounts: [paid.debtor],
          payments: [paid.detail],
          authorisersNeeded: 1,
          request: body,
        },
        { client, regime: BERLIN_GROUP },
      )
      if (made.kind !== 'made') return refusal('busy')
      const { consent } = made
      const of = { consent, path: `${purpose}/${consent.id}`, unknown: UNKNOWN }
      return created(parts, of, request, {
        transactionStatus: WORDS[consent.status],
        paymentId: consent.id,
      })
    },
    show: (consent): JsonObject => ({
      ...consent.request,
      transactionStatus: WORDS[consent.status],
    }),
    status: (consent): JsonObject => ({ transactionStatus: WORDS[consent.status] }),
    cancelled: (consent) => (consent?.status === 'cancelled' ? { status: 204 } : TOO_LATE),
    // To cancel what was not paid yet needs nobody's authorisation: `DELETE` is all of it.
    cancellations: {
      list: { status: 200, body: { authorisationIds: [] } },
      start: message(409, 'STATUS_INVALID', 'A cancellation needs no authorisation'),
    },
  }
}
