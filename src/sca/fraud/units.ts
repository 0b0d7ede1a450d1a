/** Units over reports of fraud and the rates of quarters. A correction is another report: the newest counts, and the quarter is computed anew. */
import { defineUnit, queryBuilder, type Unit } from '../../store/index.ts'
import type { RiskCeilings } from '../decision/context.ts'
import { readTermsNow, renewTerms } from '../governance/units.ts'
import type { FraudTables, GovernanceTables, LedgerTables } from '../tables/index.ts'

const db = queryBuilder<FraudTables & GovernanceTables & LedgerTables>()
type Steps<R> = ReturnType<Unit<unknown, R>>

export type FraudKind = FraudTables['sca_fraud']['kind']
/** `not-done`: it was no payment that took place. `value`: it is more than was paid, or nobody knows what was. */
export type FraudRecorded = 'recorded' | 'unchanged' | 'unknown' | 'not-done' | 'value'

export function* reportFraudUnit(asked: {
  readonly entity: string
  readonly decision: string
  readonly kind: FraudKind
  /** Minor units; `null`: all that was paid. */
  readonly value: number | null
  readonly who: string
  readonly reason: string
  readonly at: number
}): Steps<FraudRecorded> {
  const { entity, decision, kind, who, reason, at } = asked
  const [row] = yield db()
    .selectFrom('sca_decision')
    .select(['at', 'value', 'state', 'payments'])
    .where('id', '=', decision)
    .where('entity', '=', entity)
    .compile()
  if (row === undefined) return 'unknown'
  if (row['state'] !== 'done' || Number(row['payments']) === 0) return 'not-done'
  const paid = row['value']
  const value = kind === 'none' ? 0 : (asked.value ?? paid)
  if (typeof value !== 'number' || (typeof paid === 'number' && value > paid)) return 'value'
  const [last] = yield db()
    .selectFrom('sca_fraud')
    .select(['revision', 'kind', 'value'])
    .where('decision', '=', decision)
    .where('newest', '=', 1)
    .compile()
  if (last === undefined ? kind === 'none' : last['kind'] === kind && last['value'] === value)
    return 'unchanged'
  yield db()
    .updateTable('sca_fraud')
    .set({ newest: 0 })
    .where('decision', '=', decision)
    .where('newest', '=', 1)
    .compile()
  const paidAt = Number(row['at'])
  yield db()
    .insertInto('sca_fraud')
    .values({
      decision,
      revision: Number(last?.['revision'] ?? 0) + 1,
      kind,
      value,
      paid_at: paidAt,
      reported_at: at,
      reported_by: who,
      reason,
      newest: 1,
    })
    .compile()
  yield db()
    .deleteFrom('sca_quarter')
    .where('entity', '=', entity)
    .where('from_at', '<=', paidAt)
    .where('to_at', '>', paidAt)
    .compile()
  return 'recorded'
}

export type QuarterRow = FraudTables['sca_quarter']

/** False: fraud was reported while it was added up, so that it is not what it says. */
export function* putQuarterUnit({
  row,
  reports,
}: {
  readonly row: QuarterRow
  /** Reports and corrections of the quarter before it was added up. */
  readonly reports: number
}): Steps<boolean> {
  if ((yield* countReports(row.from_at, row.to_at)) !== reports) return false
  const { entity: _e, instrument: _i, quarter: _q, ...rest } = row
  yield db()
    .insertInto('sca_quarter')
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(['entity', 'instrument', 'quarter']).doUpdateSet(rest),
    )
    .compile()
  return true
}

function* countReports(from: number, to: number): Steps<number> {
  const [row] = yield db()
    .selectFrom('sca_fraud')
    .select((e) => e.fn.countAll().as('count'))
    .where('paid_at', '>=', from)
    .where('paid_at', '<', to)
    .compile()
  return Number(row?.['count'] ?? 0)
}

export function* countReportsUnit({
  from,
  to,
}: {
  readonly from: number
  readonly to: number
}): Steps<number> {
  return yield* countReports(from, to)
}

export interface RateBook {
  readonly quarters: readonly QuarterRow[]
  /** Time of the entity's first decision; `null`: there is none. */
  readonly first: number | null
  /** When risk analysis was approved with the reference of a notice to the authority. */
  readonly notices: readonly number[]
  readonly ceilings: RiskCeilings
}

export function* readRateBookUnit({ entity }: { readonly entity: string }): Steps<RateBook> {
  const quarters = yield db()
    .selectFrom('sca_quarter')
    .selectAll()
    .where('entity', '=', entity)
    .orderBy('from_at')
    .compile()
  const [first] = yield db()
    .selectFrom('sca_decision')
    .select('at')
    .where('entity', '=', entity)
    .orderBy('at')
    .limit(1)
    .compile()
  const approvals = yield db()
    .selectFrom('sca_exemption')
    .select(['decided_at', 'settings'])
    .where('entity', '=', entity)
    .where('name', '=', 'risk-analysis')
    .where('decided_at', 'is not', null)
    .compile()
  const { ceilings } = yield* readTermsNow(entity)
  return {
    // Sound: `selectAll` of the table, whose columns these are.
    quarters: quarters as unknown as readonly QuarterRow[],
    first: first === undefined ? null : Number(first['at']),
    notices: approvals
      .filter(({ settings }) => hasReference(String(settings)))
      .map((row) => Number(row['decided_at'])),
    ceilings,
  }
}

function hasReference(settings: string): boolean {
  // Sound: `proposeUnit` wrote it.
  return (JSON.parse(settings) as { authorityReference?: string }).authorityReference !== undefined
}

export function* putCeilingsUnit({
  entity,
  ceilings,
}: {
  readonly entity: string
  readonly ceilings: RiskCeilings
}): Steps<null> {
  yield* renewTerms(entity, ceilings)
  return null
}

export const reportFraud = defineUnit(import.meta.url, 'reportFraudUnit', reportFraudUnit)
export const countFraudReports = defineUnit(import.meta.url, 'countReportsUnit', countReportsUnit)
export const putQuarter = defineUnit(import.meta.url, 'putQuarterUnit', putQuarterUnit)
export const readRateBook = defineUnit(import.meta.url, 'readRateBookUnit', readRateBookUnit)
export const putCeilings = defineUnit(import.meta.url, 'putCeilingsUnit', putCeilingsUnit)
