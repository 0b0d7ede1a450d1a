/** Each rule broken by itself, in every mode, share and level: what is denied, what is only seen, what nobody looks at. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type PlanRule, prepare } from '../../src/decide/index.ts'
import { linearRegex } from '../support/linear-regex.ts'
import {
  askStepwise,
  bankApi,
  bankPlan,
  BASE,
  CONSENT,
  goodFacts,
  headers,
  RULES,
  TOKEN,
} from './bank-plan.ts'
import { BREACHES, MODE_ROWS } from './breaches.ts'

/** What judges an answer, or only says something about one: no request can break it. */
const NOT_OF_REQUESTS = [
  'response.fields',
  'response.errors',
  'logging.audit',
  'upstream.resilience',
]

test('every rule of the plan is broken by some request, or judges answers', () => {
  assert.deepEqual(
    RULES.map(({ name }) => name).filter(
      (name) => BREACHES[name] === undefined && !NOT_OF_REQUESTS.includes(name),
    ),
    [],
  )
})

test('there are cases', () => assert.ok(MODE_ROWS.length >= 20))

/** The bank with this rule as the row says, alone or among all others in full force. */
function kernelOf(name: string, changes: Partial<PlanRule>, alone: boolean) {
  const rules = RULES.map((rule): PlanRule => {
    // Sound: mode, share and origin are members of every rule.
    if (rule.name === name) return { ...rule, ...changes } as PlanRule
    return alone ? { ...rule, mode: 'off' } : rule
  })
  return prepare(bankPlan(bankApi({ rules })), { regex: linearRegex })
}

for (const [name, [code, facts]] of Object.entries(BREACHES))
  for (const { text, mode, share, level, bucket, want } of MODE_ROWS)
    test(`${name} ${text}`, () => {
      const changes = {
        mode,
        ...(share === undefined ? {} : { fraction: share }),
        origin: { level, source: 'gatehouse.yaml:3:5' },
      }
      const kernel = kernelOf(name, changes, true)
      const broken = { ...facts, bucket }
      for (const verdict of [
        askStepwise(kernel, broken, false),
        askStepwise(kernel, broken, true),
      ]) {
        const seen = verdict.trail.failed.map((failure) => [
          failure.rule,
          failure.code,
          failure.effect,
        ])
        if (want === 'silent') assert.deepEqual(seen, [])
        else assert.deepEqual(seen, [[name, code, want]])
        assert.equal(verdict.kind, want === 'denied' ? 'deny' : 'allow')
        if (verdict.kind === 'deny') assert.equal(verdict.rule, name)
      }
    })

test('a request in order passes each rule in every mode, and leaves no trace', () => {
  for (const name of Object.keys(BREACHES))
    for (const mode of ['off', 'observe', 'enforce'] as const) {
      const verdict = askStepwise(
        kernelOf(name, { mode }, false),
        goodFacts('/accounts/22289'),
        true,
      )
      assert.equal(verdict.kind, 'allow', `${name} ${mode}`)
      assert.deepEqual(verdict.trail.failed, [])
    }
})

test('the first rule that refuses ends it: what comes after is not told', () => {
  const kernel = prepare(bankPlan(), { regex: linearRegex })
  const all = goodFacts('/accounts/99999?iban=x', {
    token: { ...TOKEN, type: 'jwt', scopes: new Set() },
    consent: { ...CONSENT, revoked: true },
  })
  const verdict = askStepwise(kernel, all, true)
  assert.deepEqual(
    verdict.trail.failed.map(({ rule }) => rule),
    ['logging.redact'],
  )
})

test('what is only watched does not hide what is enforced after it', () => {
  const kernel = kernelOf('logging.redact', { mode: 'observe' }, false)
  const request = { method: 'GET', target: `${BASE}/accounts/99999?iban=x`, headers: headers() }
  const verdict = askStepwise(kernel, goodFacts('/accounts/99999', { request }), true)
  assert.deepEqual(
    verdict.trail.failed.map(({ rule, effect }) => [rule, effect]),
    [
      ['logging.redact', 'observed'],
      ['authz.objects', 'denied'],
    ],
  )
})
