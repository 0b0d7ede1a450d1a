/** Words that the catalogue does not know, and the answers to "why" and "why not", member by member. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { controls } from '../../src/controls/index.ts'
import {
  type ApiProfile,
  checkProfile,
  computeObjective,
  describeMistake,
  JURISDICTIONS,
  whyControl,
  whyNotRequired,
} from '../../src/objectives/index.ts'
import { apiProfile } from '../support/api-profile.ts'

/** A profile with a word that its type does not have: `object` lets it in. */
const wrong = (changes: object): ApiProfile => apiProfile(changes)

for (const [changes, member, word, nearest] of [
  [{ roles: ['aisp'] }, 'roles', 'aisp', 'ais'],
  [{ roles: ['ais', 'AIS'] }, 'roles', 'AIS', 'ais'],
  [{ dataClasses: ['ballance'] }, 'dataClasses', 'ballance', 'balance'],
  [{ exposure: 'internet' }, 'exposure', 'internet', undefined],
  [{ exposure: 'internal-netwrk' }, 'exposure', 'internal-netwrk', 'internal-network'],
  [{ features: ['wites'] }, 'features', 'wites', 'writes'],
  [{ entity: ['credit-instituton'] }, 'entity', 'credit-instituton', 'credit-institution'],
  [{ seriousHarmWithin: 'within-1h' }, 'seriousHarmWithin', 'within-1h', 'within-2h'],
  [{ referenceRegimes: ['gdp'] }, 'referenceRegimes', 'gdp', 'gdpr'],
  [{ jurisdictions: ['uk'] }, 'jurisdictions', 'uk', undefined],
  [{ jurisdictions: ['US-NEWY'] }, 'jurisdictions', 'US-NEWY', 'US-NY'],
  [{ dataClasses: ['__proto__'] }, 'dataClasses', '__proto__', undefined],
] as const)
  test(`\`checkProfile\` names ${member} and ${JSON.stringify(word)}, and nothing else`, () => {
    const profile = wrong(changes)
    const mistakes = checkProfile(profile)
    assert.equal(mistakes.length, 1)
    const [mistake] = mistakes
    assert.equal(mistake?.member, member)
    assert.equal(mistake.word, word)
    if (nearest !== undefined) assert.equal(mistake.nearest, nearest)
    const text = describeMistake(mistake)
    assert.ok(text.startsWith(`${member}: ${JSON.stringify(word)} is not known.`), text)
    assert.ok(text.endsWith(`Known: ${mistake.allowed.join(', ')}.`), text)
    assert.equal(text.includes('Did you mean'), mistake.nearest !== undefined)
    assert.deepEqual(computeObjective(profile, { approval: null }).conflicts, [
      { code: 'GH_OBJECTIVES_UNKNOWN_WORD', text },
    ])
  })

test('`checkProfile` takes every word that rules look at, and any country', () => {
  for (const name of [...JURISDICTIONS, 'JP', 'CH', 'US-CA', 'CA-QC'])
    assert.deepEqual(checkProfile(apiProfile({ jurisdictions: [name] })), [], name)
})

test('an unknown data class hides none of the classes after it', () => {
  const { levels } = computeObjective(wrong({ dataClasses: ['nonsense', 'credential'] }), {
    approval: null,
  })
  assert.equal(levels.C, 3)
  assert.equal(levels.I, 3)
})

/** One condition missing at a time: control, what the API is, and the sentence. */
for (const [id, changes, sentence] of [
  [
    'payment-idempotency',
    { roles: [] },
    '"it starts payments" does not hold: roles is none, not one of pis',
  ],
  [
    'payment-idempotency',
    { roles: ['ais', 'event'] },
    '"it starts payments" does not hold: roles is ais, event, not one of pis',
  ],
] as const)
  test(`\`whyNotRequired\` says of ${id}: ${sentence}`, () => {
    const objective = computeObjective(apiProfile(changes), { approval: null })
    assert.equal(whyNotRequired(objective, id), sentence)
  })

test('`whyControl` names every kind of condition that the catalogue uses', () => {
  const bare = computeObjective(
    apiProfile({
      roles: [],
      dataClasses: [],
      features: [],
      jurisdictions: [],
      entity: [],
      exposure: 'internal-network',
      seriousHarmWithin: 'later',
    }),
    { approval: null },
  )
  const named = new Set<string>()
  const used = new Set<string>()
  for (const { id, requiredWhen } of controls()) {
    const why = whyControl(bare, id)
    if (why.kind !== 'not-required') continue
    assert.equal(why.entries.length, requiredWhen.length)
    for (const [at, { because, failed }] of why.entries.entries()) {
      const { because: reason, ...conditions } = requiredWhen[at] ?? { because: '' }
      assert.equal(because, reason)
      for (const { condition } of failed) named.add(condition)
      for (const name of Object.keys(conditions)) used.add(name)
      // Each failed condition is one that the entry makes, under its own name.
      for (const { condition } of failed) assert.ok(Object.hasOwn(conditions, condition), condition)
    }
  }
  assert.deepEqual([...named].sort(), [...used].sort())
})

test('`whyControl` gives no reason for a control that the objective does not list', () => {
  const objective = computeObjective(apiProfile(), { approval: null })
  const taken = { ...objective, required: [] }
  const why = whyControl(taken, 'sca-applied')
  assert.equal(why.kind, 'not-required')
})
