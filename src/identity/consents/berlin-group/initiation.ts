/**
 * What a body of a payment says is paid: read into the form in which it is shown, signed and compared (RFC 9396), in the same words as the mappings
 * `berlin-group` and `berlin-group-bulk` of the gateway. The rest of a body is the bank's.
 */
import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  readAuthorizationDetails,
} from '../../../lib/index.ts'
import type { FaceAnswer } from '../face.ts'
import { anyObject, listOf, type Members, object, objectAt, oneOf, text } from '../shape.ts'
import { ACCOUNT_REFERENCE, accountName } from './account-consents.ts'
import { message } from './answers.ts'

export interface Initiation {
  /** One object of type `payment_initiation`. */
  readonly detail: JsonObject
  /** The payer's account, as `canonicalAccount` writes it. */
  readonly debtor: string
}
/** `today`: the day in UTC, as dates are written. Everywhere in Europe it is that day or the next, so no day that is still to come is taken for a past one. */
export type InitiationReader = (body: JsonObject, today: string) => Initiation | FaceAnswer

/** Lines of one text, references of one payment. */
const MAX_LINES = 10

/** Of every credit transfer. */
export const TRANSFER: Members = {
  instructedAmount: object({
    currency: text(3, /^[A-Z]{3}$/),
    amount: text(18, /^\d{1,14}(?:\.\d{1,3})?$/),
  }),
  creditorAccount: ACCOUNT_REFERENCE,
  creditorName: text(70),
}
export const TRANSFER_OPTIONS: Members = {
  creditorAgent: text(11, /^[A-Z0-9]{8}(?:[A-Z0-9]{3})?$/),
  creditorAddress: anyObject,
  creditorId: text(35),
  endToEndIdentification: text(35),
  instructionIdentification: text(35),
  debtorName: text(70),
  ultimateCreditor: text(70),
  ultimateDebtor: text(70),
  purposeCode: text(35),
  remittanceInformationUnstructured: text(140),
  remittanceInformationUnstructuredArray: listOf(text(140), 1, MAX_LINES),
  remittanceInformationStructured: anyObject,
  remittanceInformationStructuredArray: listOf(anyObject, 1, MAX_LINES),
}
/** Not of periodic payments. */
export const CHARGES: Members = {
  creditorAgentName: text(140),
  chargeBearer: oneOf('DEBT', 'CRED', 'SHAR', 'SLEV'),
}

const COMPARED = [
  'instructedAmount',
  'creditorAccount',
  'creditorName',
  'creditorAgent',
  'debtorAccount',
  'endToEndIdentification',
  'chargeBearer',
] as const

/** One payment of a body, or its only one. Texts that stand in two members are one text, line by line, as gateways read them. */
export function transferIn(body: JsonObject): Readonly<Record<string, JsonValue>> {
  const found: Record<string, JsonValue> = {}
  for (const name of COMPARED) {
    const value = body[name]
    if (value !== undefined) found[name] = value
  }
  const lines = [
    body['remittanceInformationUnstructured'],
    body['remittanceInformationUnstructuredArray'],
  ].filter((value) => value !== undefined)
  const [only] = lines
  if (only !== undefined)
    found['remittanceInformationUnstructured'] = lines.length === 1 ? only : lines.flat()
  for (const name of ['remittanceInformationStructured', 'remittanceInformationStructuredArray']) {
    const value = body[name]
    if (value !== undefined) found[name] = value
  }
  return found
}

/** Or why no gateway could compare it with anything. */
export function initiationOf(
  body: JsonObject,
  members: Readonly<Record<string, JsonValue>>,
): Initiation | FaceAnswer {
  const detail: JsonObject = { type: 'payment_initiation', ...members }
  const read = readAuthorizationDetails([detail])
  const debtor = accountName(objectAt(body, 'debtorAccount'))
  if (read.kind !== 'known' || read.payments.length === 0 || debtor === undefined)
    return message(400, 'FORMAT_ERROR', 'Amount, currency or an account is not sound')
  return { detail, debtor }
}

export const isRefusal = (read: Initiation | FaceAnswer): read is FaceAnswer => 'status' in read

/** §14.11: no day on which the bank could pay. */
export const wrongDay = (path: string, why: string): FaceAnswer =>
  message(400, 'EXECUTION_DATE_INVALID', why, path)

/** Objects of a list that was found to be one. */
export function objectsAt(body: JsonObject, name: string): readonly JsonObject[] {
  const list = body[name]
  return Array.isArray(list) ? (list as readonly JsonValue[]).filter(isJsonObject) : []
}
