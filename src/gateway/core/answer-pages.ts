/**
 * Which further pages an answer leads to, so that they are told from accesses of their own (rule `rate.unattended`): what its members `next`
 * and `last` link to, in whatever object of links they stand, and cursors, in members that are called as the parameters that name a page.
 * Only of what the client is given; it cannot make one up.
 */
import { cursorPage, pageOfLink, type QuotaClaim } from '../../decide/index.ts'
import { parseJson } from '../../lib/index.ts'
import type { KeptAnswer } from './reservations.ts'

/** The answer was not seen: every query that names a page may be one of it. */
export const ANY_PAGE = '*'
/** Of one answer; more are accesses of their own. */
export const MAX_OFFERED_PAGES = 8
/** Objects that are looked into, and members of each. Rows are not: a link there leads to something else. */
const MAX_OBJECTS = 64
const MAX_DEPTH = 5
const LEADS_ON: ReadonlySet<string> = new Set(['next', 'last', 'nextpage', 'lastpage'])

export function offeredPages(
  { body }: Pick<KeptAnswer, 'body'>,
  claims: readonly QuotaClaim[],
): readonly string[] {
  if (body === null) return [ANY_PAGE]
  const [first] = claims
  if (first?.durable === undefined) return []
  const { asked, paging, visit } = first.durable
  const cursors = new Set(paging.map(plain))
  const found = new Set<string>()
  for (const [name, value] of textsOf(parsed(body))) {
    if (found.size >= MAX_OFFERED_PAGES) break
    const page = LEADS_ON.has(name)
      ? (pageOfLink(value) ?? undefined)
      : cursors.has(name.replace(/^next/, ''))
        ? cursorPage(visit, value)
        : undefined
    // An answer that leads to itself leads nowhere.
    if (page !== undefined && !asked.includes(page)) found.add(page)
  }
  return [...found]
}

function parsed(body: string | Uint8Array): unknown {
  try {
    return parseJson(typeof body === 'string' ? body : Buffer.from(body).toString())
  } catch {
    return undefined
  }
}

/** Members of objects that are no rows, breadth first: a link is a text, or an object with `href`. */
function* textsOf(value: unknown): Generator<readonly [name: string, text: string]> {
  let level = [value]
  let left = MAX_OBJECTS
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const next: unknown[] = []
    for (const one of level) {
      if (!isObject(one) || left-- <= 0) continue
      for (const [name, member] of Object.entries(one)) {
        if (typeof member === 'string') yield [plain(name), member]
        else if (isObject(member)) {
          if (typeof member['href'] === 'string') yield [plain(name), member['href']]
          next.push(member)
        }
      }
    }
    level = next
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** `pagination-key`, `paginationKey` and `PaginationKey` are one. */
function plain(name: string): string {
  return name.replaceAll(/[-_]/g, '').toLowerCase()
}
