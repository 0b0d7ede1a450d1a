/**
 * How far back an answer may reach without a fresh authentication of the customer (RTS 2018/389 Art. 10, 10a: balance and the last 90
 * days). Days are days of UTC: the window begins with the day that lies so many days before the day of the request, and includes it.
 */
import { readInstant } from '../schema/index.ts'
import { believedToken, type VerifiedToken } from './believed-token.ts'
import type { Facts } from './facts.ts'
import type { HistoryParams, ScaParams } from './plan.ts'
import { looseName, type QueryPair } from './query.ts'

/** An authentication that lies further ahead than clocks differ is none. */
const MAX_AHEAD_SECONDS = 60
const DAY_MS = 86_400_000

/** Whether the customer was authenticated within the last `seconds`; a token that does not say when was not. */
export function authenticatedWithin(
  { authenticatedAt }: VerifiedToken,
  now: number,
  seconds: number,
): boolean {
  if (authenticatedAt === undefined) return false
  const age = now / 1000 - authenticatedAt
  return age <= seconds && age >= -MAX_AHEAD_SECONDS
}

/** The first instant that may leave, in milliseconds since the epoch; `undefined`: nothing limits this request. */
export function historyStart({ history }: ScaParams, facts: Facts): number | undefined {
  if (history === undefined) return undefined
  const token = believedToken(facts)
  if (!('detail' in token) && authenticatedWithin(token, facts.now, history.freshSeconds))
    return undefined
  return (Math.floor(facts.now / DAY_MS) - history.days) * DAY_MS
}

/** Whether a date of the request lies before `start`, or is none that can be read. */
export function asksBefore(
  { dates }: HistoryParams,
  start: number,
  query: readonly QueryPair[],
): boolean {
  const names = new Set(dates.map(looseName))
  return query.some(({ name, value }) => {
    if (!names.has(looseName(name))) return false
    const at = instantOf(value)
    return at === undefined || at < start
  })
}

/** A time without a zone, which some regimes write (UK: "the UTC date time"), is one of UTC. */
function instantOf(text: string): number | undefined {
  return readInstant(text) ?? readInstant(`${text}Z`)
}
