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

test('payments at fixed times are held against what the disk and the bare proxy took', () => {
  const openLoop = {
    perSecond: 1_000,
    answered: 998.2,
    bareP99Ms: 2,
    p99Ms: 9.5,
    fdatasyncP99Ms: 2.5,
  }
  const report = rulesReport([], null, openLoop)
  const line = report.targets.find(({ what }) => what.startsWith('open loop'))
  assert.deepEqual([line?.is, line?.met], [5, true])
  assert.match(rulesPrinted(report), /1000\/s due, 998\/s answered: p99 9\.50 ms, bare 2\.00 ms/)
})
