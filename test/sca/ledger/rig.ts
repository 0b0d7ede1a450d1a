/** A ledger over a real store, with clocks and ports by hand. */
import assert from 'node:assert/strict'
import { createHmac, randomBytes, randomUUID } from 'node:crypto'
import {
  type AskedAct,
  type FraudDesk,
  fraudDesk,
  type GovernanceDesk,
  governanceDesk,
  type GovernedName,
  type ProposalSettings,
  type RiskSignals,
  type ScaLedger,
  scaLedger,
  type ScaLedgerOptions,
  type ScaNames,
  type ScaNews,
  type ScaQuestion,
  type ScaRegisters,
  scaRegisters,
} from '../../../src/sca/index.ts'
import { keysOfSecret, type Store } from '../../../src/store/index.ts'
import { realScheduler } from '../../support/real-scheduler.ts'

export const DAY_MS = 86_400_000
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
  readonly registers: ScaRegisters
  readonly governance: GovernanceDesk
  readonly fraud: FraudDesk
  readonly news: ScaNews[]
  /** Whose keys were destroyed. */
  readonly erased: Set<string>
  now: number
}

/** Monitoring and these exemptions, in force for a year by two persons. */
export async function approve(
  { governance, now }: Pick<Rig, 'governance' | 'now'>,
  ...settings: readonly (readonly [GovernedName, ProposalSettings])[]
): Promise<void> {
  for (const [name, chosen] of [['monitoring', { engine: 'watch 4' }] as const, ...settings]) {
    const proposal = { name, from: now, until: now + 365 * DAY_MS, settings: chosen }
    assert.deepEqual(governance.check(proposal), [])
    await governance.propose(proposal, 'ann', 'minutes')
    assert.equal(await governance.approve(name, 'ben'), 'approved')
  }
}

export const PASSKEY = {
  result: 'succeeded',
  method: 'passkey',
  factors: ['possession', 'inherence'],
  durationMs: 8_000,
} as const

export function rig(store: Store, options: Partial<ScaLedgerOptions> = {}): Rig {
  const news: ScaNews[] = []
  const clock = { now: () => made.now, monotonic: () => made.now }
  const names: ScaNames = {
    subject: (subject) => (made.erased.has(subject) ? undefined : hashed('payer', subject)),
    of: (subject, kind, value) =>
      made.erased.has(subject) ? undefined : hashed(subject, kind, value),
  }
  const { entity = 'bank', jurisdiction = 'EU' } = options
  const common = { store, clock, names, entity, jurisdiction }
  const made: Rig = {
    now: START,
    news,
    erased: new Set(['erased']),
    registers: scaRegisters({
      ...common,
      keys: keysOfSecret('a secret of tests that is long enough to be one'),
      randomBytes,
    }),
    governance: governanceDesk({ ...common, uuid: randomUUID }),
    fraud: fraudDesk({ ...common, timeZone: 'Europe/Berlin' }),
    ledger: scaLedger({
      ...common,
      scheduler: realScheduler,
      uuid: randomUUID,
      tell: (one) => news.push(one),
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
