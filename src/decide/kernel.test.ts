/** What needs a rule of the tests' own: rules that throw, and rules that claim. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { bankPlan, goodFacts, openApi } from '../../test/decide/bank-plan.ts'
import { linearRegex } from '../../test/support/linear-regex.ts'
import type { Facts } from './facts.ts'
import { prepareWith } from './kernel.ts'
import type { Level, Mode } from './plan.ts'
import { ALWAYS_PASSES, type PreparedRule, type RuleKind } from './rule.ts'
import { RULES } from './rules/list.ts'
import type { Kernel } from './verdict.ts'

/** A plan of one operation whose rule behaves as told. */
function kernelWith(prepared: PreparedRule, mode: Mode = 'enforce', level: Level = 'api'): Kernel {
  const kind: RuleKind = { name: 'logging.audit', prepare: () => prepared }
  const api = openApi('bank', '', [['GET', '/x']])
  const rule = {
    name: 'logging.audit',
    control: 'audit-trail-complete',
    mode,
    origin: { level, source: 'test' },
    params: { interactionHeader: 'x' },
  } as const
  return prepareWith(
    bankPlan({ ...api, rules: [rule] }),
    { regex: linearRegex },
    new Map([...RULES, ['logging.audit', kind]]),
  )
}

function facts(changes: Partial<Facts> = {}): Facts {
  const { now, bucket, feedAgeMs, request } = goodFacts('')
  return { now, bucket, feedAgeMs, request: { ...request, target: '/x' }, ...changes }
}

describe('a rule that throws', () => {
  const throwing: PreparedRule = {
    needs: [],
    judge: () => {
      throw new Error('eyJ.secret.token')
    },
  }

  test('refuses where it enforces, and what it threw is not told', () => {
    const answer = kernelWith(throwing).next(facts())
    assert.equal(answer.kind === 'deny' && answer.code, 'GH_GATEWAY_RULE_FAILED')
    assert.ok(!JSON.stringify(answer).includes('secret'))
  })

  test('refuses in every mode when it is a mandate', () => {
    const answer = kernelWith(throwing, 'observe', 'mandate').next(facts())
    assert.equal(answer.kind === 'deny' && answer.code, 'GH_GATEWAY_RULE_FAILED')
  })

  test('is recorded, and the request goes on, where it observes', () => {
    const answer = kernelWith(throwing, 'observe').next(facts())
    assert.ok(answer.kind === 'allow')
    assert.deepEqual(
      answer.trail.failed.map(({ code, effect }) => [code, effect]),
      [['GH_GATEWAY_RULE_FAILED', 'observed']],
    )
  })

  test('refuses when it is the late part that throws', () => {
    const late = { ...ALWAYS_PASSES, late: { needs: ['body'] as const, judge: throwing.judge } }
    const answer = kernelWith(late).next(facts({ body: { kind: 'absent' } }))
    assert.equal(answer.kind === 'deny' && answer.code, 'GH_GATEWAY_RULE_FAILED')
  })

  test('closes its API when it throws before the first request', () => {
    const kind: RuleKind = {
      name: 'logging.audit',
      prepare: () => {
        throw new TypeError('no')
      },
    }
    const api = openApi('bank', '', [['GET', '/x']])
    const rules = new Map([...RULES, ['authz.default', kind] as const])
    const kernel = prepareWith(bankPlan(api), { regex: linearRegex }, rules)
    const answer = kernel.next(facts())
    assert.equal(answer.kind === 'deny' && answer.code, 'GH_GATEWAY_API_CLOSED')
  })
})

describe('claims', () => {
  const quota = { kind: 'quota', key: 'k', limit: 4, windowSeconds: 86_400 } as const
  const claiming: PreparedRule = { ...ALWAYS_PASSES, claims: () => [quota] }

  test('are asked for when every rule has passed, and lead to an allow once taken', () => {
    const kernel = kernelWith(claiming)
    const asked = kernel.next(facts())
    assert.ok(asked.kind === 'claim')
    assert.deepEqual(asked.claims, [quota])
    const { request } = facts()
    const first = facts({ request })
    const again = kernel.next(first)
    assert.ok(again.kind === 'claim')
    const answer = kernel.next({ ...first, claims: { kind: 'taken' }, resume: again.resume })
    assert.equal(answer.kind, 'allow')
    assert.deepEqual(answer, kernel.next(facts({ claims: { kind: 'taken' } })))
  })

  test('refuse with the code that says why they were not taken', () => {
    const answer = kernelWith(claiming).next(
      facts({ claims: { kind: 'refused', code: 'GH_GATEWAY_OVERLOADED' } }),
    )
    assert.ok(answer.kind === 'deny')
    assert.equal(answer.code, 'GH_GATEWAY_OVERLOADED')
    assert.equal(answer.rule, 'logging.audit')
  })

  test('are not asked for by a rule that only observes, and of a mandate whatever its mode', () => {
    assert.equal(kernelWith(claiming, 'observe').next(facts()).kind, 'allow')
    assert.equal(kernelWith(claiming, 'observe', 'mandate').next(facts()).kind, 'claim')
  })

  test('of a rule that only observes are counted apart, and told as what would have been refused', () => {
    const counting: PreparedRule = { ...claiming, watchable: true }
    const asked = kernelWith(counting, 'observe').next(facts())
    assert.ok(asked.kind === 'claim')
    assert.deepEqual([asked.claims, asked.watched], [[], [quota]])
    const refused = {
      rule: 'logging.audit',
      code: 'GH_GATEWAY_RATE_EXCEEDED',
      detail: 'k',
    } as const
    const answer = kernelWith(counting, 'observe').next(
      facts({ claims: { kind: 'taken', observed: [refused] } }),
    )
    assert.ok(answer.kind === 'allow')
    assert.deepEqual(
      answer.trail.failed.map(({ rule, code, effect, detail }) => [rule, code, effect, detail]),
      [['logging.audit', 'GH_GATEWAY_RATE_EXCEEDED', 'observed', 'k']],
    )
    const none = kernelWith(counting, 'observe').next(facts({ claims: { kind: 'taken' } }))
    assert.deepEqual(none.kind === 'allow' && none.trail.failed, [])
    const [enforced, off] = [kernelWith(counting), kernelWith(counting, 'off')]
    const taken = enforced.next(facts())
    assert.deepEqual(taken.kind === 'claim' && [taken.claims, taken.watched], [[quota], undefined])
    assert.equal(off.next(facts()).kind, 'allow')
  })

  test('refuse when the rule throws instead', () => {
    const throwing: PreparedRule = {
      ...ALWAYS_PASSES,
      claims: () => {
        throw new Error('no')
      },
    }
    const answer = kernelWith(throwing).next(facts())
    assert.equal(answer.kind === 'deny' && answer.code, 'GH_GATEWAY_RULE_FAILED')
  })

  test('are not asked for when a rule refuses', () => {
    const refusing: PreparedRule = {
      needs: [],
      judge: () => ({ code: 'GH_GATEWAY_SCOPE_MISSING', detail: 'x' }),
      claims: () => assert.fail('asked for claims of a refused request'),
    }
    assert.equal(kernelWith(refusing).next(facts()).kind, 'deny')
  })
})
