/** `/v1/payments/{payment-product}`: single payments in JSON that wait for their customer. */
import { type JsonObject, type JsonValue, readAuthorizationDetails } from '../../../lib/index.ts'
import type { ConsentStatus } from '../consent.ts'
import { anyObject, date, listOf, object, objectAt, text } from '../shape.ts'
import { ACCOUNT_REFERENCE, accountName } from './account-consents.ts'
import { faulty, message, refusal } from './answers.ts'
import { authorisations } from './authorisations.ts'
import { BERLIN_GROUP, type Parts, type Resource } from './resource.ts'

const PRODUCTS: ReadonlySet<string> = new Set([
  'sepa-credit-transfers',
  'instant-sepa-credit-transfers',
  'target-2-payments',
  'cross-border-credit-transfers',
])
const SCOPES = ['payments']
const REQUEST = object(
  {
    instructedAmount: object({
      currency: text(3, /^[A-Z]{3}$/),
      amount: text(18, /^\d{1,14}(?:\.\d{1,3})?$/),
    }),
    debtorAccount: ACCOUNT_REFERENCE,
    creditorAccount: ACCOUNT_REFERENCE,
    creditorName: text(70),
  },
  {
    creditorAgent: text(11, /^[A-Z0-9]{8}(?:[A-Z0-9]{3})?$/),
    creditorAgentName: text(140),
    creditorAddress: anyObject,
    endToEndIdentification: text(35),
    instructionIdentification: text(35),
    debtorName: text(70),
    ultimateCreditor: text(70),
    ultimateDebtor: text(70),
    purposeCode: text(35),
    chargeBearer: text(4),
    remittanceInformationUnstructured: text(140),
    remittanceInformationUnstructuredArray: listOf(text(140), 1, 10),
    remittanceInformationStructured: anyObject,
    requestedExecutionDate: date,
  },
)
/** What the customer is shown and the gateway compares; the rest is the bank's. */
const COMPARED = [
  'instructedAmount',
  'creditorAccount',
  'creditorName',
  'creditorAgent',
  'debtorAccount',
  'endToEndIdentification',
  'remittanceInformationUnstructured',
  'remittanceInformationStructured',
  'requestedExecutionDate',
] as const

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

export function paymentResources(parts: Parts) {
  const { book } = parts
  return (service: string, product: string): Resource | undefined => {
    if (service !== 'payments' || !PRODUCTS.has(product)) return undefined
    const purpose = `${service}/${product}`
    return {
      scopes: SCOPES,
      async create(request) {
        const { body, client } = request
        const fault = REQUEST(body, '')
        if (fault !== undefined) return faulty(fault)
        const detail: Record<string, JsonValue> = { type: 'payment_initiation' }
        for (const name of COMPARED) {
          const value = body[name]
          if (value !== undefined) detail[name] = value
        }
        const lines = body['remittanceInformationUnstructuredArray']
        if (lines !== undefined) detail['remittanceInformationUnstructured'] ??= lines
        const read = readAuthorizationDetails([detail])
        const named = accountName(objectAt(body, 'debtorAccount'))
        if (read.kind !== 'known' || read.payments.length === 0 || named === undefined)
          return message(400, 'FORMAT_ERROR', 'Amount, currency or an account is not sound')
        const made = await book.create(
          {
            kind: 'payment',
            purpose,
            permissions: [],
            accounts: [],
            namedAccounts: [named],
            payments: [detail],
            authorisersNeeded: 1,
            request: body,
          },
          { client, regime: BERLIN_GROUP },
        )
        if (made.kind !== 'made') return refusal('busy')
        const { consent } = made
        const approach = parts.approach(request)
        const path = `${purpose}/${consent.id}`
        const begun = await authorisations(parts, () => path).begun(consent, request)
        return {
          status: 201,
          headers: { location: `${parts.origin}/v1/${path}`, 'aspsp-sca-approach': approach },
          body: {
            transactionStatus: WORDS[consent.status],
            paymentId: consent.id,
            ...begun,
            _links: {
              ...objectAt(begun, '_links'),
              self: parts.link(path),
              status: parts.link(`${path}/status`),
            },
          },
        }
      },
      show: (consent): JsonObject => ({
        ...consent.request,
        transactionStatus: WORDS[consent.status],
      }),
      status: (consent): JsonObject => ({ transactionStatus: WORDS[consent.status] }),
    }
  }
}
