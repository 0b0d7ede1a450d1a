/** The rules as tables: every regime in force and its look-alike not, every number at each level, one line a case. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { regimes } from '../../src/controls/index.ts'
import { type ApiProfile, computeObjective, type Objective } from '../../src/objectives/index.ts'
import { apiProfile } from '../support/api-profile.ts'

const list = (words: string): readonly string[] =>
  words === '-' ? [] : words.split(' ').filter((word) => word !== '')

/** Runs each line `a | b => want` of a table; `WRITE_CASES=1` writes what comes out instead. */
function runTable(name: string, least: number, run: (...cells: readonly string[]) => string): void {
  const file = join(import.meta.dirname, 'tables', `${name}.case`)
  const lines = readFileSync(file, 'utf8').split('\n')
  let seen = 0
  const written = lines.map((line) => {
    if (line === '' || line.startsWith('#')) return line
    seen++
    const [given = '', want] = line.split(' => ')
    const got = run(...given.split('|').map((cell) => cell.trim()))
    if (process.env['WRITE_CASES'] !== '1') test(`${name}: ${given}`, () => assert.equal(got, want))
    return `${given} => ${got}`
  })
  if (process.env['WRITE_CASES'] === '1') writeFileSync(file, written.join('\n'))
  test(`${name}: there are cases`, () => assert.ok(seen >= least, `${seen} cases`))
}

function objectiveOf(changes: Partial<ApiProfile>): Objective {
  return computeObjective(apiProfile(changes), { approval: null })
}
// Sound: a word that is no role becomes a conflict, which the tables would show.
const roles = (words: string): ApiProfile['roles'] => list(words) as ApiProfile['roles']

const seenInForce = new Set<string>()
runTable('regimes', 60, (jurisdictions = '', role = '', data = '', features = '', entity = '') => {
  const objective = objectiveOf({
    jurisdictions: list(jurisdictions),
    roles: roles(role),
    dataClasses: list(data),
    features: list(features),
    entity: list(entity),
    exposure: 'internal-network',
  })
  assert.deepEqual(objective.conflicts, [], 'a word of the table is not known')
  for (const { id, basis } of objective.regimes) {
    assert.equal(basis, 'law')
    seenInForce.add(id)
  }
  return objective.regimes.map(({ id }) => id).join(' ') || 'none'
})

/** Guidance, proposals, and law for makers of software: only when the bank names them. */
const BY_NAME_ONLY = ['eu-cra', 'eu-psr', 'fapi2', 'nist-ssdf']

test('every regime comes in as law in some line of the table, through its parent, or by name only', () => {
  const never = regimes().filter(({ id }) => !seenInForce.has(id))
  const throughParent = never.filter(({ inForce, parent }) => inForce && parent !== null)
  assert.deepEqual(
    throughParent.map(({ id }) => id).sort(),
    'eu-dora-cl eu-dora-ir eu-dora-rts-rm eu-eba-gl-contingency eu-eba-gl-fraud eu-eba-gl-ict eu-ftr fatf'.split(
      ' ',
    ),
  )
  for (const { parent } of throughParent) assert.ok(seenInForce.has(parent ?? ''), parent ?? '')
  assert.deepEqual(
    never
      .filter((entry) => !throughParent.includes(entry))
      .map(({ id }) => id)
      .sort(),
    BY_NAME_ONLY,
  )
})

/** `within-2h!`: the answer to the outage question, and whether a critical or important function stands on it. */
function harm(word: string): Pick<ApiProfile, 'seriousHarmWithin' | 'criticalOrImportantFunction'> {
  const answer = word.replace('!', '')
  return {
    // Sound: another word becomes a conflict, which the tables show.
    seriousHarmWithin: answer as ApiProfile['seriousHarmWithin'],
    criticalOrImportantFunction: word.endsWith('!'),
  }
}
// Sound: another word becomes a conflict, which the tables show.
const exposed = (word: string): ApiProfile['exposure'] => word as ApiProfile['exposure']

runTable('levels', 40, (role = '', data = '', features = '', exposure = '', within = '') => {
  const { levels, tier, assurance, conflicts } = objectiveOf({
    jurisdictions: ['CH'],
    roles: roles(role),
    dataClasses: list(data),
    features: list(features),
    exposure: exposed(exposure),
    ...harm(within),
  })
  const { C, I, A, Au } = levels
  const refused = conflicts.map(({ code }) => ` ${code}`).join('')
  return `${C} ${I} ${A} ${Au} ${tier} ${assurance}${refused}`
})

runTable(
  'service',
  40,
  (places = '', role = '', features = '', exposure = '', within = '', named = '') => {
    const { service, conflicts } = objectiveOf({
      jurisdictions: list(places),
      roles: roles(role),
      dataClasses: ['public-reference'],
      features: list(features),
      exposure: exposed(exposure),
      referenceRegimes: list(named),
      ...harm(within),
    })
    assert.deepEqual(conflicts, [])
    const { sloPercent, rtoMinutes, rpoMinutes, maxSingleOutageMinutes } = service
    // Sound: the shape of the service numbers, which the vectors hold to the letter.
    const scheme = service['schemeLatency'] as readonly Readonly<Record<string, string>>[]
    const cells = [
      sloPercent,
      rtoMinutes,
      rpoMinutes,
      maxSingleOutageMinutes,
      service['errorRatePercent'],
      service['detectMinutes'],
      `${String(service['latencyMetric'])}<=${String(service['latencyMs'])}`,
      ...scheme.map(({ regime, metric, scope, ms }) => `${regime}:${scope ?? metric}<=${ms}`),
    ]
    const yearly = service['maxDowntimeMinutesPer12Months']
    return cells.join(' ') + (typeof yearly === 'number' ? ` yearly<=${yearly}` : '')
  },
)

runTable(
  'protection',
  24,
  (places = '', role = '', data = '', exposure = '', critical = '', entity = '') => {
    const { assurance, protection: numbers } = objectiveOf({
      jurisdictions: list(places),
      roles: roles(role),
      dataClasses: list(data),
      exposure: exposed(exposure),
      criticalOrImportantFunction: critical === 'critical',
      entity: list(entity),
      features: [],
      seriousHarmWithin: 'later',
    })
    const least = numbers['accessTokenMinSeconds'] ?? 0
    const days = 'adminIdleSeconds accessReviewDays configEvidenceDays probeEvidenceDays'
      .concat(' activeTestDays penTestDays exceptionMaxDays')
      .split(' ')
      .map((name) => numbers[name])
    const years = numbers['transactionRecordYears'] ?? '-'
    const log = `${numbers['securityLogDays']} (${numbers['securityLogHotDays']})`
    return `${assurance}: ${least}–${numbers['accessTokenMaxSeconds']} ${days.join(' ')}; ${log} ${years}`
  },
)
