import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apiProfile } from '../../test/support/api-profile.ts'
import {
  type ApiProfile,
  computeObjective,
  profileFrom,
  type ProfileFacts,
  resolveServes,
} from './index.ts'

const quiet: Partial<ApiProfile> = {
  roles: ['internal'],
  dataClasses: ['public-reference'],
  exposure: 'internal-network',
  seriousHarmWithin: 'later',
}
const serving = (
  api: string,
  serves: readonly string[],
  changes: Partial<ApiProfile> = quiet,
): { readonly profile: ApiProfile; readonly serves: readonly string[] } => ({
  profile: apiProfile({ ...changes, api }),
  serves,
})

test('`resolveServes` hands levels down a chain', () => {
  const { servesLevels, unknown } = resolveServes([
    serving('keys', ['login']),
    serving('login', ['payments']),
    serving('payments', [], { roles: ['pis'], seriousHarmWithin: 'within-2h' }),
  ])
  assert.deepEqual(unknown, [])
  const profile = apiProfile({ ...quiet, servesLevels: servesLevels.get('keys') ?? [] })
  assert.equal(computeObjective(profile, { approval: null }).levels.A, 3)
  assert.deepEqual(servesLevels.get('payments'), [])
})

test('`resolveServes` ends when APIs serve one another, or themselves', () => {
  const { servesLevels } = resolveServes([
    serving('a', ['b', 'a']),
    serving('b', ['c']),
    serving('c', ['a'], { roles: ['auth'] }),
  ])
  for (const name of ['a', 'b', 'c'])
    for (const levels of servesLevels.get(name) ?? []) assert.equal(levels.Au, 3)
  assert.equal(servesLevels.get('a')?.length, 1)
})

test('`resolveServes` tells of a name that no API has', () => {
  const { servesLevels, unknown } = resolveServes([
    serving('accounts', []),
    serving('keys', ['acounts', '__proto__']),
  ])
  assert.deepEqual(unknown, [
    { api: 'keys', serves: 'acounts', nearest: 'accounts' },
    { api: 'keys', serves: '__proto__' },
  ])
  assert.deepEqual(servesLevels.get('keys'), [])
})

const facts: ProfileFacts = {
  api: 'accounts',
  found: { roles: ['ais'], dataClasses: ['balance', 'transaction'], methods: ['GET'] },
  declared: {
    roles: null,
    dataClasses: null,
    exposure: null,
    features: ['unattended-access'],
    seriousHarmWithin: 'within-24h',
    criticalOrImportantFunction: false,
  },
  organisation: { jurisdictions: ['UK', 'UK'], entity: ['financial-entity'] },
}

test('`profileFrom` takes what was found when nothing is declared', () => {
  const { profile, undeclared } = profileFrom(facts)
  assert.deepEqual(undeclared, [])
  assert.deepEqual(profile, {
    api: 'accounts',
    roles: ['ais'],
    dataClasses: ['balance', 'transaction'],
    exposure: 'internet-authenticated',
    jurisdictions: ['UK'],
    entity: ['financial-entity'],
    seriousHarmWithin: 'within-24h',
    criticalOrImportantFunction: false,
    features: ['unattended-access', 'jwt'],
    servesLevels: [],
  })
})

test('`profileFrom` lets a declaration win, and says what it leaves out', () => {
  const { profile, undeclared } = profileFrom({
    ...facts,
    declared: { ...facts.declared, dataClasses: ['balance'], exposure: 'partner-network' },
  })
  assert.deepEqual(profile.dataClasses, ['balance'])
  assert.equal(profile.exposure, 'partner-network')
  assert.deepEqual(undeclared, ['transaction'])
})

test('`profileFrom` makes open data anonymous only when all of it is open', () => {
  const exposureOf = (roles: ProfileFacts['found']['roles']): string =>
    profileFrom({ ...facts, found: { ...facts.found, roles } }).profile.exposure
  assert.equal(exposureOf(['open-data']), 'internet-anonymous')
  assert.equal(exposureOf(['open-data', 'ais']), 'internet-authenticated')
  assert.equal(exposureOf([]), 'internet-authenticated')
})

test('`profileFrom` sees writes by method', () => {
  const featuresOf = (methods: readonly string[]): readonly string[] =>
    profileFrom({ ...facts, found: { ...facts.found, methods } }).profile.features
  assert.ok(!featuresOf(['GET', 'head', 'OPTIONS']).includes('writes'))
  assert.ok(featuresOf(['GET', 'post']).includes('writes'))
})
