/** Orders of more than one payment to come: their first amount is the least of them. */
import type { CanonicalPayment } from './order.ts'

const SERIES = [
  'recurringAmount',
  'finalAmount',
  'frequency',
  'lastDate',
  'count',
  'executionDay',
  'countPerPeriod',
  'executionMonths',
] as const

/** Whether it makes a series, such as a standing order (RTS Art. 14(1)). */
export const isSeries = ({ fields }: Pick<CanonicalPayment, 'fields'>): boolean =>
  SERIES.some((field) => fields.has(field))
