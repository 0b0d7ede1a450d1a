/**
 * Units over counted accesses. Each is one transaction, and all that one decision asks for is taken or none of it: of requests at once
 * exactly as many are let through as the limit says. The window is exact: every access of it is a row.
 */
import { queryBuilder } from '../query-builder.ts'
import { defineUnit, type Unit } from '../unit.ts'
import type { QuotaTables } from './tables.ts'

const db = queryBuilder<QuotaTables>()
type Steps<R> = ReturnType<Unit<unknown, R>>

/** How long after an access its further pages belong to it. */
export const PAGES_WITHIN_MS = 900_000
/** Different pages of one access; more count as another. */
export const MAX_PAGES = 500

export interface QuotaAsked {
  readonly decision: string
  readonly owner: string
  /** Milliseconds since the epoch. */
  readonly at: number
  /** What others hold since this time or longer is nobody's any more: its answer never left. */
  readonly abandonedBefore: number
  readonly uses: readonly {
    readonly id: string
    readonly limit: number
    readonly windowMs: number
    /** As what an earlier answer may have offered this page; empty: it is none. */
    readonly asked: readonly string[]
    /** The query names a page. */
    readonly paged: boolean
  }[]
}

export type QuotaOutcome =
  | { readonly kind: 'taken'; readonly left: readonly QuotaLeft[] }
  /** Nothing was taken; `at` is the index of what is spent. */
  | ({ readonly kind: 'spent'; readonly at: number } & QuotaLeft)

export interface QuotaLeft {
  readonly remaining: number
  /** When an access comes back, in milliseconds since the epoch; `null`: all are there. */
  readonly backAt: number | null
}

/** Takes one access of each key, or a further page of one that was taken. */
export function* takeQuotasUnit(asked: QuotaAsked): Steps<QuotaOutcome> {
  const { at, decision, owner, uses } = asked
  const left: QuotaLeft[] = []
  const fresh: QuotaTables['quota_use'][] = []
  for (const [index, use] of uses.entries()) {
    const counted = yield* countedUses(asked, use.id, use.windowMs)
    const page = yield* furtherPage(counted, use, at)
    if (page === '' && counted.length >= use.limit) {
      const backAt = (counted[counted.length - use.limit]?.at ?? at) + use.windowMs
      return { kind: 'spent', at: index, remaining: 0, backAt }
    }
    const { id, windowMs, limit } = use
    fresh.push({
      id,
      decision,
      owner,
      at,
      page,
      offers: '',
      state: 'held',
      expires_at: at + windowMs,
    })
    const first = counted[Math.max(0, counted.length - limit)]
    left.push({
      remaining: Math.max(0, limit - counted.length - (page === '' ? 1 : 0)),
      backAt: first === undefined ? (page === '' ? at + windowMs : null) : first.at + windowMs,
    })
  }
  for (const row of fresh) yield db().insertInto('quota_use').values(row).compile()
  return { kind: 'taken', left }
}

/** Oldest first. */
function* countedUses(
  { at, owner, abandonedBefore }: QuotaAsked,
  id: string,
  windowMs: number,
): Steps<readonly { readonly at: number }[]> {
  const rows = yield db()
    .selectFrom('quota_use')
    .select(['at', 'state', 'owner'])
    .where('id', '=', id)
    .where('page', '=', '')
    .where('at', '>', at - windowMs)
    .orderBy('at')
    .compile()
  return rows
    .filter(
      (row) =>
        row['state'] === 'kept' || row['owner'] === owner || Number(row['at']) > abandonedBefore,
    )
    .map((row) => ({ at: Number(row['at']) }))
}

/** The page, where an answer of a moment ago led to it and it was not asked for before; `''`: it is an access of its own. */
function* furtherPage(
  counted: readonly { readonly at: number }[],
  { id, asked, paged }: QuotaAsked['uses'][number],
  at: number,
): Steps<string> {
  const first = counted.find((use) => use.at > at - PAGES_WITHIN_MS)
  const [page] = asked
  if (first === undefined || page === undefined) return ''
  const rows = yield db()
    .selectFrom('quota_use')
    .select(['page', 'offers'])
    .where('id', '=', id)
    .where('at', '>=', first.at)
    .limit(MAX_PAGES + counted.length)
    .compile()
  const pages = rows.filter((row) => row['page'] !== '')
  if (pages.length >= MAX_PAGES || pages.some((row) => row['page'] === page)) return ''
  const offered = rows.some((row) => {
    const offers = String(row['offers']).split(' ')
    return asked.some((one) => offers.includes(one)) || (paged && offers.includes('*'))
  })
  return offered ? page : ''
}

/** `offers`: the answer is about to leave, and leads to these pages. `null`: what was taken is given back, there was none. */
export function* settleQuotasUnit({
  decision,
  offers,
}: {
  readonly decision: string
  readonly offers: readonly string[] | null
}): Steps<null> {
  yield offers !== null
    ? db()
        .updateTable('quota_use')
        .set({ state: 'kept', offers: offers.join(' ') })
        .where('decision', '=', decision)
        .where('state', '=', 'held')
        .compile()
    : db()
        .deleteFrom('quota_use')
        .where('decision', '=', decision)
        .where('state', '=', 'held')
        .compile()
  return null
}

/** Accesses whose window ended; gives how many went, fewer than `limit` when no more are left. */
export function* forgetQuotasUnit({
  now,
  limit,
}: {
  readonly now: number
  readonly limit: number
}): Steps<number> {
  const old = yield db()
    .selectFrom('quota_use')
    .select(['id', 'decision'])
    .where('expires_at', '<=', now)
    .limit(limit)
    .compile()
  for (const row of old)
    yield db()
      .deleteFrom('quota_use')
      .where('id', '=', String(row['id']))
      .where('decision', '=', String(row['decision']))
      .compile()
  return old.length
}

/** The secret of the hashes, the same for every gateway of this store: the first one who asks brings it. */
export function* quotaSecretUnit({ fresh }: { readonly fresh: Uint8Array }): Steps<Uint8Array> {
  const [known] = yield db()
    .selectFrom('quota_secret')
    .select('secret')
    .where('id', '=', 1)
    .compile()
  const secret = known?.['secret']
  if (secret instanceof Uint8Array) return secret
  yield db().insertInto('quota_secret').values({ id: 1, secret: fresh }).compile()
  return fresh
}

export const takeQuotas = defineUnit(import.meta.url, 'takeQuotasUnit', takeQuotasUnit)
export const settleQuotas = defineUnit(import.meta.url, 'settleQuotasUnit', settleQuotasUnit)
export const forgetQuotas = defineUnit(import.meta.url, 'forgetQuotasUnit', forgetQuotasUnit)
export const quotaSecret = defineUnit(import.meta.url, 'quotaSecretUnit', quotaSecretUnit)
