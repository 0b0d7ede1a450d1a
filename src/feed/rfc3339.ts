/** Date and time as RFC 3339 §5.6 writes them, with an offset; the leap second is refused, for nothing here can say when it is. */
const DATE_TIME =
  /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d\d):(\d\d))$/

/** Milliseconds since the epoch, finer parts cut off; `undefined` when the text is no such time, as 30 February is not. */
export function parseTime(text: string): number | undefined {
  const match = DATE_TIME.exec(text)
  if (match === null) return undefined
  const part = (index: number): number => Number(match[index] ?? 0)
  const [year, month, day, hour, minute, second] = [1, 2, 3, 4, 5, 6].map(part)
  if (hour === undefined || hour > 23 || part(5) > 59 || part(6) > 59) return undefined
  if (part(9) > 23 || part(10) > 59) return undefined
  const date = new Date(0)
  date.setUTCFullYear(year ?? 0, (month ?? 0) - 1, day) // Date.UTC takes years below 100 for 19xx
  if (date.getUTCMonth() !== (month ?? 0) - 1 || date.getUTCDate() !== day) return undefined
  date.setUTCHours(hour, minute, second, Number((match[7] ?? '').padEnd(3, '0').slice(0, 3)))
  const offsetMinutes = (match[8] === '-' ? -1 : 1) * (part(9) * 60 + part(10))
  return date.getTime() - offsetMinutes * 60_000
}
