/** What `npm run bench:rules` says of its own figures: each target beside what was measured, and nothing about what was not. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rulesPrinted, rulesReport, type RuleResult } from '../../bench/rules/report.ts'

const result = (name: string, cpuMicros: number): RuleResult => ({
  name,
  cpuMicros,
  requestsPerSecond: 10_000.4,
  p99Ms: 1.234,
})

test('each target is met, missed or not measured', () => {
  const { targets, bytesPerConsent } = rulesReport(
    [result('bare-read', 30), result('read', 54), result('read-dpop', 150), result('payment', 250)],
    184.3,
  )
  assert.equal(bytesPerConsent, 184)
  assert.deepEqual(
    targets.map(({ is, met }) => [is, met]),
    [
      [54, true],
      [1.8, true],
      [96, false],
      [250, true],
      [null, null],
      [null, null],
      [184.3, true],
    ],
  )
})

test('it is printed with one line for each', () => {
  const text = rulesPrinted(rulesReport([result('read', 61)], null))
  assert.match(text, /^read +61\.0 µs/)
  assert.match(text, /target: read, µs ≤ 60: 61, missed/)
  assert.match(text, /bytes per consent ≤ 400: –, not measured/)
})
