/** A report of fraud, or its correction, as a change at the control desk: who reported it and why is in the spool before it counts. */
import { GatehouseError } from '../../lib/index.ts'
import type { FraudDesk, FraudKind } from '../../sca/index.ts'
import { type Action, NOTHING } from '../control-desk.ts'

const KINDS: readonly FraudKind[] = ['unauthorised', 'manipulated', 'none']

export function fraudAction(desk: FraudDesk): Action {
  return ({ who, reason, proposal }) => {
    if (reason === null) return { ...NOTHING, outcome: 'refused', code: 'GH_CONTROL_REASON' }
    const decision = proposal?.['decision']
    const kind = KINDS.find((one) => one === proposal?.['kind'])
    const value = proposal?.['value'] ?? null
    const sound = value === null || (Number.isSafeInteger(value) && Number(value) > 0)
    if (typeof decision !== 'string' || kind === undefined || !sound)
      return {
        ...NOTHING,
        outcome: 'refused',
        code: 'GH_SCA_FRAUD_REPORT',
        details: [
          sound
            ? `--fraud is one of ${KINDS.join(', ')}`
            : 'the value is a whole number of minor units above zero',
        ],
      }
    return {
      outcome: 'done',
      before: null,
      after: kind,
      details: [`decision ${decision}`],
      async commit() {
        const amount = value === null ? null : Number(value)
        const done = await desk.report({ decision, kind, value: amount, who, reason })
        if (done === 'unknown') throw new GatehouseError('GH_SCA_DECISION_UNKNOWN')
        if (done === 'not-done' || done === 'value')
          throw new GatehouseError('GH_SCA_FRAUD_REPORT', WHY[done])
        await desk.renew()
        return done === 'unchanged' ? ['it was reported like this before'] : []
      },
    }
  }
}

const WHY = {
  'not-done': 'it is no payment that took place',
  value: 'it is more than was paid, or nobody knows what was',
} as const
