/** O-10 number by number: what is stricter is taken, what is looser is refused, and what is the same is silent. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type ApiProfile,
  computeObjective,
  diffObjectives,
  type Objective,
} from '../../src/objectives/index.ts'
import { apiProfile } from '../support/api-profile.ts'

/** Payments in New York: every number that an objective can have is there but those of Singapore and of a scheme's token. */
const PROFILE: Partial<ApiProfile> = {
  roles: ['pis'],
  dataClasses: ['payment-instruction'],
  jurisdictions: ['US-NY', 'SG', 'AU'],
  seriousHarmWithin: 'within-2h',
  referenceRegimes: ['au-cdr'],
}

function wish(numbers: Readonly<Record<string, number>>, by = 'Ana Ruiz'): Objective {
  return computeObjective(apiProfile(PROFILE), { approval: null, tighten: [{ by, numbers }] })
}
function numberOf(objective: Objective, name: string): unknown {
  return objective.service[name] ?? objective.protection[name]
}

/** Name → value as computed, one step stricter, one step looser. Written by hand: the direction is what is tested. */
const NUMBERS: Readonly<
  Record<string, readonly [computed: number, strict: number, loose: number]>
> = {
  sloPercent: [99.95, 99.96, 99.94],
  rtoMinutes: [60, 59, 61],
  maxSingleOutageMinutes: [30, 29, 31],
  errorRatePercent: [0.1, 0.09, 0.11],
  detectMinutes: [2, 1, 3],
  latencyMs: [750, 749, 751],
  maxDowntimeMinutesPer12Months: [240, 239, 241],
  accessTokenMaxSeconds: [600, 599, 601],
  adminIdleSeconds: [900, 899, 901],
  accessReviewDays: [180, 179, 181],
  configEvidenceDays: [1, 0, 2],
  probeEvidenceDays: [1, 0, 2],
  activeTestDays: [7, 6, 8],
  penTestDays: [365, 364, 366],
  exceptionMaxDays: [90, 89, 91],
  transactionRecordYears: [5, 6, 4],
  securityLogDays: [1095, 1096, 1094],
  securityLogHotDays: [90, 91, 89],
}

test('the table names every number of this objective but the two at their end', () => {
  const plain = wish({})
  const all = Object.entries({ ...plain.service, ...plain.protection })
    .filter(([, value]) => typeof value === 'number')
    .map(([name]) => name)
  assert.deepEqual(
    all.sort(),
    [...Object.keys(NUMBERS), 'accessTokenMinSeconds', 'rpoMinutes'].sort(),
  )
})

for (const [name, [computed, strict, loose]] of Object.entries(NUMBERS)) {
  test(`O-10 takes ${name} ${strict} where ${computed} was computed, and records who asked`, () => {
    const objective = wish({ [name]: strict })
    assert.deepEqual(objective.conflicts, [])
    assert.equal(numberOf(objective, name), strict)
    assert.deepEqual(objective.because.at(-1), {
      rule: 'O-10',
      text: `${name} tightened from ${computed} to ${strict} by Ana Ruiz`,
    })
    const section = Object.hasOwn(objective.service, name) ? 'service' : 'protection'
    assert.deepEqual(diffObjectives(wish({}), objective), [
      { path: `${section}.${name}`, before: computed, after: strict },
    ])
  })
  test(`O-10 refuses ${name} ${loose} and keeps ${computed}`, () => {
    const objective = wish({ [name]: loose })
    assert.deepEqual(objective.conflicts, [
      {
        code: 'GH_OBJECTIVES_LOOSENS',
        text: `Ana Ruiz: ${name} ${loose} is looser than ${computed}; that needs an exception`,
      },
    ])
    assert.equal(numberOf(objective, name), computed)
  })
  test(`O-10 says nothing of ${name} ${computed}, which is what it is`, () => {
    assert.deepEqual(wish({ [name]: computed }), wish({}))
  })
}

test('O-10 takes wishes in order: the second is measured by the first', () => {
  const both = (first: number, second: number): Objective =>
    computeObjective(apiProfile(PROFILE), {
      approval: null,
      tighten: [
        { by: 'Ana', numbers: { activeTestDays: first } },
        { by: 'Ben', numbers: { activeTestDays: second } },
      ],
    })
  assert.equal(both(5, 3).protection['activeTestDays'], 3)
  assert.deepEqual(both(5, 3).conflicts, [])
  const loosened = both(3, 5)
  assert.equal(loosened.protection['activeTestDays'], 3)
  assert.deepEqual(
    loosened.conflicts.map(({ text }) => text),
    ['Ben: activeTestDays 5 is looser than 3; that needs an exception'],
  )
})

for (const [name, wanted, text] of [
  ['sloPercent', 101, 'sloPercent cannot be 101'],
  ['rtoMinutes', Number.POSITIVE_INFINITY, 'rtoMinutes cannot be Infinity'],
  ['rtoMinutes', -0.1, 'rtoMinutes cannot be -0.1'],
  [
    'accessTokenMaxSeconds',
    119,
    'accessTokenMaxSeconds 119 is below the 120 s that the scheme allows a token',
  ],
  [
    'accessTokenMinSeconds',
    60,
    'accessTokenMinSeconds is no number of this objective; did you mean accessTokenMaxSeconds?',
  ],
  ['rtoMinute', 1, 'rtoMinute is no number of this objective; did you mean rtoMinutes?'],
  ['latencyMetric', 1, 'latencyMetric is no number of this objective'],
  ['schemeLatency', 1, 'schemeLatency is no number of this objective'],
  ['x', 1, 'x is no number of this objective'],
] as const)
  test(`O-10 answers ${name} ${wanted} with: ${text}`, () => {
    const objective = wish({ [name]: wanted })
    assert.deepEqual(
      objective.conflicts.map((conflict) => conflict.text.replace(/^Ana Ruiz: /, '')),
      [text],
    )
  })

test('a number that nobody shows a token for cannot be tightened: there is none', () => {
  const open = computeObjective(
    apiProfile({ roles: ['open-data'], dataClasses: [], exposure: 'internet-anonymous' }),
    { approval: null, tighten: [{ by: 'Ana', numbers: { accessTokenMaxSeconds: 60 } }] },
  )
  assert.equal(open.protection['accessTokenMaxSeconds'], null)
  assert.equal(open.conflicts.length, 1)
})
