/**
 * Questions to a customer's devices (approvals, sent codes): who is asked again and again in the end says yes. Few in a time, one at once, and
 * after each that he refuses a longer pause. Parts of units of work, run inside those of transactions.
 */
import { queryBuilder, type Unit } from '../../store/index.ts'
import type { TransactionTables } from '../tables/index.ts'
import { type AttemptRow, readAttempts, writeAttempts } from './rows.ts'

const db = queryBuilder<TransactionTables>()
type Steps<R> = ReturnType<Unit<unknown, R>>

const MINUTE_MS = 60_000
/** Questions to one customer, in a time. */
export const MAX_ASKS = 5
export const ASKS_WITHIN_MS = 10 * MINUTE_MS
/** Pause after the first refusal, the second, …; the last one stays. */
export const COOL_DOWNS_MS: readonly number[] = [
  MINUTE_MS,
  5 * MINUTE_MS,
  15 * MINUTE_MS,
  60 * MINUTE_MS,
]
/** So long after it a refusal makes the next pause longer. */
export const REFUSAL_MEMORY_MS = 24 * 60 * MINUTE_MS

/** `null`: it was counted; otherwise when one may be asked again. `asks`: keyed hash of the customer as one who is asked. */
export function* takeAsk(asks: string, now: number): Steps<number | null> {
  const row = yield* readAttempts(asks, now)
  if (row.blocked_until !== null && row.blocked_until > now) return row.blocked_until
  if (now >= row.window_from + ASKS_WITHIN_MS)
    Object.assign(row, { window_from: now, window_count: 0 })
  if (row.window_count >= MAX_ASKS) return row.window_from + ASKS_WITHIN_MS
  row.window_count++
  row.forget_at = Math.max(row.forget_at, now + ASKS_WITHIN_MS)
  yield* writeAttempts(row)
  return null
}

/** The customer has refused what he was asked. */
export function* coolDown(asks: string, now: number): Steps<null> {
  const row: AttemptRow = yield* readAttempts(asks, now)
  const refusals = row.remember_until > now ? row.blocks : 0
  const pause = COOL_DOWNS_MS[Math.min(refusals, COOL_DOWNS_MS.length - 1)] ?? 0
  row.blocks = refusals + 1
  row.blocked_until = now + pause
  row.remember_until = now + REFUSAL_MEMORY_MS
  row.forget_at = row.remember_until
  yield* writeAttempts(row)
  return null
}

/** The customer has said yes: what he was asked before was his. */
export function* warmUp(asks: string, now: number): Steps<null> {
  const row = yield* readAttempts(asks, now)
  yield* writeAttempts({ ...row, blocks: 0, blocked_until: null, window_count: 0, forget_at: now })
  return null
}

/** Of questions that wait, only the newest does: the transactions of the others make way. */
export function* supersedeAsked(subject: string, id: string, now: number): Steps<null> {
  yield db()
    .updateTable('sca_transaction')
    .set({ state: 'superseded', settled_at: now })
    .where('subject', '=', subject)
    .where('state', '=', 'open')
    .where('id', '!=', id)
    .where('asked_version', '>', 0)
    .compile()
  return null
}
