/**
 * Each suite with some thousands of cases; `npm run fuzz` runs a million. GATEHOUSE_FUZZ_RUNS sets the number, GATEHOUSE_FUZZ_SEED the
 * beginning of chance: without it every run is the same, so that a red one is red for a reason of its own.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { corpusOf } from './corpus.ts'
import { replay, runSuite } from './suite.ts'
import { SUITES } from './suites.ts'

const RUNS = process.env['GATEHOUSE_FUZZ_RUNS']
const SEED = Number(process.env['GATEHOUSE_FUZZ_SEED'] ?? 20_261_128)

test('there are suites, each of its own name and at ten thousand cases or more', () => {
  assert.ok(SUITES.length >= 12, `${SUITES.length} suites`)
  assert.equal(new Set(SUITES.map(({ name }) => name)).size, SUITES.length)
  for (const { name, cases } of SUITES) assert.ok(cases >= 10_000, name)
})

for (const suite of SUITES) {
  const cases = RUNS === undefined ? suite.cases : Number(RUNS)
  test(`${suite.name}: ${suite.holds} (${cases} cases, seed ${SEED})`, async (t) => {
    const outcome = await runSuite(suite, { cases, seed: SEED })
    t.diagnostic(`${outcome.cases} cases in ${Math.round(outcome.ms)} ms`)
    if (outcome.failure === undefined) return
    const { seed, input, error } = outcome.failure
    assert.fail(`seed ${seed}: ${JSON.stringify(input)}\n${error}`)
  })
  const kept = corpusOf(suite.name)
  if (kept.length > 0)
    test(`${suite.name}: ${kept.length} inputs that failed once hold now`, () =>
      replay(suite, kept))
}
