/** Dates and times as RFC 3339 §5.6 writes them; read without `Date.parse`, which takes more than that. */

const DAY_MS = 86_400_000

/** Milliseconds since the epoch of a `date-time`, or of the start of a `full-date` in UTC; `undefined` for any other text. */
export function readInstant(text: string): number | undefined {
  const day = dayNumber(text)
  if (day === undefined) return undefined
  if (text.length === 10) return day * DAY_MS
  const separator = text.charCodeAt(10)
  if (separator !== 84 && separator !== 116) return undefined // T, t
  const time = readTime(text, 11)
  return time === undefined ? undefined : day * DAY_MS + time
}

export function isFullDate(text: string): boolean {
  return text.length === 10 && dayNumber(text) !== undefined
}
export function isDateTime(text: string): boolean {
  return text.length > 10 && readInstant(text) !== undefined
}
/** A `full-time`: with an offset. */
export function isFullTime(text: string): boolean {
  return readTime(text, 0) !== undefined
}

/** Days since the epoch of the date at the start of the text, if that date exists. */
function dayNumber(text: string): number | undefined {
  if (text.length < 10 || text.charCodeAt(4) !== 45 || text.charCodeAt(7) !== 45) return undefined
  const year = digits(text, 0, 4)
  const month = digits(text, 5, 2)
  const day = digits(text, 8, 2)
  if (year < 0 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined
  // Days from civil: years start in March, so that the leap day comes last.
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** Milliseconds since midnight UTC of a `full-time` that fills the text from `at`; may be negative or above a day by its offset. */
function readTime(text: string, at: number): number | undefined {
  if (text.charCodeAt(at + 2) !== 58 || text.charCodeAt(at + 5) !== 58) return undefined
  const hour = digits(text, at, 2)
  const minute = digits(text, at + 3, 2)
  const second = digits(text, at + 6, 2)
  // 60 is a leap second (RFC 3339 §5.7).
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
    return undefined
  let i = at + 8
  let fraction = 0
  if (text.charCodeAt(i) === 46) {
    let weight = 100
    const from = ++i
    for (let digit = digits(text, i, 1); digit >= 0; digit = digits(text, i, 1)) {
      fraction += digit * weight
      weight /= 10
      i++
    }
    if (i === from) return undefined
  }
  const offset = readOffset(text, i)
  if (offset === undefined) return undefined
  return ((hour * 60 + minute - offset) * 60 + second) * 1000 + fraction
}

/** Minutes east of UTC of the offset that fills the text from `at`. */
function readOffset(text: string, at: number): number | undefined {
  const sign = text.charCodeAt(at)
  if ((sign === 90 || sign === 122) && text.length === at + 1) return 0 // Z, z
  if ((sign !== 43 && sign !== 45) || text.length !== at + 6 || text.charCodeAt(at + 3) !== 58)
    return undefined
  const hours = digits(text, at + 1, 2)
  const minutes = digits(text, at + 4, 2)
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return undefined
  return sign === 45 ? -(hours * 60 + minutes) : hours * 60 + minutes
}

/** The number that `count` digits at `at` make, or -1. */
function digits(text: string, at: number, count: number): number {
  if (at + count > text.length) return -1
  let value = 0
  for (let i = at; i < at + count; i++) {
    const code = text.charCodeAt(i)
    if (code < 48 || code > 57) return -1
    value = value * 10 + code - 48
  }
  return value
}
