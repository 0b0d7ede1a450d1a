/** Who agreed to something, and when: to the objectives of an API, or to what a rule of a lower level loosens. */
import type { JsonObject } from '../lib/index.ts'
import type { Check, Spot } from './check.ts'
import { parsedText, text } from './shape.ts'
import { object, required } from './shape-collections.ts'

/** A day of the calendar; `2026-02-30` is none. */
const date = parsedText(
  'a date in quotes or not, such as 2026-10-31',
  (value) => {
    const day = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(value)
      ? new Date(`${value}T00:00:00Z`)
      : undefined
    const real =
      day !== undefined && !Number.isNaN(day.getTime()) && day.toISOString().startsWith(value)
    return real ? { value } : { wrong: 'must be a date such as 2026-10-31' }
  },
  { format: 'date' },
)

export const approval = object('an approval', {
  by: required(text, 'Who approved.', 'Dana Okafor, CISO'),
  on: required(date, 'Day of the approval.', '2026-10-31'),
})

export interface ApprovalRead {
  readonly by: string
  readonly on: string
}

export function approvalRead(spot: Spot, check: Check): ApprovalRead | undefined {
  return approval.read(spot, check)
}

export const APPROVAL_SCHEMA: JsonObject = {
  description: 'The second person who agreed to what the rule loosens; not the owner of the API.',
  type: 'object',
  additionalProperties: false,
  required: ['by', 'on'],
  properties: {
    by: { description: 'Who approved.', type: 'string', minLength: 1 },
    on: { description: 'Day of the approval.', type: 'string', format: 'date' },
  },
}
