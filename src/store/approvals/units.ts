/** Units over approvals. Each is one transaction: of approval and refusal, however many come at once, one wins. */
import { type Ended, forgetRows } from '../forget-rows.ts'
import { queryBuilder } from '../query-builder.ts'
import { defineUnit, type Rows, type Unit } from '../unit.ts'
import type { ApprovalTables } from './tables.ts'

const db = queryBuilder<ApprovalTables>()
type Steps<R> = ReturnType<Unit<unknown, R>>

export type ApprovalStatus = 'waiting' | 'approved' | 'refused'
export interface NewApproval {
  /** Keyed hash, as the next two. */
  readonly id: string
  readonly subject: string
  readonly client: string
  readonly createdAt: number
  readonly expiresAt: number
  readonly forgetAt: number
  /** Sealed. */
  readonly body: Uint8Array
}
export interface FoundApproval {
  readonly id: string
  readonly status: ApprovalStatus
  readonly opened: boolean
  readonly expiresAt: number
  readonly body: Uint8Array
  readonly decision: Uint8Array | null
}

/** `asked-already`: there is one of this id. `too-many`: of this customer, of this client, or of both there are as many as may be. */
export function* addApprovalUnit({
  row,
  maxWaiting,
  maxUnapproved,
  maxOfClient,
  since,
}: {
  readonly row: NewApproval
  /** That wait for this customer, whoever asked. */
  readonly maxWaiting: number
  /** That this client asked of this customer after `since`, and that were refused or not answered. */
  readonly maxUnapproved: number
  /** That this client asked after `since`, of whomever. */
  readonly maxOfClient: number
  readonly since: number
}): Steps<'added' | 'asked-already' | 'too-many'> {
  const there = yield db().selectFrom('approval').select('id').where('id', '=', row.id).compile()
  if (there.length > 0) return 'asked-already'
  const theirs = db().selectFrom('approval').select('id').where('subject', '=', row.subject)
  const waiting = yield theirs
    .where('status', '=', 'waiting')
    .where('expires_at', '>', row.createdAt)
    .limit(1)
    .offset(maxWaiting - 1)
    .compile()
  const asked = yield theirs
    .where('client', '=', row.client)
    .where('status', '!=', 'approved')
    .where('created_at', '>', since)
    .limit(1)
    .offset(maxUnapproved - 1)
    .compile()
  const ofClient = yield db()
    .selectFrom('approval')
    .select('id')
    .where('client', '=', row.client)
    .where('created_at', '>', since)
    .limit(1)
    .offset(maxOfClient - 1)
    .compile()
  if ([waiting, asked, ofClient].some((rows) => rows.length > 0)) return 'too-many'
  const { id, subject, client, body } = row
  const times = { created_at: row.createdAt, expires_at: row.expiresAt, forget_at: row.forgetAt }
  const fresh = { status: 'waiting', opened: 0, delivered: 0, decision: null } as const
  const added = yield db()
    .insertInto('approval')
    .values({ id, subject, client, body, ...times, ...fresh })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .compile()
  return added.length === 1 ? 'added' : 'asked-already'
}

/** `subject`: its keyed hash, of whose it must be one; `null`: anybody's. */
export function* readApprovalUnit({
  id,
  subject,
}: {
  readonly id: string
  readonly subject: string | null
}): Steps<FoundApproval | null> {
  const any = db().selectFrom('approval').select(FOUND).where('id', '=', id)
  return (
    found(yield (subject === null ? any : any.where('subject', '=', subject)).compile())[0] ?? null
  )
}

/** Of one customer, oldest first: whoever asked first is answered first. */
export function* waitingApprovalsUnit({
  subject,
  now,
  limit,
}: {
  readonly subject: string
  readonly now: number
  readonly limit: number
}): Steps<readonly FoundApproval[]> {
  return found(
    yield db()
      .selectFrom('approval')
      .select(FOUND)
      .where('subject', '=', subject)
      .where('status', '=', 'waiting')
      .where('expires_at', '>', now)
      .orderBy('created_at')
      .limit(limit)
      .compile(),
  )
}

/** Its customer has it before them. */
export function* openApprovalUnit({
  id,
  subject,
}: {
  readonly id: string
  readonly subject: string
}): Steps<null> {
  yield db()
    .updateTable('approval')
    .set({ opened: 1 })
    .where('id', '=', id)
    .where('subject', '=', subject)
    .compile()
  return null
}

/** True for exactly one caller, while it waits. */
export function* decideApprovalUnit({
  id,
  subject,
  status,
  decision,
  now,
}: {
  readonly id: string
  readonly subject: string
  readonly status: 'approved' | 'refused'
  readonly decision: Uint8Array
  readonly now: number
}): Steps<boolean> {
  const rows = yield db()
    .updateTable('approval')
    .set({ status, decision })
    .where('id', '=', id)
    .where('subject', '=', subject)
    .where('status', '=', 'waiting')
    .where('expires_at', '>', now)
    .returning('id')
    .compile()
  return rows.length === 1
}

/** That were answered, and whoever asked was not told yet. */
export function* undeliveredApprovalsUnit({
  limit,
}: {
  readonly limit: number
}): Steps<readonly FoundApproval[]> {
  return found(
    yield db()
      .selectFrom('approval')
      .select(FOUND)
      .where('delivered', '=', 0)
      .where('status', 'in', ['approved', 'refused'])
      .limit(limit)
      .compile(),
  )
}

export function* deliveredApprovalUnit({ id }: { readonly id: string }): Steps<null> {
  yield db().updateTable('approval').set({ delivered: 1 }).where('id', '=', id).compile()
  return null
}

export function* forgetApprovalsUnit(ended: Ended): Steps<number> {
  return yield* forgetRows('approval', 'forget_at', ended)
}

const FOUND = ['id', 'status', 'opened', 'expires_at', 'body', 'decision'] as const

function found(rows: Rows): FoundApproval[] {
  return rows.flatMap((row) => {
    const { id, status, opened, body, decision } = row
    if (!(body instanceof Uint8Array)) return []
    return [
      {
        id: String(id),
        status: status === 'approved' || status === 'refused' ? status : 'waiting',
        opened: Number(opened) === 1,
        expiresAt: Number(row['expires_at']),
        body,
        decision: decision instanceof Uint8Array ? decision : null,
      },
    ]
  })
}

const here = import.meta.url
export const addApproval = defineUnit(here, 'addApprovalUnit', addApprovalUnit)
export const readApproval = defineUnit(here, 'readApprovalUnit', readApprovalUnit)
export const waitingApprovals = defineUnit(here, 'waitingApprovalsUnit', waitingApprovalsUnit)
export const openApproval = defineUnit(here, 'openApprovalUnit', openApprovalUnit)
export const decideApproval = defineUnit(here, 'decideApprovalUnit', decideApprovalUnit)
export const undeliveredApprovals = defineUnit(
  here,
  'undeliveredApprovalsUnit',
  undeliveredApprovalsUnit,
)
export const deliveredApproval = defineUnit(here, 'deliveredApprovalUnit', deliveredApprovalUnit)
export const forgetApprovals = defineUnit(here, 'forgetApprovalsUnit', forgetApprovalsUnit)
