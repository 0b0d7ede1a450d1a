/**
 * `/v1/bulk-payments/{payment-product}`: several payments from one account that the customer authorises together (`bulkPaymentInitiation_json`). Total and
 * payees are what is signed (RTS (EU) 2018/389 Art. 5(3)(b)), each payee with its own amount.
 */
import { date, dateTime, flag, listOf, object, objectAt, text, textAt } from '../shape.ts'
import { ACCOUNT_REFERENCE } from './account-consents.ts'
import { faulty, message } from './answers.ts'
import {
  CHARGES,
  initiationOf,
  type InitiationReader,
  objectsAt,
  TRANSFER,
  TRANSFER_OPTIONS,
  transferIn,
  wrongDay,
} from './initiation.ts'

/** A person is to read all of them before agreeing; so many fit into a body of 64 KB. */
export const MAX_BULK_PAYMENTS = 250

/** Neither the payer's account nor a day of its own. */
const ELEMENT = object(TRANSFER, { ...TRANSFER_OPTIONS, ...CHARGES })
const REQUEST = object(
  { debtorAccount: ACCOUNT_REFERENCE, payments: listOf(ELEMENT, 1, MAX_BULK_PAYMENTS) },
  {
    batchBookingPreferred: flag,
    debtorName: text(70),
    requestedExecutionDate: date,
    requestedExecutionTime: dateTime,
  },
)

export const bulkPayment: InitiationReader = (body, today) => {
  const fault = REQUEST(body, '')
  if (fault !== undefined) return faulty(fault)
  const [day, time] = ['requestedExecutionDate', 'requestedExecutionTime'].map((name) =>
    textAt(body, name),
  )
  if (day !== '' && time !== '')
    return message(400, 'FORMAT_ERROR', 'A day or a time, not both', 'requestedExecutionTime')
  const when = day === '' ? 'requestedExecutionTime' : 'requestedExecutionDate'
  const at = textAt(body, when)
  if (at !== '' && at.slice(0, 10) < today) return wrongDay(when, 'The day has passed')
  const payments = objectsAt(body, 'payments')
  const currencies = payments.map((one) => textAt(objectAt(one, 'instructedAmount'), 'currency'))
  if (new Set(currencies).size > 1)
    return message(400, 'FORMAT_ERROR', 'Payments of one batch have one currency', 'payments')
  return initiationOf(body, {
    debtorAccount: objectAt(body, 'debtorAccount'),
    ...(at === '' ? {} : { [when]: at }),
    payments: payments.map(transferIn),
  })
}
