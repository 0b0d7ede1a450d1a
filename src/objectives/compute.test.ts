import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { apiProfile } from '../../test/support/api-profile.ts'
import { dataClasses, enumerations, regimes } from '../controls/index.ts'
import { type ApiProfile, computeObjective, type Objective } from './index.ts'

function objectiveOf(changes: Partial<ApiProfile> = {}): Objective {
  return computeObjective(apiProfile(changes), { approval: null })
}
function texts(objective: Objective, rule: string): readonly string[] {
  return objective.because.filter((reason) => reason.rule === rule).map((reason) => reason.text)
}

test('`computeObjective` gives the same version for the same facts, and another when anything changes', () => {
  const one = objectiveOf()
  assert.match(one.version, /^sha256:[0-9a-f]{64}$/)
  assert.equal(one.version, objectiveOf().version)
  assert.notEqual(one.version, objectiveOf({ features: ['jwt', 'writes'] }).version)
  assert.notEqual(one.version, objectiveOf({ api: 'other' }).version)
})

test('`computeObjective` keeps the version when somebody approves it', () => {
  const approved = computeObjective(apiProfile(), {
    approval: { by: 'Ana Ruiz', on: '2026-01-05' },
  })
  assert.equal(approved.version, objectiveOf().version)
  assert.deepEqual(approved.approval, { by: 'Ana Ruiz', on: '2026-01-05' })
})

test('O-01b raises confidentiality for bulk access, but not of data that anyone may read', () => {
  assert.equal(objectiveOf({ features: ['jwt', 'bulk'] }).levels.C, 3)
  const open = objectiveOf({
    roles: ['open-data'],
    dataClasses: ['public-reference'],
    exposure: 'internet-anonymous',
    features: ['bulk'],
    seriousHarmWithin: 'later',
  })
  assert.equal(open.levels.C, 0)
  assert.deepEqual(open.conflicts, [])
})

test('O-04 makes a critical or important function highly available, whatever the outage answer', () => {
  const objective = objectiveOf({ criticalOrImportantFunction: true, seriousHarmWithin: 'later' })
  assert.equal(objective.levels.A, 3)
  assert.deepEqual(texts(objective, 'O-04'), [
    'availability high: it supports a critical or important function',
  ])
})

test('O-06 raises moderate assurance on the internet only', () => {
  assert.equal(objectiveOf().assurance, 3)
  assert.equal(objectiveOf({ exposure: 'internal-network' }).assurance, 2)
  assert.equal(objectiveOf({ exposure: 'partner-network' }).assurance, 2)
})

test('O-06 refuses personal data on an anonymous host, and the API may not be activated', () => {
  const conflict = objectiveOf({ exposure: 'internet-anonymous' }).conflicts
  assert.deepEqual(
    conflict.map((item) => item.code),
    ['GH_OBJECTIVES_CONFLICT'],
  )
})

test('O-08 raises a target that is below the floor of a regime', () => {
  const objective = objectiveOf({
    roles: ['internal'],
    dataClasses: ['public-reference'],
    seriousHarmWithin: 'later',
    jurisdictions: ['UK'],
    referenceRegimes: ['uk-obl'],
  })
  assert.equal(objective.levels.A, 0)
  assert.equal(objective.service.sloPercent, 99.5)
  assert.ok(
    texts(objective, 'O-08').includes(
      'uk-obl floor 99.5% per calendar-quarter raises the target from 99%',
    ),
  )
})

test('O-09 clips the life of a token to the range of each scheme', () => {
  const partner: Partial<ApiProfile> = {
    roles: ['open-data'],
    dataClasses: ['public-reference'],
    exposure: 'partner-network',
    seriousHarmWithin: 'later',
  }
  const seconds = (jurisdictions: readonly string[]): unknown => {
    const { protection } = objectiveOf({ ...partner, jurisdictions })
    return [protection.accessTokenMinSeconds ?? null, protection.accessTokenMaxSeconds]
  }
  assert.deepEqual(seconds(['SG']), [null, 3600])
  assert.deepEqual(seconds(['AU']), [120, 600])
  assert.deepEqual(seconds(['BR']), [300, 900])
  assert.deepEqual(seconds(['AU', 'BR']), [300, 600])
})

