/** The query as judged pairs. Order and repetition are kept; the forward query is rebuilt from the pairs, never copied. */
import { decodePercent, encodeData, hasControl, isQueryCode } from './percent.ts'

export interface QueryPair {
  readonly name: string
  readonly value: string
}

/** Pairs a query may hold; the 257th is refused. */
export const MAX_QUERY_PAIRS = 256

export const NO_QUERY: readonly QueryPair[] = []

/**
 * Judges a raw query (without `?`), or says what is wrong with it. `+` is a space, as in HTML forms: nearly every server reads it so,
 * and what we send on says `%20`, which all of them read alike. Escaped `/`, `\` and `%` are data here; controls never are.
 */
export function judgeQuery(raw: string): readonly QueryPair[] | string {
  if (raw === '') return NO_QUERY
  let escaped = false
  for (let at = 0; at < raw.length; at++) {
    const code = raw.charCodeAt(at)
    if (!isQueryCode(code)) return 'a character that may not stand in a query'
    if (code === PERCENT || code === PLUS) escaped = true
  }
  const pairs: QueryPair[] = []
  for (let from = 0; from <= raw.length;) {
    const found = raw.indexOf('&', from)
    const end = found === -1 ? raw.length : found
    if (end > from) {
      if (pairs.length === MAX_QUERY_PAIRS) return 'too many query parameters'
      const sign = raw.indexOf('=', from)
      const split = sign === -1 || sign > end ? end : sign
      const name = read(raw.slice(from, split), escaped)
      const value = split === end ? '' : read(raw.slice(split + 1, end), escaped)
      if (name === undefined || value === undefined) return 'a malformed escape in the query'
      if (name === '') return 'a query parameter without a name'
      pairs.push({ name, value })
    }
    from = end + 1
  }
  return pairs
}

/** The canonical query: every name and value escaped in the one spelling of `encodeData`; `''` for no pairs. */
export function writeQuery(
  pairs: readonly QueryPair[],
  keeps: ((name: string) => boolean) | undefined,
): string {
  let text = ''
  for (const pair of pairs) {
    if (keeps !== undefined && !keeps(pair.name)) continue
    text += `${text === '' ? '' : '&'}${encodeData(pair.name)}=${encodeData(pair.value)}`
  }
  return text
}

/**
 * The name as a lenient bank framework may read it: case-blind, and `name[]`, `name[0]` as `name`. For refusals only: two spellings
 * of one name must not slip past a check that the bank's parser would not make.
 */
export function looseName(name: string): string {
  const bracket = name.indexOf('[')
  return (bracket > 0 ? name.slice(0, bracket) : name).trim().toLowerCase()
}

const PERCENT = 0x25
const PLUS = 0x2b

function read(written: string, escaped: boolean): string | undefined {
  if (!escaped) return written
  const text = decodePercent(written.replaceAll('+', ' '))
  return text === undefined || hasControl(text) ? undefined : text
}
