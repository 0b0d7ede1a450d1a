/**
 * A further page of an answer, as that answer leads to it: by a link, whose whole query is then asked for, or by a cursor, which is then
 * the value of a parameter that names a page. Two spellings of one query are one.
 */
import { judgeQuery, type QueryPair } from './query.ts'

export function linkedPage(query: readonly QueryPair[]): string {
  const pairs = query.map(({ name, value }) => JSON.stringify([name, value])).sort()
  return `link ${pairs.join()}`
}

/** `visit`: what is asked for besides. */
export function cursorPage(visit: string, cursor: string): string {
  return `cursor ${JSON.stringify(cursor)} ${visit}`
}

/** Of a link as an answer holds it; `undefined`: it has no query, or none that anybody could ask for. */
export function pageOfLink(link: string): string | undefined {
  const [, query = ''] = /^[^?#]*\?([^#]*)/.exec(link) ?? []
  const pairs = judgeQuery(query)
  return typeof pairs === 'string' || pairs.length === 0 ? undefined : linkedPage(pairs)
}
