/** A decision as the store holds it, and the answer that it was. */
import type { Rows } from '../../store/index.ts'
import { afterExemption } from '../decision/decide.ts'
import type { ScaEvidence } from '../decision/evidence.ts'
import type { ScaAnswer } from './question.ts'
import type { LedgerTables } from '../tables/index.ts'

export type FoundDecision = Omit<LedgerTables['sca_decision'], 'digest' | 'client' | 'bound'>

export function decisionOf(row: Rows[number]): FoundDecision {
  const { digest: _, client: _c, bound: _b, ...rest } = row
  return rest as unknown as FoundDecision // sound: `selectAll` of the table, whose columns are these
}

/** The same evidence is the same answer, also when it is asked for again. */
export function answerOf(id: string, { context, decision }: ScaEvidence): ScaAnswer {
  const by = decision.outcome === 'exempt' ? decision.by : undefined
  const { lowValue, contactless } =
    by === undefined ? context.payer : afterExemption(context.act, by.exemption, context.payer)
  return {
    id,
    at: context.at,
    outcome: decision.outcome,
    exemption: by?.exemption ?? null,
    article: by?.article ?? null,
    checked: by?.checked ?? null,
    mandatory: decision.outcome === 'exempt' && decision.mandatory,
    why: decision.outcome === 'exempt' ? null : decision.why,
    payeeCheck: context.payeeCheck === undefined ? null : { result: context.payeeCheck.result },
    counters: { lowValue, contactless },
  }
}
