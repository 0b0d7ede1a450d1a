/** The kill switch: what would refuse is watched; a mandate, a stale feed and what a template does not serve stay as they are. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Kernel, type PlanRule, prepare, type RuleName } from '../../src/decide/index.ts'
import { linearRegex } from '../support/linear-regex.ts'
import { askStepwise, bankApi, bankPlan, goodFacts, RULES, withRule } from './bank-plan.ts'
import { BREACHES, MODE_ROWS } from './breaches.ts'

type Changes = Partial<Pick<PlanRule, 'mode' | 'fraction' | 'origin'>>
const MANDATE = { level: 'mandate', source: 'gatehouse.yaml:3:5' } as const

/** The bank with one rule changed, alone or beside the others in full force. */
function kernelOf(name: string, changes: Changes, alone = true): Kernel {
  const rules = RULES.map((rule): PlanRule => {
    if (rule.name === name) return { ...rule, ...changes }
    return alone ? { ...rule, mode: 'off' } : rule
  })
  return prepare(bankPlan(bankApi({ rules })), { regex: linearRegex })
}

for (const [name, [code, facts]] of Object.entries(BREACHES))
  describe(`observe-all: ${name}`, () => {
    for (const { text, mode, share, level, bucket, want } of MODE_ROWS)
      test(text, () => {
        const origin = { level, source: 'gatehouse.yaml:3:5' }
        const kernel = kernelOf(name, {
          mode,
          origin,
          ...(share === undefined ? {} : { fraction: share }),
        })
        // Only a mandate still denies; what was silent stays silent.
        const left = level === 'mandate' || want === 'silent' ? want : 'observed'
        for (const resuming of [false, true]) {
          const verdict = askStepwise(kernel, { ...facts, bucket, observeAll: true }, resuming)
          assert.equal(verdict.kind, left === 'denied' ? 'deny' : 'allow')
          assert.deepEqual(
            verdict.trail.failed.map(({ rule, effect, code: said }) => [rule, effect, said]),
            left === 'silent' ? [] : [[name, left, code]],
          )
        }
      })

    test('a mandate denies whatever stands beside it', () => {
      for (const changes of [
        { mode: 'observe', origin: MANDATE },
        { mode: 'off', fraction: 0, origin: MANDATE },
        { mode: 'enforce', fraction: 1, origin: MANDATE },
      ] as const) {
        const verdict = askStepwise(
          kernelOf(name, changes, false),
          { ...facts, bucket: 9_999, observeAll: true },
          true,
        )
        assert.ok(verdict.kind === 'deny' && verdict.rule === name, JSON.stringify(changes))
      }
    })
  })

describe('observe-all: answers', () => {
  const facts = goodFacts('/accounts', { observeAll: true })
  const html = { status: 500, mediaType: 'text/html', contentEncoding: '', headers: [] }
  const json = { ...html, status: 200, mediaType: 'application/json' }
  const respond = (kernel: Kernel, head: typeof json): string => {
    const verdict = askStepwise(kernel, facts, true)
    assert.ok(verdict.kind === 'allow')
    return kernel.respond(verdict, facts, head).kind
  }

  test('bodies and errors leave as under observe', () => {
    const kernel = prepare(bankPlan(), { regex: linearRegex })
    assert.equal(respond(kernel, json), 'pass')
    assert.equal(respond(kernel, html), 'pass')
  })
  for (const [rule, head, want] of [
    ['response.fields', json, 'project'],
    ['response.errors', html, 'replace'],
  ] as const)
    test(`a mandated ${rule} goes on`, () => {
      assert.equal(respond(kernelOf(rule, { mode: 'off', origin: MANDATE }), head), want)
    })
})

describe('observe-all: what is no check that could be watched', () => {
  test('a stale feed denies, as it does under observe', () => {
    const kernel = kernelOf('authz.consent', {})
    const verdict = askStepwise(
      kernel,
      goodFacts('/accounts/22289', { feedAgeMs: Infinity, observeAll: true }),
      true,
    )
    assert.ok(verdict.kind === 'deny' && verdict.code === 'GH_GATEWAY_FEED_STALE')
  })

  test('what the template does not serve stays denied, its own consent or another’s', () => {
    const kernel = prepare(
      bankPlan(
        withRule('authz.consent', {
          params: {
            statuses: ['AUTH'],
            permissions: [],
            unmapped: true,
            unmappedBecause: 'ais serves GET and HEAD only',
          },
        }),
      ),
      { regex: linearRegex },
    )
    const asked = goodFacts('/accounts/22289', { observeAll: true })
    for (const facts of [asked, { ...asked, consent: { kind: 'unknown' } as const }])
      assert.equal(askStepwise(kernel, facts, true).kind, 'deny')
  })

  test('an unknown operation and a target of two readings are denied', () => {
    const kernel = prepare(bankPlan(), { regex: linearRegex })
    for (const path of ['/nobody', '/accounts/../admin', '//accounts'])
      assert.equal(kernel.next(goodFacts(path, { observeAll: true })).kind, 'deny')
  })

  test('a mandate that asks for a token asks for a good one, though token.validation only watches', () => {
    const kernel = kernelOf('authz.default', { origin: MANDATE }, false)
    const bad = goodFacts('/accounts/22289', {
      token: { kind: 'invalid', code: 'GH_GATEWAY_TOKEN_SIGNATURE' },
    })
    const under = (observeAll: boolean): string => {
      const verdict = askStepwise(kernel, { ...bad, observeAll }, true)
      return verdict.kind === 'deny' ? verdict.rule : 'allowed'
    }
    assert.equal(under(false), 'token.validation')
    assert.equal(under(true), 'authz.default')
  })
})

test('a switch turned while a request is under way judges that request anew', () => {
  const kernel = kernelOf('token.validation', {}, false)
  const name: RuleName = 'token.validation'
  const [, facts] = BREACHES[name] ?? assert.fail()
  const { token, client: _client, consent: _consent, body: _body, ...rest } = facts
  assert.ok(token !== undefined)
  const watched = kernel.next({ ...rest, token, observeAll: true })
  assert.ok(watched.kind === 'need')
  const now = kernel.next({ ...facts, observeAll: false, resume: watched.resume })
  assert.ok(now.kind === 'deny' && now.rule === name)
})
