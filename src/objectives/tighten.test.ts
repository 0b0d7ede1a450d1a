import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apiProfile } from '../../test/support/api-profile.ts'
import { computeObjective, diffObjectives, type Objective } from './index.ts'

function tightened(numbers: Readonly<Record<string, number>>, jurisdictions = ['EU']): Objective {
  return computeObjective(apiProfile({ jurisdictions }), {
    approval: null,
    tighten: [{ by: 'Ana Ruiz', numbers }],
  })
}

test('O-10 takes what is stricter, in both directions, and says who asked', () => {
  const objective = tightened({ accessTokenMaxSeconds: 300, sloPercent: 99.95, rpoMinutes: 0 })
  assert.deepEqual(objective.conflicts, [])
  assert.equal(objective.protection.accessTokenMaxSeconds, 300)
  assert.equal(objective.service.sloPercent, 99.95)
  assert.deepEqual(
    objective.because.filter((reason) => reason.rule === 'O-10').map((reason) => reason.text),
    [
      'accessTokenMaxSeconds tightened from 600 to 300 by Ana Ruiz',
      'sloPercent tightened from 99.9 to 99.95 by Ana Ruiz',
      'rpoMinutes tightened from 15 to 0 by Ana Ruiz',
    ],
  )
})

test('O-10 says nothing when the number is what it is', () => {
  assert.equal(tightened({ accessTokenMaxSeconds: 600 }).version, tightened({}).version)
})

for (const [numbers, jurisdictions] of [
  [{ accessTokenMaxSeconds: 601 }, ['EU']],
  [{ sloPercent: 99.89 }, ['EU']],
  [{ sloPercent: 100.01 }, ['EU']],
  [{ securityLogDays: 364 }, ['EU']],
  [{ activeTestDays: -1 }, ['EU']],
  [{ activeTestDays: Number.NaN }, ['EU']],
  [{ accessTokenMaxSeconds: 119 }, ['AU']],
  [{ accessTokenMinSeconds: 100 }, ['AU']],
  [{ activeTestDay: 1 }, ['EU']],
  [{ sloWindow: 1 }, ['EU']],
  [{ constructor: 1 }, ['EU']],
  [JSON.parse('{"__proto__": 1}') as Record<string, number>, ['EU']], // sound: an object of numbers
] as const)
  test(`O-10 refuses ${JSON.stringify(numbers)} in ${jurisdictions.join()} and keeps the computed number`, () => {
    const objective = tightened(numbers, [...jurisdictions])
    assert.deepEqual(
      objective.conflicts.map((conflict) => conflict.code),
      ['GH_OBJECTIVES_LOOSENS'],
    )
    const plain = tightened({}, [...jurisdictions])
    assert.deepEqual(objective.service, plain.service)
    assert.deepEqual(objective.protection, plain.protection)
  })

test('the edges are allowed: 100 % and the lower end of a scheme', () => {
  assert.deepEqual(tightened({ sloPercent: 100 }).conflicts, [])
  assert.deepEqual(tightened({ accessTokenMaxSeconds: 120 }, ['AU']).conflicts, [])
})

test('`diffObjectives` lists what changed and nothing else', () => {
  const before = tightened({})
  assert.deepEqual(diffObjectives(before, before), [])
  assert.deepEqual(diffObjectives(before, tightened({ activeTestDays: 3 })), [
    { path: 'protection.activeTestDays', before: 7, after: 3 },
  ])
  const moved = diffObjectives(before, tightened({}, ['AU']))
  assert.ok(moved.some(({ path, after }) => path === 'regimes.au-cdr' && after === 'law'))
  assert.ok(moved.some(({ path, after }) => path === 'required.sca-applied' && after === null))
})
