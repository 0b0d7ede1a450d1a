/**
 * Units over attempts. An attempt is counted before it is judged and given back when it succeeds: however many come at once, no more are
 * judged than may fail, and one whose process dies has failed.
 */
import { defineUnit, type Ended, forgetRows, queryBuilder, type Unit } from '../../store/index.ts'
import type { AttemptTables } from '../tables/index.ts'
import { type AttemptRow, readAttempts, writeAttempts } from './rows.ts'

const db = queryBuilder<AttemptTables>()
type Steps<R> = ReturnType<Unit<unknown, R>>

export interface AttemptAsked {
  /** Keyed hash of the customer. */
  readonly subject: string
  readonly now: number
  readonly maxFailures: number
  /** First, second, … block, the risk reckoned in already. */
  readonly blocksMs: readonly number[]
  readonly memoryMs: number
  /** Where it comes from, each with what may fail there; the customer himself may be one of them. */
  readonly throttles: readonly {
    readonly id: string
    readonly most: number
    readonly withinMs: number
  }[]
}

/** One attempt that is under way. */
export interface AttemptTaken {
  readonly subject: string
  readonly series: number
  readonly throttles: readonly { readonly id: string; readonly from: number }[]
}

export type AttemptOutcome =
  | {
      readonly kind: 'taken'
      readonly attempt: AttemptTaken
      /** Attempts left before a block, if this one fails. */
      readonly left: number
      /** If this one fails: what begins with it. `last`: the block after it is for good, and the customer is to be told. */
      readonly block: { readonly until: number | null; readonly last: boolean } | null
    }
  | { readonly kind: 'blocked'; readonly until: number }
  | { readonly kind: 'locked' }
  | { readonly kind: 'throttled'; readonly at: number; readonly until: number }

/** Takes an attempt, or says why there is none; then nothing is counted. */
export function* takeAttemptUnit(asked: AttemptAsked): Steps<AttemptOutcome> {
  const { subject, now, maxFailures, blocksMs, memoryMs, throttles } = asked
  const mine = current(yield* readAttempts(subject, now), now)
  if (mine.locked === 1) return { kind: 'locked' }
  if (mine.blocked_until !== null) return { kind: 'blocked', until: mine.blocked_until }

  const windows: AttemptRow[] = []
  for (const [at, { id, most, withinMs }] of throttles.entries()) {
    const row = id === subject ? mine : yield* readAttempts(id, now)
    if (now >= row.window_from + withinMs || now < row.window_from) {
      row.window_from = now
      row.window_count = 0
    }
    if (row.window_count >= most)
      return { kind: 'throttled', at, until: row.window_from + withinMs }
    row.window_count++
    row.forget_at = Math.max(row.forget_at, row.window_from + withinMs)
    windows.push(row)
  }

  mine.failures++
  mine.forget_at = Math.max(mine.forget_at, now + memoryMs)
  const block = mine.failures >= maxFailures ? blockFor(mine, blocksMs, now) : null
  if (block !== null) {
    mine.blocks++
    mine.locked = block.until === null ? 1 : 0
    mine.blocked_until = block.until
    mine.remember_until = (block.until ?? now) + memoryMs
    mine.forget_at = block.until === null ? FOR_EVER : block.until + memoryMs
  }
  for (const row of new Set([mine, ...windows])) yield* writeAttempts(row)
  return {
    kind: 'taken',
    attempt: {
      subject,
      series: mine.series,
      throttles: windows.map(({ id, window_from }) => ({ id, from: window_from })),
    },
    left: Math.max(0, maxFailures - mine.failures),
    block,
  }
}

/** Whether a block is in force. */
export function* isBlockedUnit({
  subject,
  now,
}: {
  readonly subject: string
  readonly now: number
}): Steps<boolean> {
  const { locked, blocked_until } = current(yield* readAttempts(subject, now), now)
  return locked === 1 || blocked_until !== null
}

/** A date that no table reaches: what is locked is not forgotten. */
const FOR_EVER = 8_640_000_000_000_000

/** For good only after the customer was told that it would come (RTS Art. 4(4)); until he was, the longest block comes again. */
function blockFor(
  { blocks, alerted }: AttemptRow,
  blocksMs: readonly number[],
  now: number,
): { readonly until: number | null; readonly last: boolean } {
  if (blocks >= blocksMs.length && alerted === 1) return { until: null, last: false }
  const ms = blocksMs[Math.min(blocks, blocksMs.length - 1)] ?? 0
  return { until: now + ms, last: blocks >= blocksMs.length - 1 }
}

