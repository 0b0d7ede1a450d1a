import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bankPlan, goodFacts, RULES, withRule } from '../../test/decide/bank-plan.ts'
import { linearRegex } from '../../test/support/linear-regex.ts'
import { checkShape } from './param-shapes.ts'
import type { PlanRule } from './plan.ts'
import { prepare } from './prepare.ts'

test('`checkShape` takes every rule of a sound plan', () => {
  for (const rule of RULES) checkShape(rule)
  assert.equal(new Set(RULES.map(({ name }) => name)).size, 13, 'one of each')
})

const WRONG: readonly (readonly [PlanRule['name'], Readonly<Record<string, unknown>>])[] = [
  ['authz.default', { params: { open: 'no' } }],
  ['authz.objects', { params: { selectors: [{ in: null, name: 'AccountId' }] } }],
  ['authz.objects', { params: { selectors: [{ in: 'path', name: 'AccountId', names: 'owner' }] } }],
  ['authz.objects', { params: { selectors: {} } }],
  ['authz.operations', { params: { anyOf: [null] } }],
  ['authz.consent', { params: { statuses: 'AUTH', permissions: [], unmapped: false } }],
  ['token.lifetime', { params: { maxSeconds: null } }],
  ['token.lifetime', { params: { maxSeconds: Number.NaN } }],
  ['token.validation', { params: { issuers: 'https://as.bank.test' } }],
  ['response.fields', { params: {} }],
  // Without a known mode, fraction or level a rule would be looked at and refuse nothing.
  ['authz.objects', { mode: null }],
  ['authz.objects', { fraction: null }],
  ['authz.objects', { fraction: 10_001 }],
  ['authz.objects', { origin: { level: 'nobody' } }],
  ['authz.objects', { origin: null }],
]
for (const [name, changes] of WRONG)
  test(`an API whose ${name} says ${JSON.stringify(changes)} is closed`, () => {
    const rule = RULES.find((one) => one.name === name)
    assert.throws(() => checkShape({ ...rule, ...changes } as PlanRule), TypeError) // sound: wrong on purpose
    const api = withRule(name, changes as Partial<PlanRule>) // sound: wrong on purpose
    const kernel = prepare(bankPlan(api), { regex: linearRegex })
    const verdict = kernel.next(goodFacts('/accounts/22289'))
    assert.ok(verdict.kind === 'deny' && verdict.code === 'GH_GATEWAY_API_CLOSED')
  })
