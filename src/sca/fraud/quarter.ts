/** Calendar quarters and half-years in the time zone of the bank: where one ends the next begins, to the millisecond, whatever clocks do. */

export interface Period {
  /** `2026Q4`, `2026H2`. */
  readonly name: string
  /** Its first millisecond. */
  readonly from: number
  /** The first one after it. */
  readonly to: number
}

const HALF_SEARCH_MS = 36 * 3_600_000

/** `2026Q4` or `2026H2`; `undefined`: it is neither. */
export function periodOf(name: string, zone: string): Period | undefined {
  const [, year = '', kind = '', part = ''] =
    /^([1-9]\d{3})(?:(Q)([1-4])|(H)([12]))$/.exec(name)?.filter((one) => one !== undefined) ?? []
  if (year === '') return undefined
  const months = kind === 'Q' ? 3 : 6
  const first = (Number(part) - 1) * months
  const dayAt = calendarOf(zone)
  return {
    name,
    from: beginOfMonth(Number(year), first, dayAt),
    to: beginOfMonth(Number(year), first + months, dayAt),
  }
}

/** The quarter in which a moment lies. */
export function quarterAt(at: number, zone: string): Period {
  const day = calendarOf(zone)(at)
  const year = Math.floor(day / 10_000)
  const month = Math.floor(day / 100) % 100
  const found = periodOf(`${year}Q${Math.ceil(month / 3)}`, zone)
  if (found === undefined) throw new RangeError('the moment lies in no year of four digits')
  return found
}

/** Quarters that have ended, the oldest first, from that of `since` on; at most so many of the newest. */
export function endedQuarters(
  since: number,
  now: number,
  zone: string,
  most: number,
): readonly Period[] {
  const found: Period[] = []
  for (let end = quarterAt(now, zone).from; found.length < most;) {
    const quarter = quarterAt(end - 1, zone)
    if (quarter.to <= since) break
    found.unshift(quarter)
    end = quarter.from
  }
  return found
}

/** The first millisecond of which a calendar there says that month or a later one. */
function beginOfMonth(year: number, month: number, dayAt: (at: number) => number): number {
  const noon = new Date(Date.UTC(year, month, 1))
  const wanted = noon.getUTCFullYear() * 10_000 + (noon.getUTCMonth() + 1) * 100 + 1
  let before = noon.getTime() - HALF_SEARCH_MS
  let at = noon.getTime() + HALF_SEARCH_MS
  while (at - before > 1) {
    const middle = Math.floor((before + at) / 2)
    if (dayAt(middle) >= wanted) at = middle
    else before = middle
  }
  return at
}

/** The day of a moment there, as `20261129`. A formatter costs a thousand times what its use does, so one serves a whole search. */
function calendarOf(zone: string): (at: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  })
  return (at) => {
    const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]))
    const [year = 0, month = 0, day = 0] = (['year', 'month', 'day'] as const).map((type) =>
      parts.get(type),
    )
    return year * 10_000 + month * 100 + day
  }
}
