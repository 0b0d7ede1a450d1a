/** The step protocol: what is asked for and when, modes, rules that throw, claims, and what `resume` may not change. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  type ActiveApi,
  type Facts,
  type Kernel,
  type PlanRule,
  prepare,
  type TokenFact,
  type Verdict,
} from '../../src/decide/index.ts'
import { linearRegex } from '../support/linear-regex.ts'
import {
  askStepwise,
  bankApi,
  bankPlan,
  BASE,
  CONSENT,
  goodFacts,
  headers,
  NOW,
  NOW_SECONDS,
  OPERATIONS,
  RULES,
  TOKEN,
  withRule,
} from './bank-plan.ts'

const env = { regex: linearRegex }
const of = (api: ActiveApi): Kernel => prepare(bankPlan(api), env)
const bank = of(bankApi())

function decided(kernel: Kernel, facts: Facts): Verdict {
  const answer = kernel.next(facts)
  assert.ok(answer.kind === 'allow' || answer.kind === 'deny', answer.kind)
  return answer
}

describe('next', () => {
  test('`next` asks for the token first and alone, then for what the token leads to', () => {
    const { now, bucket, feedAgeMs, request, token, client } = goodFacts('/accounts/22289')
    const first = bank.next({ now, bucket, feedAgeMs, request })
    assert.deepEqual(first.kind === 'need' && first.facts, ['token'])
    assert.ok(first.kind === 'need' && token && client)
    const second = bank.next({ now, bucket, feedAgeMs, request, token, resume: first.resume })
    assert.deepEqual(second.kind === 'need' && second.facts, ['client'])
    const third = bank.next({ now, bucket, feedAgeMs, request, token, client })
    assert.deepEqual(third.kind === 'need' && third.facts, ['consent'])
  })

  test('`next` does not ask for a consent together with the token that names it', () => {
    const rules = RULES.flatMap(({ name }, at) => (name === 'authz.consent' ? [at] : []))
    const [operation] = OPERATIONS
    const kernel = of(bankApi({ operations: [{ ...operation, rules } as never] })) // sound: one operation with one rule
    const { now, bucket, feedAgeMs, request } = goodFacts('/accounts')
    const need = kernel.next({ now, bucket, feedAgeMs, request })
    assert.deepEqual(need.kind === 'need' && need.facts, ['token'])
  })

  test('`next` asks for nothing when a cheaper rule refuses', () => {
    const { now, bucket, feedAgeMs, request } = goodFacts('/accounts?access_token=x')
    assert.equal(bank.next({ now, bucket, feedAgeMs, request }).kind, 'deny')
  })

  test('`next` does not ask for the consent of a stranger', () => {
    const { body: _body, consent: _consent, ...rest } = goodFacts('/accounts/22289')
    const answer = bank.next({ ...rest, token: { ...TOKEN, expiresAt: 1 } })
    assert.equal(answer.kind === 'deny' && answer.code, 'GH_GATEWAY_TOKEN_EXPIRED')
  })

  test('`next` asks for the body last of all, and only where one is declared', () => {
    const { body: _body, ...rest } = goodFacts('/orders')
    const request = {
      method: 'POST',
      target: `${BASE}/orders`,
      headers: headers({ 'content-length': ['17'], 'content-type': ['application/json'] }),
    }
    const denied = bank.next({ ...rest, request, token: { ...TOKEN, scopes: new Set() } })
    assert.equal(denied.kind === 'deny' && denied.code, 'GH_GATEWAY_SCOPE_MISSING')
    const need = bank.next({ ...rest, request })
    assert.deepEqual(need.kind === 'need' && need.facts, ['body'])
  })

  test('`next` allows with what goes upstream rebuilt and undeclared parameters stripped', () => {
    const verdict = decided(bank, goodFacts('/accounts?x=1&page=2&debug=%61&state=a/b&state='))
    assert.deepEqual(verdict.kind === 'allow' && verdict.forward, {
      path: '/accounts',
      query: 'page=2&state=a%2Fb&state=',
    })
  })

  test('`next` passes undeclared parameters where the plan says so, or where the rule only observes', () => {
    const params = { undeclaredQuery: 'pass', maxBodyBytes: 0, maxDepth: 1 } as const
    for (const api of [
      withRule('request.validation', { params }),
      withRule('request.validation', { mode: 'observe' }),
    ]) {
      const verdict = decided(of(api), goodFacts('/accounts?x=1&page=2'))
      assert.equal(verdict.kind === 'allow' && verdict.forward.query, 'x=1&page=2')
    }
  })

  test('a trail says how many rules were gone through', () => {
    const allowed = decided(bank, goodFacts('/accounts/22289'))
    assert.deepEqual(allowed.trail, {
      planDigest: bank.plan.digest,
      ran: RULES.length,
      failed: [],
    })
    const denied = decided(bank, goodFacts('/accounts/22289', { token: { kind: 'absent' } }))
    assert.equal(denied.trail.ran, RULES.findIndex(({ name }) => name === 'authz.default') + 1)
    const path = goodFacts('//')
    assert.equal(decided(bank, path).trail.ran, 0)
  })
})

describe('modes', () => {
  const stranger: Partial<Facts> = { client: { kind: 'unknown' } }
  const at = (changes: Partial<PlanRule>, facts: Partial<Facts> = stranger): Verdict =>
    decided(
      of(withRule('identity.clientStatus', changes as never)), // sound: no change touches `params`
      goodFacts('/accounts/22289', facts),
    )

  test('`off` does not run: nothing is recorded', () => {
    const verdict = at({ mode: 'off' })
    assert.equal(verdict.kind, 'allow')
    assert.deepEqual(verdict.trail.failed, [])
  })

  test('`observe` records the failure and goes on', () => {
    const verdict = at({ mode: 'observe' })
    assert.equal(verdict.kind, 'allow')
    assert.deepEqual(verdict.trail.failed, [
      {
        rule: 'identity.clientStatus',
        control: 'client-status-live',
        code: 'GH_GATEWAY_CLIENT_UNKNOWN',
        effect: 'observed',
        detail: 'client is not in the feed',
      },
    ])
  })

  test('a fraction enforces below its number of buckets and observes from it on', () => {
    assert.equal(at({ fraction: 5_000 }, { ...stranger, bucket: 4_999 }).kind, 'deny')
    assert.equal(at({ fraction: 5_000 }, { ...stranger, bucket: 5_000 }).kind, 'allow')
    assert.equal(at({ fraction: 0 }, { ...stranger, bucket: 0 }).kind, 'allow')
    assert.equal(at({ fraction: 10_000 }, { ...stranger, bucket: 9_999 }).kind, 'deny')
  })

  test('a bucket that is no number is inside every fraction', () => {
    assert.equal(at({ fraction: 1 }, { ...stranger, bucket: NaN }).kind, 'deny')
  })

  test('a fraction of an observing rule enforces nothing', () => {
    assert.equal(at({ mode: 'observe', fraction: 10_000 }).kind, 'allow')
  })

  test('a mandate ignores mode and fraction', () => {
    const origin = { level: 'mandate', source: 'organisation' } as const
    for (const mode of ['off', 'observe', 'enforce'] as const)
      assert.equal(at({ mode, fraction: 0, origin }).kind, 'deny', mode)
  })

  test('a stale feed refuses even where the rule only observes', () => {
    const kernel = of(bankApi({ rules: RULES.map((rule) => ({ ...rule, mode: 'observe' })) }))
    const verdict = decided(kernel, goodFacts('/accounts/22289', { feedAgeMs: 300_001 }))
    assert.equal(verdict.kind === 'deny' && verdict.code, 'GH_GATEWAY_FEED_STALE')
  })

  test('a degraded API goes on with reads, not with writes, on facts up to an hour old', () => {
    const kernel = of(bankApi({ degraded: true }))
    const order: Partial<Facts> = {
      request: { method: 'POST', target: `${BASE}/orders`, headers: headers() },
      body: { kind: 'text', mediaType: 'application/json', text: '{"Amount":"1.00"}' },
    }
    const at = (feedAgeMs: number, changes: Partial<Facts> = {}): string =>
      decided(kernel, goodFacts('/accounts/22289', { feedAgeMs, ...changes })).kind
    assert.equal(at(3_600_000), 'allow')
    assert.equal(at(3_600_001), 'deny')
    assert.equal(at(300_000, order), 'allow')
    assert.equal(at(300_001, order), 'deny')
  })

  test('with every rule off, only the baseline is left', () => {
    const kernel = of(bankApi({ rules: RULES.map((rule) => ({ ...rule, mode: 'off' })) }))
    const { request } = goodFacts('/accounts/99999')
    const nothing = { now: NOW, bucket: 0, feedAgeMs: Infinity, request }
    assert.equal(kernel.next(nothing).kind, 'allow')
    const foreign = goodFacts('/accounts//99999')
    assert.equal(kernel.next({ ...nothing, request: foreign.request }).kind, 'deny')
  })
})

describe('resume', () => {
  test('`resume` of another request, or another kernel, is not gone on with', () => {
    const facts = goodFacts('/accounts/22289')
    const { now, bucket, feedAgeMs, request } = facts
    const need = bank.next({ now, bucket, feedAgeMs, request })
    assert.ok(need.kind === 'need')
    const other = goodFacts('/accounts/99999', { resume: need.resume })
    assert.equal(decided(bank, other).kind, 'deny')
    const shut = prepare(
      bankPlan({ ...bankApi(), state: 'closed', code: 'GH_POLICY_LOOSENS', reason: '' }),
      env,
    )
    assert.equal(decided(shut, { ...facts, resume: need.resume }).kind, 'deny')
  })

  test('`resume` is of no use once what was judged has changed', () => {
    const facts = goodFacts('/accounts/22289')
    const { now, bucket, feedAgeMs, request, token, client } = facts
    assert.ok(token && client)
    const need = bank.next({ now, bucket, feedAgeMs, request, token, client })
    assert.ok(need.kind === 'need')
    const later = { ...facts, now: NOW + 400_000, resume: need.resume }
    assert.deepEqual(decided(bank, later), decided(bank, { ...facts, now: NOW + 400_000 }))
    const changed: Facts = { ...facts, token: { ...TOKEN, revoked: true }, resume: need.resume }
    assert.equal(decided(bank, changed).kind, 'deny')
  })

  test('`resume` serves a caller that fills in one object', () => {
    const all = goodFacts('/accounts/22289', { bucket: 1 })
    const kernel = of(withRule('logging.redact', { fraction: 3_000 }))
    const facts: { -readonly [K in keyof Facts]: Facts[K] } = {
      now: NOW,
      bucket: 9_999,
      feedAgeMs: 0,
      request: goodFacts('/accounts/22289?iban=x').request,
    }
    const need = kernel.next(facts)
    assert.ok(need.kind === 'need')
    // The client is known now, and with it the bucket: what was observed before must be refused.
    if (all.token !== undefined) facts.token = all.token
    facts.bucket = all.bucket
    facts.resume = need.resume
    const answer = kernel.next(facts)
    assert.equal(answer.kind === 'deny' && answer.code, 'GH_GATEWAY_TOKEN_IN_QUERY')
  })

  test('one `resume` used twice leads to the same place', () => {
    const { now, bucket, feedAgeMs, request, ...rest } = goodFacts('/accounts/22289')
    const need = bank.next({ now, bucket, feedAgeMs, request })
    assert.ok(need.kind === 'need')
    const facts: Facts = { now, bucket, feedAgeMs, request, ...rest, resume: need.resume }
    assert.deepEqual(bank.next(facts), bank.next(facts))
  })
})

const tokens: fc.Arbitrary<TokenFact> = fc.oneof(
  fc.constant<TokenFact>({ kind: 'absent' }),
  fc.constant<TokenFact>({ kind: 'invalid', code: 'GH_GATEWAY_TOKEN_SIGNATURE' }),
  fc.record({
    kind: fc.constant('verified' as const),
    issuer: fc.constantFrom('https://as.bank.test', 'https://as.bank.test', 'https://evil.test'),
    type: fc.constantFrom('at+jwt', 'at+jwt', 'JWT'),
    audiences: fc.constantFrom(['https://api.bank.test'], ['x']),
    clientId: fc.constantFrom('tpp-1', 'tpp-2'),
    subject: fc.constantFrom('customer-1', 'customer-2'),
    consentId: fc.constantFrom('consent-1', 'consent-2'),
    scopes: fc.constantFrom(new Set(['accounts']), new Set<string>()),
    expiresAt: fc.constantFrom(NOW_SECONDS + 300, NOW_SECONDS, undefined),
    issuedAt: fc.constantFrom(NOW_SECONDS - 300, undefined),
    notBefore: fc.constant(undefined),
    tokenId: fc.constant(undefined),
    revoked: fc.boolean(),
  }),
  fc.constant(TOKEN),
  fc.constant(TOKEN),
  fc.constant(TOKEN),
  fc.constant(TOKEN),
)

const situations: fc.Arbitrary<Facts> = fc.record({
  now: fc.constantFrom(NOW, NOW, NOW, NOW + 600_000),
  bucket: fc.nat(9_999),
  feedAgeMs: fc.constantFrom(0, 0, 0, 0, 0, 0, Infinity),
  request: fc.record({
    method: fc.constantFrom('GET', 'GET', 'GET', 'GET', 'POST'),
    target: fc
      .constantFrom(
        '/accounts',
        '/accounts/22289',
        '/accounts/99999',
        '/orders',
        '/accounts?x=1&page=2',
      )
      .map((path) => BASE + path),
    headers: fc.constantFrom(headers(), headers(), headers(), headers({ 'content-length': ['1'] })),
  }),
  token: tokens,
  client: fc.constantFrom(
    { kind: 'known' as const, id: 'tpp-1', status: 'active' },
    { kind: 'known' as const, id: 'tpp-1', status: 'active' },
    { kind: 'known' as const, id: 'tpp-1', status: 'suspended' },
    { kind: 'unknown' as const },
  ),
  consent: fc.constantFrom(
    CONSENT,
    CONSENT,
    { ...CONSENT, revoked: true },
    { kind: 'unknown' as const },
  ),
  body: fc.constantFrom(
    { kind: 'absent' as const },
    { kind: 'text' as const, mediaType: 'application/json', text: '{"Amount":"1.00"}' },
  ),
})

const variants: fc.Arbitrary<readonly PlanRule[]> = fc.tuple(
  ...RULES.map((rule) =>
    fc
      .record({
        mode: fc.constantFrom(
          'enforce' as const,
          'enforce' as const,
          'observe' as const,
          'off' as const,
        ),
        fraction: fc.constantFrom(undefined, undefined, 3_000),
        level: fc.constantFrom('api' as const, 'api' as const, 'mandate' as const),
      })
      .map(({ mode, fraction, level }) => ({
        ...rule,
        mode,
        ...(fraction !== undefined && { fraction }),
        origin: { level, source: 'test' },
      })),
  ),
)

test('property: asked step by step, with or without `resume`, the outcome is that of all facts at once', () => {
  let allowed = 0
  fc.assert(
    fc.property(variants, situations, (rules, facts) => {
      const kernel = of(bankApi({ rules }))
      const fresh = decided(kernel, facts)
      if (fresh.kind === 'allow') allowed++
      assert.deepEqual(askStepwise(kernel, facts, false), fresh)
      assert.deepEqual(askStepwise(kernel, facts, true), fresh)
    }),
    { numRuns: 400 },
  )
  assert.ok(allowed > 20, `only ${allowed} allowed: the property is blind`)
})

test('property: the same facts give the same answer, and leave no trace in the kernel', () => {
  fc.assert(
    fc.property(fc.array(situations, { minLength: 2, maxLength: 5 }), (many) => {
      const first = many.map((facts) => decided(bank, facts))
      const again = [...many].reverse().map((facts) => decided(bank, facts))
      assert.deepEqual(again.reverse(), first)
    }),
    { numRuns: 100 },
  )
})

test('property: a rule turned on never turns a refusal into a pass', () => {
  fc.assert(
    fc.property(variants, situations, fc.nat(RULES.length - 1), (rules, facts, at) => {
      const loose = rules.map((rule, index): PlanRule =>
        index === at ? { ...rule, mode: 'off', origin: { level: 'api', source: '' } } : rule,
      )
      const tight = rules.map((rule, index): PlanRule => {
        if (index !== at) return rule
        const { fraction: _share, ...whole } = rule
        return { ...whole, mode: 'enforce' }
      })
      const before = decided(of(bankApi({ rules: loose })), facts)
      const after = decided(of(bankApi({ rules: tight })), facts)
      if (before.kind === 'deny') assert.equal(after.kind, 'deny')
    }),
    { numRuns: 300 },
  )
})

test('property: what was refused under enforcement is recorded, not lost, under observation', () => {
  fc.assert(
    fc.property(situations, (facts) => {
      const strict = decided(bank, facts)
      const observing = of(bankApi({ rules: RULES.map((rule) => ({ ...rule, mode: 'observe' })) }))
      const seen = decided(observing, facts)
      if (strict.kind !== 'deny') return
      const [code] = strict.trail.failed.map((failure) => failure.code)
      assert.ok(seen.trail.failed.some((failure) => failure.code === code))
    }),
    { numRuns: 200 },
  )
})
