import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EU_RTS } from '../../../src/sca/index.ts'
import {
  GOVERNED,
  MAX_RISK_ANALYSIS_DAYS,
  mistakesIn,
  type Proposal,
  type ProposalSettings,
} from '../../../src/sca/governance/proposal.ts'

const NOW = Date.UTC(2026, 10, 29)
const DAY = 86_400_000
const SOUND: Readonly<Record<string, ProposalSettings>> = {
  'low-value': { counts: 'sum' },
  contactless: { counts: 'payments' },
  'risk-analysis': { maxScore: 0.2 },
  corporate: { authorityReference: 'letter 7' },
  monitoring: { engine: 'watch 4' },
}

function mistakes(changes: Partial<Proposal>): number {
  const name = changes.name ?? 'low-value'
  const settings = SOUND[name] ?? {}
  return mistakesIn({ name, from: NOW, until: NOW + DAY, settings, ...changes }, EU_RTS, NOW).length
}

test('`mistakesIn`: each exemption may be proposed with what it needs, and with nothing else', () => {
  for (const name of GOVERNED) assert.equal(mistakes({ name }), 0, name)
  for (const name of Object.keys(SOUND))
    // Sound: names of the list above.
    assert.equal(mistakes({ name: name as Proposal['name'], settings: {} }), 1, name)
  for (const [settings, count] of [
    [{ counts: 'sum', maxScore: 0.1 }, 1],
    [{ counts: 'sum', engine: 'x' }, 1],
    [{ counts: 'sum', authorityReference: 'x' }, 1],
    [{ counts: 'sum', bankMax: 30_00 }, 0],
    [{ counts: 'sum', bankMax: 30_01 }, 1],
    [{ counts: 'sum', bankMax: 0 }, 1],
    [{ counts: 'sum', bankMax: 1.5 }, 1],
  ] as const)
    assert.equal(mistakes({ settings }), count, JSON.stringify(settings))
  for (const maxScore of [-0.1, 1.1, Number.NaN])
    assert.equal(mistakes({ name: 'risk-analysis', settings: { maxScore } }), 1)
  assert.equal(
    mistakes({ name: 'risk-analysis', settings: { maxScore: 0, authorityReference: 'notice 1' } }),
    0,
  )
  assert.equal(mistakes({ name: 'own-accounts', settings: { bankMax: 1 } }), 1)
})

test('`mistakesIn`: the audit is due after it begins, and within the year of who analyses risk', () => {
  const analysed = { name: 'risk-analysis', settings: { maxScore: 0.1 } } as const
  const year = MAX_RISK_ANALYSIS_DAYS * DAY
  assert.equal(mistakes({ ...analysed, until: NOW + year }), 0)
  assert.equal(mistakes({ ...analysed, until: NOW + year + 1 }), 1)
  assert.equal(mistakes({ until: NOW + year + 1 }), 0)
  assert.equal(mistakes({ until: NOW }), 1)
  assert.equal(mistakes({ from: NOW - 2 * DAY, until: NOW - DAY }), 1)
  assert.equal(mistakes({ until: Number.NaN }), 1)
})

test('`mistakesIn`: an unknown name is refused with the nearest one, and a jurisdiction without rules has none', () => {
  // Sound: what a person mistyped.
  const wrong = { name: 'low-vlaue' as Proposal['name'], from: NOW, until: NOW + DAY, settings: {} }
  assert.match(mistakesIn(wrong, EU_RTS, NOW).join(), /low-value/)
  assert.equal(mistakesIn({ ...wrong, name: 'recurring' }, undefined, NOW).length, 1)
})
