/**
 * A file of euro reference rates in the form in which the European Central Bank publishes them: `eurofxref-hist.csv` (`2026-11-27`) and
 * `eurofxref.csv` (`27 November 2026`). The first line names the currencies, each other one is a day: what one euro was worth. `N/A`: not
 * published. A comma at the end of a line says nothing. One mistake makes none of it count, and no mistake quotes the file. Of days that are too
 * old to be kept only the day is read: the whole history would hold up whoever reads it.
 */
import { type Diagnostic, type Result } from '../../lib/index.ts'
import { BASE, type RateDay, type ReferenceRates, referenceRates } from './reference-rates.ts'

/** Since 1999 the whole file came to 2.2 MB. */
export const MAX_RATES_BYTES = 16_777_216
/** Mistakes that are told at once; who mends them sees the rest. */
export const MAX_TOLD = 10
/** There are fewer than 200 codes of currencies (ISO 4217). */
export const MAX_CURRENCIES = 200
/** A day has come once it has begun somewhere: clocks are up to 14 hours ahead of UTC. It counts from its beginning in UTC. */
export const AHEAD_MS = 14 * 3_600_000
/** With its digits and its point. Two of them are a rate that the ledger takes. */
export const MAX_VALUE_CHARS = 18

/** Of the newest days that are kept: a year of working days, while nobody asks for a rate that is older than the quarter before this one. */
export const MAX_DAYS = 260

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]
const VALUE = /^(?:0|[1-9][0-9]*)(?:\.[0-9]+)?$/
const NOTHING = 'N/A'

type Tell = (at: { line: number; column: number }, message: string, mend: string) => void

/** `now`: days that have not come yet are a mistake. */
export function readRates(
  text: string,
  file: string,
  now: number,
): Result<ReferenceRates, readonly Diagnostic[]> {
  const mistakes: Diagnostic[] = []
  const tell: Tell = (at, message, mend) => {
    if (mistakes.length < MAX_TOLD)
      mistakes.push({ code: 'GH_SCA_RATES', message, mend, place: { file, ...at } })
  }
  const [first = '', ...rest] = text.replace(/^\uFEFF/, '').split('\n')
  const currencies = readHeader(cellsOf(first), tell)
  const lines = mistakes.length > 0 ? [] : daysOf(rest, now, tell)
  const newest = lines.toSorted((a, b) => a.at - b.at).slice(-MAX_DAYS)
  const days = newest.flatMap(({ at, text: written, line }) => {
    const worth = readWorth(cellsOf(written).slice(1), line, { currencies, tell })
    return worth === undefined ? [] : [{ at, worth }]
  })
  if (mistakes.length === 0 && days.length === 0)
    tell({ line: 1, column: 1 }, 'There is no day in the file.', WHOLE)
  return mistakes.length > 0
    ? { ok: false, error: mistakes.toSorted((a, b) => order(a) - order(b)) }
    : { ok: true, value: referenceRates(days) }
}

const order = ({ place }: Diagnostic): number => place.line * MAX_RATES_BYTES + place.column

const WHOLE =
  'Put the whole eurofxref-hist.csv or eurofxref.csv there; the European Central Bank has them zipped.'

interface Cell {
  readonly text: string
  /** Where it begins, counted from 1. */
  readonly column: number
}

function cellsOf(line: string): readonly Cell[] {
  let column = 1
  const cells = line.split(',').map((raw) => {
    const cell = { text: raw.trim(), column: column + raw.length - raw.trimStart().length }
    column += raw.length + 1
    return cell
  })
  return cells.length > 1 && cells.at(-1)?.text === '' ? cells.slice(0, -1) : cells
}

function readHeader([date, ...cells]: readonly Cell[], tell: Tell): readonly string[] {
  if (date?.text !== 'Date' || cells.length === 0)
    tell({ line: 1, column: 1 }, 'The first line is not "Date" and the codes of currencies.', WHOLE)
  if (cells.length > MAX_CURRENCIES)
    tell({ line: 1, column: 1 }, `There are more than ${MAX_CURRENCIES} currencies.`, WHOLE)
  const seen = new Set<string>([BASE])
  for (const { text, column } of cells.slice(0, MAX_CURRENCIES)) {
    if (!/^[A-Z]{3}$/.test(text))
      tell({ line: 1, column }, 'A column has no code of a currency (ISO 4217).', 'Write it: USD.')
    else if (seen.has(text))
      tell({ line: 1, column }, `${text} is there twice, or is the euro itself.`, 'Take it out.')
    seen.add(text)
  }
  return cells.map(({ text }) => text)
}

/** Of each line its day alone: there are thousands of them, and only the newest count. */
function daysOf(
  lines: readonly string[],
  now: number,
  tell: Tell,
): readonly { readonly at: number; readonly line: number; readonly text: string }[] {
  const seen = new Set<number>()
  return lines.flatMap((text, index) => {
    if (text.trim() === '') return []
    const [date = ''] = text.split(',', 1)
    const line = index + 2
    const begins = { line, column: 1 + date.length - date.trimStart().length }
    const at = dayOf(date.trim())
    if (at === undefined) {
      tell(begins, 'The line begins with no day.', 'Write it as 2026-11-27 or 27 November 2026.')
      return []
    }
    if (at - AHEAD_MS > now)
      tell(begins, 'The day has not come yet.', 'Take it out, or set the clock of this machine.')
    if (seen.has(at)) tell(begins, 'The day is in the file twice.', 'Keep one of them.')
    seen.add(at)
    return [{ at, line, text }]
  })
}

function readWorth(
  cells: readonly Cell[],
  line: number,
  { currencies, tell }: { readonly currencies: readonly string[]; readonly tell: Tell },
): RateDay['worth'] | undefined {
  if (cells.length !== currencies.length) {
    const message = `The line has ${cells.length} values, and the first line ${currencies.length} currencies.`
    tell({ line, column: 1 }, message, 'Write N/A where there is no value.')
    return undefined
  }
  const worth = new Map<string, string>()
  for (const [index, { text, column }] of cells.entries()) {
    const currency = currencies[index] ?? ''
    if (text === NOTHING) continue
    if (text.length > MAX_VALUE_CHARS || !VALUE.test(text) || !/[1-9]/.test(text))
      tell(
        { line, column },
        `What a euro was worth in ${currency} is no decimal above zero of ${MAX_VALUE_CHARS} characters at the most.`,
        `Write it as 1.1732, or ${NOTHING}.`,
      )
    worth.set(currency, text)
  }
  return worth
}

/** Its first millisecond, in UTC. */
function dayOf(text: string): number | undefined {
  const [, y = '', m = '', d = ''] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? []
  const [, day = d, name = '', year = y] = /^(\d{1,2}) ([A-Z][a-z]+) (\d{4})$/.exec(text) ?? []
  const month = name === '' ? Number(m) - 1 : MONTHS.indexOf(name)
  const at = Date.UTC(Number(year), month, Number(day))
  const found = new Date(at)
  return year !== '' &&
    month >= 0 &&
    found.getUTCFullYear() === Number(year) &&
    found.getUTCMonth() === month &&
    found.getUTCDate() === Number(day)
    ? at
    : undefined
}
