/** What the ledger asks of others. Whoever does not answer in time, or fails, has said nothing, and then nothing is exempt by it. */
import type { Scheduler } from '../../lib/index.ts'
import type { PayeeCheck } from '../decision/context.ts'
import type { Rate } from './amount.ts'
import type { RiskSignals, ScaQuestion } from './question.ts'

/** Keyed hashes, with keys that can be destroyed for each person (DESIGN §7.2). `undefined`: they were. */
export interface ScaNames {
  subject(subject: string): string | undefined
  /** Of something that is the customer's, or that they named: nobody can compare it between customers. */
  of(subject: string, kind: ScaName, value: string): string | undefined
}
/** `register`: the customer, where what exemptions rest on is kept: another name than decisions have, so that erasing it tells nothing of those. */
export type ScaName = 'account' | 'device' | 'access' | 'series' | 'register'

/** What one unit of `currency` is worth in `target`; `undefined`: nobody knows. */
export type RatePort = (
  asked: { readonly currency: string; readonly target: string; readonly at: number },
  signal: AbortSignal,
) => Promise<Rate | undefined>

/** The bank's transaction monitoring (RTS Art. 2, and 18 where it analyses risk). */
export type MonitorPort = (question: ScaQuestion, signal: AbortSignal) => Promise<RiskSignals>

/** What is found of name and account. `name`: whose the account is, where the payer's is close to it; it is shown to the payer and never kept. */
export type FoundPayee = Pick<PayeeCheck, 'result' | 'source'> & { readonly name?: string }

/** Verification of payee (Regulation (EU) 2024/886): whether the account is of whom the payer named. */
export type PayeeCheckPort = (
  asked: { readonly name: string; readonly account: string },
  signal: AbortSignal,
) => Promise<FoundPayee>

export const NOT_EVALUATED: RiskSignals = {
  monitoring: {
    compromisedElements: 'not-evaluated',
    fraudScenario: 'not-evaluated',
    malware: 'not-evaluated',
    deviceMisuse: 'not-evaluated',
  },
  analysis: {
    spendingPattern: 'not-evaluated',
    deviceOrSoftware: 'not-evaluated',
    payerLocation: 'not-evaluated',
    payeeLocation: 'not-evaluated',
  },
}

/** `instead`: for who is late or fails. */
export async function withinTime<T>(
  scheduler: Scheduler,
  ms: number,
  work: (signal: AbortSignal) => Promise<T>,
  instead: T,
): Promise<T> {
  const controller = new AbortController()
  let cancel: (() => void) | undefined
  const late = new Promise<T>((resolve) => {
    cancel = scheduler.after(ms, () => {
      resolve(instead)
      controller.abort()
    })
  })
  try {
    return await Promise.race([work(controller.signal), late])
  } catch {
    return instead
  } finally {
    cancel?.()
  }
}
