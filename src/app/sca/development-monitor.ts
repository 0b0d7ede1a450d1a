/**
 * A rule that plays the bank's monitoring of transactions (RTS Art. 2) where there is no bank: who pays more often than it says is a scenario of fraud.
 * It looks for nothing else and says of everything else that it is clear, which is why the production profile refuses it. It analyses no
 * risk (Art. 18), and says so.
 */
import type { Clock } from '../../lib/index.ts'
import type { MonitorPort, RiskSignals } from '../../sca/index.ts'

/** Customers that are remembered; the one who was seen the longest ago makes way. */
export const MAX_CUSTOMERS = 10_000

const ANALYSIS: RiskSignals['analysis'] = {
  spendingPattern: 'not-evaluated',
  deviceOrSoftware: 'not-evaluated',
  payerLocation: 'not-evaluated',
  payeeLocation: 'not-evaluated',
}

export function developmentMonitor(
  { payments, minutes }: { readonly payments: number; readonly minutes: number },
  clock: Clock,
): MonitorPort {
  /** The last payments, at most one more than are clear. */
  const seen = new Map<
    string,
    readonly { readonly id: string | undefined; readonly at: number }[]
  >()
  return ({ id, subject, act }) => {
    const now = clock.now()
    const recent = (seen.get(subject) ?? []).filter(({ at }) => at > now - minutes * 60_000)
    // A page that is loaded again asks again.
    const another =
      act.kind === 'remote-payment' && (id === undefined || !recent.some((one) => one.id === id))
    const last = another ? [...recent, { id, at: now }].slice(-payments - 1) : recent
    seen.delete(subject)
    if (last.length > 0) seen.set(subject, last)
    const [oldest] = seen.keys()
    if (seen.size > MAX_CUSTOMERS && oldest !== undefined) seen.delete(oldest)
    return Promise.resolve({
      monitoring: {
        compromisedElements: 'clear',
        fraudScenario: last.length > payments ? 'found' : 'clear',
        malware: 'clear',
        deviceMisuse: 'clear',
      },
      analysis: ANALYSIS,
    })
  }
}
