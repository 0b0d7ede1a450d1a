/** Counters of RTS Art. 11 and 16 over whole lives of payers: whatever comes, the law's own sentence holds. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  type Act,
  afterAuthentication,
  afterExemption,
  type Approval,
  EU_RTS,
  type PayerState,
  type ScaContext,
  scaDecision,
} from '../../src/sca/index.ts'

const NOBODY: PayerState = {
  lowValue: { count: 0, sum: 0 },
  contactless: { count: 0, sum: 0 },
  blocked: false,
}
const CLEAR = {
  monitoring: {
    compromisedElements: 'clear',
    fraudScenario: 'clear',
    malware: 'clear',
    deviceMisuse: 'clear',
  },
  analysis: {
    spendingPattern: 'not-evaluated',
    deviceOrSoftware: 'not-evaluated',
    payerLocation: 'not-evaluated',
    payeeLocation: 'not-evaluated',
  },
} as const

function approval(exemption: Approval['exemption'], counts: 'sum' | 'payments'): Approval {
  return { exemption, proposedBy: 'ann', approvedBy: 'ben', from: 0, until: 1e15, counts }
}

function decided(
  act: Act,
  payer: PayerState,
  at: number,
  counts: 'sum' | 'payments',
): ReturnType<typeof scaDecision> {
  const context: ScaContext = {
    at,
    jurisdiction: 'EU',
    act,
    payer,
    ...CLEAR,
    monitored: true,
    approvals: [approval('low-value', counts), approval('contactless', counts)],
    ceilings: { card: 0, 'credit-transfer': 0 },
  }
  return scaDecision(context, EU_RTS)
}

const KINDS = ['remote-payment', 'contactless-payment', 'account-access', 'risky-act'] as const

function actOf(kind: (typeof KINDS)[number], value: number): Act {
  const amount = { value, agreed: `${value} cent` }
  switch (kind) {
    case 'remote-payment':
      return { kind, instrument: 'card', amount, ownAccounts: false, corporateProcess: false }
    case 'contactless-payment':
      return { kind, amount }
    case 'account-access':
      return { kind, through: 'customer', asks: 'more' }
    default:
      return { kind, what: 'limits' }
  }
}

for (const counts of ['sum', 'payments'] as const)
  test(`no payer pays without authentication beyond what the clauses allow (${counts})`, () => {
    const life = fc.array(
      fc.record({ kind: fc.constantFrom(...KINDS), value: fc.integer({ min: 1, max: 60_00 }) }),
      { maxLength: 80 },
    )
    fc.assert(
      fc.property(life, (acts) => {
        let payer = NOBODY
        // The model: what went through exempt since the last payment of its kind that was authenticated.
        const since = { 'remote-payment': [] as number[], 'contactless-payment': [] as number[] }
        acts.forEach(({ kind, value }, at) => {
          const act = actOf(kind, value)
          const decision = decided(act, payer, at, counts)
          const counted = kind === 'remote-payment' || kind === 'contactless-payment'
          const limit = kind === 'remote-payment' ? EU_RTS.lowValue : EU_RTS.contactless
          const before = counted ? since[kind] : []
          const fits =
            counts === 'sum'
              ? before.reduce((sum, one) => sum + one, 0) <= limit.cumulative
              : before.length <= limit.count
          const expected = counted && value <= limit.max && fits ? 'exempt' : 'required'
          assert.equal(decision.outcome, expected)
          if (decision.outcome === 'exempt') {
            payer = afterExemption(act, decision.by.exemption, payer)
            before.push(value)
          } else {
            payer = afterAuthentication(act, at, payer)
            assert.equal(payer.authenticatedAt, at)
            before.length = 0
          }
        })
      }),
      { numRuns: 2_000 },
    )
  })

test('counters that are no numbers let nothing go', () => {
  const act = actOf('remote-payment', 1_00)
  for (const bad of [Number.NaN, -1, Number.POSITIVE_INFINITY])
    for (const counts of ['sum', 'payments'] as const) {
      const payer = { ...NOBODY, lowValue: { count: bad, sum: bad } }
      assert.equal(decided(act, payer, 1, counts).outcome, 'required', `${bad} ${counts}`)
    }
})

test('an exemption that counts nothing leaves the counters as they were', () => {
  const act = actOf('remote-payment', 10_00)
  const payer = { ...NOBODY, lowValue: { count: 3, sum: 30_00 } }
  assert.deepEqual(afterExemption(act, 'trusted-payee', payer), payer)
  assert.deepEqual(afterAuthentication(actOf('account-access', 0), 7, payer), {
    ...payer,
    authenticatedAt: 7,
    accessAuthenticatedAt: 7,
  })
  assert.deepEqual(afterAuthentication(actOf('risky-act', 0), 7, payer), {
    ...payer,
    authenticatedAt: 7,
  })
})
