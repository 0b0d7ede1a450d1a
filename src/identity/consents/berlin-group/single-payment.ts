/** `/v1/payments/{payment-product}`: one payment (`paymentInitiation_json`). */
import { date, object, textAt } from '../shape.ts'
import { ACCOUNT_REFERENCE } from './account-consents.ts'
import { faulty } from './answers.ts'
import {
  CHARGES,
  initiationOf,
  type InitiationReader,
  TRANSFER,
  TRANSFER_OPTIONS,
  transferIn,
  wrongDay,
} from './initiation.ts'

const REQUEST = object(
  { ...TRANSFER, debtorAccount: ACCOUNT_REFERENCE },
  { ...TRANSFER_OPTIONS, ...CHARGES, requestedExecutionDate: date },
)

export const singlePayment: InitiationReader = (body, today) => {
  const fault = REQUEST(body, '')
  if (fault !== undefined) return faulty(fault)
  const day = textAt(body, 'requestedExecutionDate')
  if (day !== '' && day < today) return wrongDay('requestedExecutionDate', 'The day has passed')
  return initiationOf(body, {
    ...transferIn(body),
    ...(day === '' ? {} : { requestedExecutionDate: day }),
  })
}
