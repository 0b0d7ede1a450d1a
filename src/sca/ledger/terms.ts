/** The terms of a decision: what the bank approved and what its fraud rates leave. Few, so that evidence names them by a digest. */
import type { Approval, RiskCeilings, ScaContext } from '../decision/context.ts'
import type { ScaEvidence } from '../decision/evidence.ts'

export interface Terms {
  readonly approvals: readonly Approval[]
  readonly ceilings: RiskCeilings
  readonly monitored: boolean
}

/** Of a bank that approved nothing. */
export const NO_TERMS: Terms = {
  approvals: [],
  ceilings: { card: 0, 'credit-transfer': 0 },
  monitored: false,
}

type Body = Omit<ScaEvidence, 'context'> & { readonly context: Omit<ScaContext, keyof Terms> }

/** What is kept of evidence beside its terms. */
export function bodyOf({ context, ...rest }: ScaEvidence): string {
  const { approvals: _a, ceilings: _c, monitored: _m, ...own } = context
  return JSON.stringify({ ...rest, context: own } satisfies Body)
}

export function evidenceOf(body: string, terms: Terms): ScaEvidence {
  const { context, ...rest } = JSON.parse(body) as Body // sound: `bodyOf` wrote it
  return { ...rest, context: { ...context, ...terms } }
}

export function termsOf(text: string): Terms {
  return JSON.parse(text) as Terms // sound: written by the units of governance only
}
