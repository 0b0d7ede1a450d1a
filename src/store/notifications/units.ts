/** Units over notifications that are owed. Whoever takes one has it for a while: of many at once one tries, and after a crash the next. */
import { type Ended, forgetRows } from '../forget-rows.ts'
import { queryBuilder } from '../query-builder.ts'
import { defineUnit, type Unit } from '../unit.ts'
import type { NotificationTables } from './tables.ts'

const db = queryBuilder<NotificationTables>()
type Steps<R> = ReturnType<Unit<unknown, R>>

export interface OwedNotification {
  readonly id: string
  /** How often somebody began to send it, with this time. */
  readonly tries: number
  readonly body: Uint8Array
}

/** Once; who owes it already owes it no sooner. */
export function* oweNotificationUnit({
  id,
  dueAt,
  endsAt,
  body,
}: {
  readonly id: string
  readonly dueAt: number
  readonly endsAt: number
  readonly body: Uint8Array
}): Steps<null> {
  yield db()
    .insertInto('notification')
    .values({ id, due_at: dueAt, ends_at: endsAt, tries: 0, body })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .compile()
  return null
}

/** Those that are due, for whoever asks first, until `heldUntil`. */
export function* takeNotificationsUnit({
  now,
  heldUntil,
  limit,
}: {
  readonly now: number
  readonly heldUntil: number
  readonly limit: number
}): Steps<readonly OwedNotification[]> {
  const due = db()
    .selectFrom('notification')
    .select('id')
    .where('due_at', '<=', now)
    .where('ends_at', '>', now)
    .orderBy('due_at')
    .limit(limit)
  const rows = yield (
    db()
      .updateTable('notification')
      .set((of) => ({ due_at: heldUntil, tries: of('tries', '+', 1) }))
      .where('id', 'in', due)
      // Somebody else may have taken it since it was selected.
      .where('due_at', '<=', now)
      .returning(['id', 'tries', 'body'])
      .compile()
  )
  return rows.flatMap(({ id, tries, body }) =>
    body instanceof Uint8Array ? [{ id: String(id), tries: Number(tries), body }] : [],
  )
}

/** It failed, and is tried again then. */
export function* postponeNotificationUnit({
  id,
  dueAt,
}: {
  readonly id: string
  readonly dueAt: number
}): Steps<null> {
  yield db().updateTable('notification').set({ due_at: dueAt }).where('id', '=', id).compile()
  return null
}

/** It was sent, or never will be. */
export function* settleNotificationUnit({ id }: { readonly id: string }): Steps<null> {
  yield db().deleteFrom('notification').where('id', '=', id).compile()
  return null
}

/** Gives how many went, fewer than `limit` when no more are left. */
export function* forgetNotificationsUnit(ended: Ended): Steps<number> {
  return yield* forgetRows('notification', 'ends_at', ended)
}

const here = import.meta.url
export const oweNotification = defineUnit(here, 'oweNotificationUnit', oweNotificationUnit)
export const takeNotifications = defineUnit(here, 'takeNotificationsUnit', takeNotificationsUnit)
export const postponeNotification = defineUnit(
  here,
  'postponeNotificationUnit',
  postponeNotificationUnit,
)
export const settleNotification = defineUnit(here, 'settleNotificationUnit', settleNotificationUnit)
export const forgetNotifications = defineUnit(
  here,
  'forgetNotificationsUnit',
  forgetNotificationsUnit,
)
