/**
 * Statistics made from the evidence itself: each decision is decided again, and its figures are taken from its facts. Only what became of
 * it comes from its record, for nothing else knows. What differs is named, so that "rebuilt with zero difference" is a finding and not a word.
 */
import { defineUnit, queryBuilder, type Rows, type Unit } from '../../store/index.ts'
import { paymentsOf } from '../decision/decide.ts'
import { replayEvidence, rulesOf, type ScaEvidence } from '../decision/evidence.ts'
import type { FraudTables, LedgerTables } from '../tables/index.ts'
import { evidenceOf, NO_TERMS, termsOf } from '../ledger/terms.ts'
import type { Cell } from './slice.ts'

const db = queryBuilder<FraudTables & LedgerTables>()
type Steps<R> = ReturnType<Unit<unknown, R>>

/** Decisions that one unit decides again: others wait for it meanwhile. */
export const REBUILD_RECORDS = 1_000
/** Of a page; more say no more. */
const MAX_NAMED = 100

export interface RebuiltPage {
  readonly cells: readonly Cell[]
  readonly records: number
  /** Ids of decisions that are not what their evidence says. */
  readonly different: readonly string[]
  /** Decided under another version of the rules: these rules say nothing about them. */
  readonly otherRules: number
  readonly next: { readonly at: number; readonly id: string } | null
}

export function* rebuildPageUnit(asked: {
  readonly entity: string
  /** Beginning of the period, or where the last page ended: behind `id` in its millisecond. */
  readonly at: number
  readonly id: string
  readonly to: number
  readonly records: number
}): Steps<RebuiltPage> {
  const { entity, at, id, to, records } = asked
  const rows = yield db()
    .selectFrom('sca_decision')
    .innerJoin('sca_evidence', 'sca_evidence.id', 'sca_decision.id')
    .leftJoin('sca_terms', 'sca_terms.digest', 'sca_evidence.terms')
    .leftJoin('sca_fraud', (join) =>
      join.onRef('sca_fraud.decision', '=', 'sca_decision.id').on('sca_fraud.newest', '=', 1),
    )
    .selectAll('sca_decision')
    .select(['sca_evidence.body', 'sca_terms.body as terms'])
    .select(['sca_fraud.kind as fraud', 'sca_fraud.value as fraud_value'])
    .where('sca_decision.entity', '=', entity)
    .where('sca_decision.at', '<', to)
    .where((e) =>
      e.or([
        e('sca_decision.at', '>', at),
        e.and([e('sca_decision.at', '=', at), e('sca_decision.id', '>', id)]),
      ]),
    )
    .where('sca_decision.at', '>=', at)
    .orderBy('sca_decision.at')
    .orderBy('sca_decision.id')
    .limit(records)
    .compile()
  const different: string[] = []
  let otherRules = 0
  const cells = rows.map((row) => {
    const { terms } = row
    const evidence = evidenceOf(
      String(row['body']),
      typeof terms === 'string' ? termsOf(terms) : NO_TERMS,
    )
    const facts = factsOf(evidence)
    const replayed = replayEvidence(evidence, rulesOf(evidence))
    if (replayed === 'other-rules') otherRules++
    const same = Object.entries(facts).every(([name, value]) => row[name] === value)
    if (replayed === 'different' || !same) different.push(String(row['id']))
    return cellOf(row, facts)
  })
  const last = rows.length < records ? undefined : rows.at(-1)
  return {
    cells,
    records: rows.length,
    different: different.slice(0, MAX_NAMED),
    otherRules,
    next: last === undefined ? null : { at: Number(last['at']), id: String(last['id']) },
  }
}

/** What the record of a decision must say, by its evidence. */
function factsOf({ context, decision }: ScaEvidence) {
  const { act, at } = context
  return {
    at,
    act: act.kind,
    instrument: act.kind === 'remote-payment' ? act.instrument : '',
    outcome: decision.outcome,
    exemption: decision.outcome === 'exempt' ? decision.by.exemption : '',
    value: 'amount' in act ? (act.amount.value ?? null) : null,
    payments: paymentsOf(act),
  }
}

function cellOf(row: Rows[number], facts: ReturnType<typeof factsOf>): Cell {
  const { act, instrument, outcome, exemption, value, payments } = facts
  const fraud = (kind: string) => (row['fraud'] === kind ? Number(row['fraud_value']) : undefined)
  const unauthorised = fraud('unauthorised')
  const manipulated = fraud('manipulated')
  const duration = Number(row['duration_ms'] ?? 0)
  return {
    act,
    instrument,
    outcome,
    exemption,
    state: String(row['state']),
    authentication: String(row['authentication']),
    method: String(row['method']),
    acts: 1,
    payments,
    value: String(value ?? 0),
    unvalued: value === null ? payments : 0,
    durationMs: duration,
    longestMs: duration,
    unauthorised: unauthorised === undefined ? 0 : 1,
    unauthorisedValue: String(unauthorised ?? 0),
    manipulated: manipulated === undefined ? 0 : 1,
    manipulatedValue: String(manipulated ?? 0),
  }
}

export const rebuildPage = defineUnit(import.meta.url, 'rebuildPageUnit', rebuildPageUnit)
