/** Records of a stretch of time, added up where they lie: the statistics of a quarter are the sum of its slices. */
import type { Expression, ExpressionBuilder } from 'kysely'
import { defineUnit, queryBuilder, type Rows, type Unit } from '../../store/index.ts'
import type { FraudTables, LedgerTables } from '../tables/index.ts'

const db = queryBuilder<FraudTables & LedgerTables>()
type Steps<R> = ReturnType<Unit<unknown, R>>

/** Records that one unit adds up: others wait for it meanwhile. */
export const SLICE_RECORDS = 50_000

/** Acts that are alike in everything that statistics tell apart. Sums are decimal text: they may be larger than a number can be. */
export interface Cell {
  readonly act: string
  readonly instrument: string
  readonly outcome: string
  readonly exemption: string
  readonly state: string
  readonly authentication: string
  readonly method: string
  readonly acts: number
  readonly payments: number
  readonly value: string
  /** Payments whose amount nobody could convert: they are in no sum. */
  readonly unvalued: number
  readonly durationMs: number
  readonly longestMs: number
  readonly unauthorised: number
  readonly unauthorisedValue: string
  readonly manipulated: number
  readonly manipulatedValue: string
}

export interface Slice {
  readonly cells: readonly Cell[]
  /** Where the next one begins; `null`: that was the last. */
  readonly next: number | null
  readonly records: number
}

const GROUPS = [
  'act',
  'instrument',
  'outcome',
  'exemption',
  'state',
  'authentication',
  'method',
] as const
/** Between the members of a group: no word of ours has it. */
const BETWEEN = '\u001f'
/** Sums in two parts, each far below what a number can hold. Written into the query: as a parameter it would be no whole number to SQLite. */
const PART = 1_000_000

/** All that tells groups apart as one text: SQLite sorts it in half of the time that it takes for seven columns. */
const groupOf = (e: ExpressionBuilder<LedgerTables, 'sca_decision'>) =>
  e.parens(
    GROUPS.slice(1).reduce<Expression<string>>(
      (made, name) => e(e(made, '||', BETWEEN), '||', e.ref(`sca_decision.${name}`)),
      e.ref('sca_decision.act'),
    ),
  )

export function* readSliceUnit(asked: {
  readonly entity: string
  readonly from: number
  readonly to: number
  readonly records: number
}): Steps<Slice> {
  const { entity, from, to, records } = asked
  // By the index alone: where the slice ends. Records of one millisecond stay together.
  const [beyond] = yield db()
    .selectFrom('sca_decision')
    .select('at')
    .where('at', '>=', from)
    .where('at', '<', to)
    .orderBy('at')
    .limit(1)
    .offset(records)
    .compile()
  const next = beyond === undefined ? null : Math.max(Number(beyond['at']), from + 1)
  const end = next ?? to
  const rows = yield db()
    .selectFrom('sca_decision')
    .select((e) => [
      groupOf(e).as('cell'),
      e.fn.countAll().as('acts'),
      e.fn.sum('payments').as('payments'),
      e.fn.sum(e('value', '/', e.lit(PART))).as('high'),
      e.fn.sum(e('value', '%', e.lit(PART))).as('low'),
      e.fn
        .sum(e.case().when('value', 'is', null).then(e.ref('payments')).else(e.lit(0)).end())
        .as('unvalued'),
      e.fn.sum('duration_ms').as('duration'),
      e.fn.max('duration_ms').as('longest'),
    ])
    .where('entity', '=', entity)
    .where('at', '>=', from)
    .where('at', '<', end)
    .groupBy('cell')
    .compile()
  const frauds = yield db()
    .selectFrom('sca_fraud')
    .innerJoin('sca_decision', 'sca_decision.id', 'sca_fraud.decision')
    .select('sca_fraud.kind')
    .select((e) => [
      groupOf(e).as('cell'),
      e.fn.countAll().as('acts'),
      e.fn.sum(e('sca_fraud.value', '/', e.lit(PART))).as('high'),
      e.fn.sum(e('sca_fraud.value', '%', e.lit(PART))).as('low'),
    ])
    .where('sca_decision.entity', '=', entity)
    .where('sca_fraud.newest', '=', 1)
    .where('sca_fraud.paid_at', '>=', from)
    .where('sca_fraud.paid_at', '<', end)
    .groupBy(['cell', 'sca_fraud.kind'])
    .compile()
  const cells = rows.map((row) => cellOf(row, frauds))
  return { cells, next, records: cells.reduce((sum, { acts }) => sum + acts, 0) }
}

function cellOf(row: Rows[number], frauds: Rows): Cell {
  const own = frauds.filter((fraud) => fraud['cell'] === row['cell'])
  const fraud = (kind: string): Rows[number] | undefined => own.find((one) => one['kind'] === kind)
  const words = String(row['cell']).split(BETWEEN)
  const text = (name: (typeof GROUPS)[number]): string => words[GROUPS.indexOf(name)] ?? ''
  const unauthorised = fraud('unauthorised')
  const manipulated = fraud('manipulated')
  return {
    act: text('act'),
    instrument: text('instrument'),
    outcome: text('outcome'),
    exemption: text('exemption'),
    state: text('state'),
    authentication: text('authentication'),
    method: text('method'),
    acts: Number(row['acts']),
    payments: Number(row['payments']),
    value: sumOf(row),
    unvalued: Number(row['unvalued'] ?? 0),
    durationMs: Number(row['duration'] ?? 0),
    longestMs: Number(row['longest'] ?? 0),
    unauthorised: Number(unauthorised?.['acts'] ?? 0),
    unauthorisedValue: sumOf(unauthorised),
    manipulated: Number(manipulated?.['acts'] ?? 0),
    manipulatedValue: sumOf(manipulated),
  }
}

function sumOf(row: Rows[number] | undefined): string {
  const high = BigInt(Number(row?.['high'] ?? 0))
  return (high * BigInt(PART) + BigInt(Number(row?.['low'] ?? 0))).toString()
}

export const readSlice = defineUnit(import.meta.url, 'readSliceUnit', readSliceUnit)
