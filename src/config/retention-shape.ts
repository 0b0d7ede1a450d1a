/**
 * How long each kind of data is kept, in days. The lower bounds are what an installation cannot do its work or answer a supervisor
 * without; no clause behind them was read in its own text, so each is ours, and what may ask for more is named as unchecked:
 * PCI DSS 4.0.1 10.5.1 (audit logs for 12 months, 3 of them at hand), GDPR art. 5(1)(e) (no longer than the purpose needs).
 */
import { defaulted, object } from './shape-collections.ts'
import { parsedText, type Shape } from './shape.ts'

/** Each in days. */
export interface RetentionConfig {
  readonly events: number
  readonly index: number
  readonly observations: number
  readonly plans: number
}

interface Bounds {
  readonly min: number
  readonly max: number
}

/** Ten years and three days: longer is an archive, which is not what runs here. */
const MAX_DAYS = 3655

function days({ min, max }: Bounds): Shape<number> {
  return parsedText(
    'a number of days such as 400d',
    (text) => {
      const count = /^(\d{1,5})d$/.exec(text)?.[1]
      const value = Number(count)
      if (count === undefined) return { wrong: 'must be a number of days such as 400d' }
      return value >= min && value <= max ? { value } : { wrong: `must be from ${min}d to ${max}d` }
    },
    { pattern: '^[0-9]{1,5}d$' },
  )
}

const kept = (usual: number, bounds: Bounds, meaning: string) =>
  defaulted(days(bounds), { value: usual, shown: `${usual}d` }, meaning)

export const retentionShape = object('retention', {
  events: kept(
    400,
    { min: 90, max: MAX_DAYS },
    'Decisions in the spool: 90d to 3655d. Less than three months cannot answer for what happened; the usual 400d hold a year and a month (PCI DSS 4.0.1 10.5.1 asks for 12 months; unchecked).',
  ),
  index: kept(
    400,
    { min: 1, max: MAX_DAYS },
    'Days that events can be asked for quickly: 1d to 3655d, never longer than the events. Derived, so nothing is lost with it.',
  ),
  observations: kept(
    400,
    { min: 90, max: MAX_DAYS },
    'What was observed of each control: 90d to 3655d. Posture of an earlier day is unknown.',
  ),
  plans: kept(
    400,
    { min: 90, max: MAX_DAYS },
    'Plans that no event names any more: 90d to 3655d. One that an event names is always kept.',
  ),
})

export const DEFAULT_RETENTION = {
  value: { events: 400, index: 400, observations: 400, plans: 400 },
  shown: { events: '400d', index: '400d', observations: '400d', plans: '400d' },
}
