/**
 * Whole lives of payers against a model that keeps lists and counts them anew each time: decisions, authentications, settlements in any
 * order, of any earlier payment. No payment takes place without an exemption that the model grants, or an authentication.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scaMigrations } from '../../../src/sca/tables/index.ts'
import { seededChance } from '../../support/seeded-chance.ts'
import { memoryUnits } from '../memory-units.ts'
import { approve, asked, PASSKEY, payment, rig } from './rig.ts'

const SEEDS = Math.max(1_000, Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 0))
const STEPS = 14

interface Paid {
  readonly id: string
  readonly value: number
  readonly exempt: boolean
  authenticated: boolean
  /** Counts towards the next one. */
  counts: boolean
  state: 'open' | 'done' | 'void'
}

test('no seed pays without a code or an exemption, and none is asked for more than the clause does', async (t) => {
  const store = memoryUnits(scaMigrations)
  t.after(() => store.close())
  const made = rig(store)
  await approve(made, ['low-value', { counts: 'payments' }])
  const met = new Set<string>()
  for (let seed = 0; seed < SEEDS; seed++) {
    const chance = seededChance(seed)
    const life: Paid[] = []
    for (let step = 0; step < STEPS; step++) {
      made.now += 1
      const drawn = chance()
      const one = life[Math.floor(chance() * life.length)]
      const what = `seed ${seed}, step ${step}`
      if (drawn < 0.6 || one === undefined) {
        const value = chance() < 0.85 ? 1 + Math.floor(chance() * 30_00) : 30_01
        const text = `${Math.floor(value / 100)}.${String(value % 100).padStart(2, '0')}`
        const { id, outcome, counters } = await made.ledger.decide(
          asked(payment(text), { subject: `payer-${seed}`, id: `${seed}-${step}` }),
        )
        const before = life.filter(({ counts }) => counts)
        const exempt = value <= 30_00 && before.length <= 5
        assert.equal(outcome, exempt ? 'exempt' : 'required', what)
        life.push({ id, value, exempt, authenticated: false, counts: exempt, state: 'open' })
        const counted = life.filter(({ counts }) => counts)
        assert.deepEqual(
          counters.lowValue,
          { count: counted.length, sum: counted.reduce((sum, paid) => sum + paid.value, 0) },
          what,
        )
        met.add(outcome)
      } else if (drawn < 0.7) {
        const result = await made.ledger.authenticated(one.id, PASSKEY)
        const expected = one.authenticated ? 'already' : one.state === 'open' ? 'recorded' : 'ended'
        assert.equal(result, expected, what)
        met.add(result)
        if (result !== 'recorded') continue
        one.authenticated = true
        for (const paid of life) paid.counts = false
      } else if (drawn < 0.78) {
        const result = await made.ledger.authenticated(one.id, {
          result: 'failed',
          method: 'passkey',
          durationMs: 1,
        })
        assert.ok(['recorded', 'already', 'ended'].includes(result), what)
      } else {
        const as = drawn < 0.9 ? 'done' : 'void'
        const allowed = as === 'void' || one.exempt || one.authenticated
        const expected =
          one.state !== 'open'
            ? one.state === as
              ? 'already'
              : 'contradicted'
            : allowed
              ? 'settled'
              : 'unauthenticated'
        const result = await made.ledger.settle(one.id, as)
        assert.equal(result, expected, what)
        met.add(result)
        if (result !== 'settled') continue
        one.state = as
        if (as === 'void') one.counts = false
      }
    }
  }
  assert.deepEqual([...met].toSorted(), [
    'already',
    'contradicted',
    'ended',
    'exempt',
    'recorded',
    'required',
    'settled',
    'unauthenticated',
  ])
})
