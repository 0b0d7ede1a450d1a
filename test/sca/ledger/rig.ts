/** A ledger over a real store, with clocks and ports by hand. */
import { createHmac } from 'node:crypto'
import {
  type AskedAct,
  ledgerMigrations,
  type RiskSignals,
  registerMigrations,
  type ScaLedger,
  scaLedger,
  type ScaLedgerOptions,
  type ScaQuestion,
} from '../../../src/sca/index.ts'
import type { Store } from '../../../src/store/index.ts'
import { realScheduler } from '../../support/real-scheduler.ts'

export const SCA_MIGRATIONS = [...ledgerMigrations, ...registerMigrations]
export const START = Date.UTC(2026, 10, 29, 12)

export const CLEAR: RiskSignals = {
  monitoring: {
    compromisedElements: 'clear',
    fraudScenario: 'clear',
    malware: 'clear',
    deviceMisuse: 'clear',
  },
  analysis: {
    spendingPattern: 'clear',
    deviceOrSoftware: 'clear',
    payerLocation: 'clear',
    payeeLocation: 'clear',
    score: 0.1,
  },
}

function hashed(...parts: readonly string[]): string {
  return createHmac('sha256', 'a key of tests').update(parts.join('\0')).digest('base64url')
}

export interface Rig {
  readonly ledger: ScaLedger
  now: number
}

export function rig(store: Store, options: Partial<ScaLedgerOptions> = {}): Rig {
  let ids = 0
  const made: { now: number; ledger: ScaLedger } = {
    now: START,
    ledger: scaLedger({
      store,
      clock: { now: () => made.now, monotonic: () => made.now },
      scheduler: realScheduler,
      uuid: () => `made-${++ids}`,
      names: {
        subject: (subject) => (subject === 'erased' ? undefined : hashed('payer', subject)),
        of: hashed,
      },
      entity: 'bank',
      jurisdiction: 'EU',
      ...options,
    }),
  }
  return made
}

export function payment(
  value: string,
  more: Partial<Extract<AskedAct, { readonly kind: 'remote-payment' }>> = {},
): AskedAct {
  return {
    kind: 'remote-payment',
    instrument: 'credit-transfer',
    amount: { value, currency: 'EUR' },
    payees: ['iban:DE89370400440532013000'],
    ...more,
  }
}

export function asked(act: AskedAct, more: Partial<ScaQuestion> = {}): ScaQuestion {
  return { subject: 'anna', act, signals: CLEAR, ...more }
}
