import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { RetryBudget } from './retry-budget.ts'

function spent(budget: RetryBudget, tries: number): number {
  let count = 0
  for (let time = 0; time < tries; time++) if (budget.spend()) count++
  return count
}

test('so many at once, then a share of the requests', () => {
  const budget = new RetryBudget({ percent: 25, burst: 3 })
  assert.equal(spent(budget, 10), 3)
  for (let time = 0; time < 3; time++) budget.earn()
  assert.equal(spent(budget, 10), 0)
  budget.earn()
  assert.equal(spent(budget, 10), 1)
  for (let time = 0; time < 1_000; time++) budget.earn()
  assert.equal(spent(budget, 10), 3, 'what is saved has an end')
})

test('none is none', () => {
  for (const plan of [
    { percent: 0, burst: 0 },
    { percent: 100, burst: 0 },
  ]) {
    const budget = new RetryBudget(plan)
    budget.earn()
    assert.equal(spent(budget, 10), 0)
  }
})

test('never more than the burst and the share of all requests together', () => {
  fc.assert(
    fc.property(
      fc.array(fc.boolean(), { maxLength: 200 }),
      fc.nat(100),
      fc.nat(20),
      (steps, percent, burst) => {
        const budget = new RetryBudget({ percent, burst })
        let requests = 0
        let retries = 0
        for (const retry of steps)
          if (!retry) {
            requests++
            budget.earn()
          } else if (budget.spend()) retries++
        assert.ok(retries <= burst + (requests * percent) / 100 + 1e-9)
      },
    ),
    { numRuns: Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 10_000) },
  )
})