/** As it stands now: a block that is over leaves a new series, and is itself forgotten after a time. */
function current(row: AttemptRow, now: number): AttemptRow {
  if (row.locked === 1) return row
  const over = row.blocked_until !== null && row.blocked_until <= now
  const forgotten = row.remember_until <= now
  return {
    ...row,
    ...(over ? { failures: 0, series: row.series + 1, blocked_until: null } : {}),
    ...(forgotten ? { blocks: 0, alerted: 0 } : {}),
  }
}

/** Where it came from, with this one less; the customer among them. */
function* givenBack(
  { subject, throttles }: AttemptTaken,
  now: number,
): Steps<{ readonly mine: AttemptRow; readonly rows: readonly AttemptRow[] }> {
  const rows = new Map<string, AttemptRow>()
  for (const { id, from } of throttles) {
    const row = yield* readAttempts(id, now)
    if (row.window_from === from && row.window_count > 0) row.window_count--
    rows.set(id, row)
  }
  const mine = rows.get(subject) ?? (yield* readAttempts(subject, now))
  rows.set(subject, mine)
  return { mine, rows: [...rows.values()] }
}

/** The attempt did not fail: the count in a row begins anew, and what was blocked ahead of its outcome is not. */
export function* succeedAttemptUnit({
  attempt,
  now,
}: {
  readonly attempt: AttemptTaken
  readonly now: number
}): Steps<null> {
  const { mine, rows } = yield* givenBack(attempt, now)
  // Of an older series: what has been blocked since is another matter.
  if (mine.series === attempt.series) {
    if (mine.locked === 1 || mine.blocked_until !== null) mine.blocks--
    mine.failures = 0
    mine.series++
    mine.locked = 0
    mine.blocked_until = null
    mine.forget_at = Math.max(mine.remember_until, now)
  }
  for (const row of rows) yield* writeAttempts(row)
  return null
}

/** The attempt was not judged at all: it counts as one that was never made. */
export function* withdrawAttemptUnit({
  attempt,
  now,
}: {
  readonly attempt: AttemptTaken
  readonly now: number
}): Steps<null> {
  const { mine, rows } = yield* givenBack(attempt, now)
  if (mine.series === attempt.series && mine.failures > 0) {
    mine.failures--
    // A block began with the last of the series, of which there is one less now.
    if (mine.locked === 1 || mine.blocked_until !== null) mine.blocks--
    mine.locked = 0
    mine.blocked_until = null
    mine.forget_at = Math.max(mine.remember_until, now + 1)
  }
  for (const row of rows) yield* writeAttempts(row)
  return null
}

/** The customer was told that the next block is for good; only then may it be. */
export function* alertedUnit({ subject }: { readonly subject: string }): Steps<null> {
  yield db().updateTable('sca_attempt').set({ alerted: 1 }).where('id', '=', subject).compile()
  return null
}

/** The customer has recovered: nothing is blocked, and nothing counts. */
export function* unblockUnit({ subject }: { readonly subject: string }): Steps<null> {
  yield db()
    .updateTable('sca_attempt')
    .set((row) => ({
      failures: 0,
      series: row('series', '+', 1),
      blocks: 0,
      blocked_until: null,
      remember_until: 0,
      locked: 0,
      alerted: 0,
      window_count: 0,
      forget_at: 0,
    }))
    .where('id', '=', subject)
    .compile()
  return null
}

export function* forgetAttemptsUnit(ended: Ended): Steps<number> {
  return yield* forgetRows('sca_attempt', 'forget_at', ended)
}

const here = import.meta.url
export const takeAttempt = defineUnit(here, 'takeAttemptUnit', takeAttemptUnit)
export const succeedAttempt = defineUnit(here, 'succeedAttemptUnit', succeedAttemptUnit)
export const withdrawAttempt = defineUnit(here, 'withdrawAttemptUnit', withdrawAttemptUnit)
export const isBlocked = defineUnit(here, 'isBlockedUnit', isBlockedUnit)
export const alerted = defineUnit(here, 'alertedUnit', alertedUnit)
export const unblock = defineUnit(here, 'unblockUnit', unblockUnit)
export const forgetAttempts = defineUnit(here, 'forgetAttemptsUnit', forgetAttemptsUnit)
