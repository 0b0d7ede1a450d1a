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
    readonly visit: string
    /** `''`: no further page. */
    readonly page: string
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

interface Use {
  readonly at: number
  readonly visit: string
}

/** Takes one access of each key, or a further page of one that was taken. */
export function* takeQuotasUnit(asked: QuotaAsked): Steps<QuotaOutcome> {
  const { at, decision, owner, uses } = asked
  const left: QuotaLeft[] = []
  const fresh: QuotaTables['quota_use'][] = []
  for (const [index, use] of uses.entries()) {
    const counted = yield* countedUses(asked, use.id, use.windowMs)
    const page = use.page !== '' && (yield* isFurtherPage(counted, use, at))
    if (!page && counted.length >= use.limit) {
      const backAt = (counted[counted.length - use.limit]?.at ?? at) + use.windowMs
      return { kind: 'spent', at: index, remaining: 0, backAt }
    }
    const { id, visit, windowMs, limit } = use
    fresh.push({
      id,
      decision,
      visit,
      owner,
      at,
      page: page ? use.page : '',
      state: 'held',
      expires_at: at + windowMs,
    })
    const first = counted[Math.max(0, counted.length - limit)]
    left.push({
      remaining: Math.max(0, limit - counted.length - (page ? 0 : 1)),
      backAt: first === undefined ? (page ? null : at + windowMs) : first.at + windowMs,
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
): Steps<readonly Use[]> {
  const rows = yield db()
    .selectFrom('quota_use')
    .select(['at', 'visit', 'state', 'owner'])
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
    .map((row) => ({ at: Number(row['at']), visit: String(row['visit']) }))
}

/** Of an access that counted a moment ago, and not asked for before. */
function* isFurtherPage(
  counted: readonly Use[],
  { id, visit, page }: QuotaAsked['uses'][number],
  at: number,
): Steps<boolean> {
  const first = counted.findLast((use) => use.visit === visit && use.at > at - PAGES_WITHIN_MS)
  if (first === undefined) return false
  const rows = yield db()
    .selectFrom('quota_use')
    .select('page')
    .where('id', '=', id)
    .where('visit', '=', visit)
    .where('page', '!=', '')
    .where('at', '>=', first.at)
    .limit(MAX_PAGES)
    .compile()
  return rows.length < MAX_PAGES && !rows.some((row) => row['page'] === page)
}

/** `keep`: the answer is about to leave. Else what was taken is given back: there was none. */
export function* settleQuotasUnit({
  decision,
  keep,
}: {
  readonly decision: string
  readonly keep: boolean
}): Steps<null> {
  yield keep
    ? db()
        .updateTable('quota_use')
        .set({ state: 'kept' })
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
