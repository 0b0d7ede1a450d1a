/** A time in a policy test. */
import { parsedText } from '../shape.ts'

/** Milliseconds since the epoch. */
export const instant = parsedText(
  'a time such as 2026-11-28T12:00:00Z',
  (value) => {
    const at = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/.test(value)
      ? Date.parse(value)
      : Number.NaN
    return Number.isNaN(at)
      ? { wrong: 'must be a time with its zone, such as 2026-11-28T12:00:00Z' }
      : { value: at }
  },
  { format: 'date-time' },
)
