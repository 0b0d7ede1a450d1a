/**
 * Formats of OpenAPI 3.0.3 (Data Types) and the JSON Schema drafts it names. A format that is not here asserts nothing: `format` is
 * an open vocabulary. Every check is linear in the text.
 */
import { type Decimal, compareDecimals, readDecimal } from './decimal.ts'
import { isDateTime, isFullDate, isFullTime } from './instant.ts'

const STRING_FORMATS: ReadonlyMap<string, (text: string) => boolean> = new Map([
  ['date', isFullDate],
  ['date-time', isDateTime],
  ['time', isFullTime],
  ['uuid', (text) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)],
  ['email', (text) => text.length <= 320 && /^[^\s@]+@[^\s@]+$/.test(text)],
  ['uri', isUri],
  ['hostname', isHostname],
  ['ipv4', isIpv4],
  ['ipv6', isIpv6],
  // RFC 4648 §4, padded.
  ['byte', (text) => text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)],
])

/** The check of a string format, or `undefined` if it asserts nothing. */
export function stringFormat(name: string): ((text: string) => boolean) | undefined {
  return STRING_FORMATS.get(name)
}

const NUMBER_RANGES: ReadonlyMap<string, readonly [low: string, high: string]> = new Map([
  ['int32', ['-2147483648', '2147483647']],
  ['int64', ['-9223372036854775808', '9223372036854775807']],
  ['float', ['-3.4028234663852886e38', '3.4028234663852886e38']],
  ['double', ['-1.7976931348623157e308', '1.7976931348623157e308']],
])

/** Whether a number lies in the range its format can hold. */
export function numberFormat(name: string): ((value: Decimal) => boolean) | undefined {
  const range = NUMBER_RANGES.get(name)
  const low = readDecimal(range?.[0] ?? '')
  const high = readDecimal(range?.[1] ?? '')
  if (low === undefined || high === undefined) return undefined
  return (value) => compareDecimals(low, value) <= 0 && compareDecimals(value, high) <= 0
}

/** A URI with a scheme (RFC 3986 §3): the characters it may hold, and percent signs only before two hexadecimal digits. */
function isUri(text: string): boolean {
  return (
    /^[A-Za-z][A-Za-z0-9+.-]*:[\w\-.~:/?#[\]@!$&'()*+,;=%]*$/.test(text) &&
    !/%(?![0-9A-Fa-f]{2})/.test(text)
  )
}

function isHostname(text: string): boolean {
  return (
    text.length <= 253 &&
    text.split('.').every((label) => /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/.test(label))
  )
}

function isIpv4(text: string): boolean {
  const parts = text.split('.')
  return parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && +part < 256)
}

/** RFC 4291 §2.2: eight groups, one run of zeros may be `::`, the last two groups may be an IPv4 address. */
function isIpv6(text: string): boolean {
  if (text.length > 45) return false
  const halves = text.split('::')
  if (halves.length > 2) return false
  const groups = halves.map((half) => (half === '' ? [] : half.split(':')))
  const all = groups.flat()
  const last = all.at(-1)
  const embedded = last !== undefined && text.endsWith(last) && last.includes('.')
  if (embedded && !isIpv4(last)) return false
  const plain = embedded ? all.slice(0, -1) : all
  if (!plain.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return false
  const count = plain.length + (embedded ? 2 : 0)
  return halves.length === 2 ? count < 8 : count === 8
}