test('O-09 extends record keeping by regime', () => {
  const newYork = objectiveOf({ jurisdictions: ['US-NY'] }).protection
  assert.equal(newYork.securityLogDays, 1095)
  assert.equal(newYork.transactionRecordYears, 5)
  const eu = objectiveOf().protection
  assert.equal(eu.securityLogDays, 365)
  assert.equal(eu.transactionRecordYears, undefined)
})

test('O-09 takes the days of DORA for a critical function, however low its assurance', () => {
  const low: Partial<ApiProfile> = {
    roles: ['internal'],
    dataClasses: ['public-reference'],
    exposure: 'internal-network',
  }
  const days = (critical: boolean): unknown =>
    objectiveOf({ ...low, criticalOrImportantFunction: critical }).protection.activeTestDays
  assert.equal(days(false), 30)
  assert.equal(days(true), 7)
})

test('`computeObjective` makes every unknown word a conflict with the nearest known one', () => {
  const objective = objectiveOf({
    dataClasses: ['balance', 'balanse', '__proto__'],
    features: ['jwt', 'unatended-access'],
    entity: ['finacial-entity'],
    jurisdictions: ['Europe'],
    referenceRegimes: ['eu-psd3'],
  })
  assert.equal(objective.conflicts.length, 6)
  for (const { code } of objective.conflicts) assert.equal(code, 'GH_OBJECTIVES_UNKNOWN_WORD')
  const said = objective.conflicts.map((item) => item.text).join('\n')
  for (const near of ['balance', 'unattended-access', 'financial-entity', 'eu-psd2'])
    assert.match(said, new RegExp(`Did you mean ${near}\\?`))
})

const word = <T>(values: readonly T[]): fc.Arbitrary<T[]> =>
  fc.uniqueArray(fc.constantFrom(...values), { maxLength: 4 })
const anyProfile: fc.Arbitrary<ApiProfile> = fc.record({
  api: fc.constantFrom('a', 'b'),
  roles: word(enumerations().roles),
  dataClasses: word(dataClasses().map((entry) => entry.id)),
  exposure: fc.constantFrom(...enumerations().exposures),
  jurisdictions: word(['EU', 'FR', 'NO', 'UK', 'AU', 'BR', 'US', 'US-NY', 'SG', 'HK', 'IN', 'CH']),
  entity: word(['financial-entity', 'swift-user']),
  seriousHarmWithin: fc.constantFrom('within-2h', 'within-24h', 'within-5d', 'later'),
  criticalOrImportantFunction: fc.boolean(),
  features: word(enumerations().features),
  servesLevels: fc.array(fc.record({ A: fc.constantFrom(0, 1, 2, 3) }), { maxLength: 2 }),
  referenceRegimes: word(regimes().map((entry) => entry.id)),
})

test('more facts never ask for less: levels, required controls and numbers only tighten', () => {
  fc.assert(
    fc.property(anyProfile, anyProfile, (profile, more) => {
      const union = <T>(a: readonly T[], b: readonly T[]): readonly T[] => [
        ...new Set([...a, ...b]),
      ]
      const before = computeObjective(profile, { approval: null })
      const after = computeObjective(
        {
          ...profile,
          roles: union(profile.roles, more.roles),
          dataClasses: union(profile.dataClasses, more.dataClasses),
          jurisdictions: union(profile.jurisdictions, more.jurisdictions),
          features: union(profile.features, more.features),
          referenceRegimes: union(profile.referenceRegimes ?? [], more.referenceRegimes ?? []),
          criticalOrImportantFunction: true,
        },
        { approval: null },
      )
      for (const dimension of ['C', 'I', 'A', 'Au'] as const)
        assert.ok(after.levels[dimension] >= before.levels[dimension])
      const required = new Set(after.required.map((item) => item.control))
      for (const item of before.required) assert.ok(required.has(item.control), item.control)
      assert.ok(after.service.sloPercent >= before.service.sloPercent)
      for (const name of [
        'activeTestDays',
        'configEvidenceDays',
        'exceptionMaxDays',
        'penTestDays',
      ])
        assert.ok(Number(after.protection[name]) <= Number(before.protection[name]), name)
      assert.ok(
        (after.protection.accessTokenMaxSeconds ?? 0) <=
          (before.protection.accessTokenMaxSeconds ?? 0),
      )
      assert.deepEqual(
        before.conflicts.filter((c) => c.code !== 'GH_OBJECTIVES_CONFLICT'),
        [],
      )
    }),
    { numRuns: 300 },
  )
})
