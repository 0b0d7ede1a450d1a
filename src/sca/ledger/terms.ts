/** The terms of a decision: what the bank approved and what its fraud rates leave. Few, so that evidence names them by a digest. */
import type { Approval, RiskCeilings, ScaContext } from '../decision/context.ts'
import type { ScaEvidence } from '../decision/evidence.ts'

export interface Terms {
  readonly approvals: readonly Approval[]
  readonly ceilings: RiskCeilings
  /** The engine that looks at transactions (RTS Art. 2), bound by two persons like an exemption; `null`: none is. */
  readonly monitoring: {
    readonly engine: string
    readonly from: number
    readonly until: number
  } | null
}

/** Of a bank that approved nothing. */
export const NO_TERMS: Terms = {
  approvals: [],
  ceilings: { card: 0, 'credit-transfer': 0 },
  monitoring: null,
}

/** Monitoring that is not bound yet, or whose audit is due, monitors nothing. */
export function monitoredAt({ monitoring }: Terms, at: number): boolean {
  return monitoring !== null && monitoring.from <= at && at < monitoring.until
}

type Named = 'approvals' | 'ceilings'
type Body = Omit<ScaEvidence, 'context'> & { readonly context: Omit<ScaContext, Named> }

/** What is kept of evidence beside its terms. */
export function bodyOf({ context, ...rest }: ScaEvidence): string {
  const { approvals: _a, ceilings: _c, ...own } = context
  return JSON.stringify({ ...rest, context: own } satisfies Body)
}

export function evidenceOf(body: string, { approvals, ceilings }: Terms): ScaEvidence {
  const { context, ...rest } = JSON.parse(body) as Body // sound: `bodyOf` wrote it
  return { ...rest, context: { ...context, approvals, ceilings } }
}

export function termsOf(text: string): Terms {
  return JSON.parse(text) as Terms // sound: written by the units of governance only
}
