/**
 * `/v1/periodic-payments/{payment-product}`: a standing order (`periodicPaymentInitiation_json`). The customer agrees to the series once, and what makes a
 * series is never exempt (RTS (EU) 2018/389 Art. 14(1)); all of its schedule is shown, signed and compared.
 */
import type { JsonValue } from '../../../lib/index.ts'
import { date, listOf, object, oneOf, textAt } from '../shape.ts'
import { ACCOUNT_REFERENCE } from './account-consents.ts'
import { faulty, message } from './answers.ts'
import {
  initiationOf,
  type InitiationReader,
  TRANSFER,
  TRANSFER_OPTIONS,
  transferIn,
  wrongDay,
} from './initiation.ts'

const numbers = (upTo: number): string[] => Array.from({ length: upTo }, (_, at) => `${at + 1}`)

/** All twelve are `Monthly`. */
const MAX_MONTHS = 11

/** `frequencyCode`: EventFrequency7Code of ISO 20022. */
const REQUEST = object(
  {
    ...TRANSFER,
    debtorAccount: ACCOUNT_REFERENCE,
    startDate: date,
    frequency: oneOf(
      'Daily',
      'Weekly',
      'EveryTwoWeeks',
      'Monthly',
      'EveryTwoMonths',
      'Quarterly',
      'SemiAnnual',
      'Annual',
      'MonthlyVariable',
    ),
  },
  {
    ...TRANSFER_OPTIONS,
    endDate: date,
    executionRule: oneOf('following', 'preceding'),
    // 31 is the last day of each month.
    dayOfExecution: oneOf(...numbers(31)),
    monthsOfExecution: listOf(oneOf(...numbers(12)), 1, MAX_MONTHS),
  },
)
const SCHEDULE = [
  'frequency',
  'executionRule',
  'dayOfExecution',
  'monthsOfExecution',
  'endDate',
] as const

export const periodicPayment: InitiationReader = (body, today) => {
  const fault = REQUEST(body, '')
  if (fault !== undefined) return faulty(fault)
  const listed = body['monthsOfExecution']
  // "contained if and only if the frequency equals MonthlyVariable", each of them once.
  if ((listed !== undefined) !== (body['frequency'] === 'MonthlyVariable') || isTwice(listed))
    return message(400, 'FORMAT_ERROR', 'The months do not fit the frequency', 'monthsOfExecution')
  const [first, last] = [textAt(body, 'startDate'), textAt(body, 'endDate')]
  if (first < today) return wrongDay('startDate', 'The day has passed')
  if (last !== '' && last < first) return wrongDay('endDate', 'It ends before it begins')
  const schedule: Record<string, JsonValue> = { requestedExecutionDate: first }
  for (const name of SCHEDULE) {
    const value = body[name]
    if (value !== undefined) schedule[name] = value
  }
  return initiationOf(body, { ...transferIn(body), ...schedule })
}

const isTwice = (list: JsonValue | undefined): boolean =>
  Array.isArray(list) && new Set(list).size < list.length
