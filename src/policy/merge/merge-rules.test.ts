import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { change } from '../../../test/support/policy-source.ts'
import type { RuleChange } from '../contract.ts'
import { atLeastAsTight, type ParamKind, type ParamValue } from '../rules/param-kinds.ts'
import { RULES, ruleSpec } from '../rules/vocabulary.ts'
import { BUILT_IN, type Template } from '../template/templates.ts'
import { mergeRules } from './merge-rules.ts'
import { sourceOf, strength } from './merged-rule.ts'

const AIS = BUILT_IN[0] as Template // sound: the list is not empty, and a test of templates() says so

/** What each rule of `ais` lets an API do: value, then whether it is taken. */
const MATRIX: readonly (readonly [
  rule: string,
  changes: Parameters<typeof change>[1],
  taken: boolean,
])[] = [
  ['authz.default', { params: { open: true } }, false],
  ['authz.default', { mode: 'observe' }, false],
  ['logging.redact', { params: { queryDenied: ['access_token'] } }, false],
  ['logging.redact', { mode: 'off' }, false],
  ['request.validation', { params: { undeclaredQuery: 'refuse' } }, true],
  ['request.validation', { params: { undeclaredQuery: 'pass' } }, false],
  ['request.validation', { params: { maxBodyBytes: 1_048_576 } }, true],
  ['request.validation', { params: { maxBodyBytes: 1_048_577 } }, false],
  ['request.validation', { params: { maxDepth: 64 } }, true],
  ['request.validation', { params: { maxDepth: 65 } }, false],
  ['request.validation', { mode: 'observe' }, true],
  ['request.validation', { mode: 'off' }, false],
  ['request.validation', { mode: 'enforce', fraction: 0 }, true],
  ['token.validation', { params: { issuers: ['https://as.bank.example'] } }, true],
  ['token.validation', { mode: 'observe' }, false],
  ['token.validation', { fraction: 99 }, false],
  ['token.lifetime', { params: { maxSeconds: 3_600 } }, true],
  ['token.lifetime', { params: { maxSeconds: 3_601 } }, false],
  ['identity.clientStatus', { params: { statuses: [] } }, true],
  ['identity.clientStatus', { params: { statuses: ['active', 'suspended'] } }, false],
  ['authz.operations', { params: { scopes: ['openid'] } }, true],
  ['authz.consent', { params: { statuses: ['AUTH'] } }, true],
  ['authz.consent', { params: { statuses: ['AUTH', 'valid'] } }, true],
  ['authz.consent', { params: { statuses: ['AUTH', 'AWAU'] } }, false],
  ['authz.objects', { mode: 'observe' }, true],
  ['response.fields', { params: { freeForm: 'keep' } }, false],
  ['response.fields', { params: { drop: ['Data.Risk'] } }, true],
  ['response.errors', { mode: 'observe' }, true],
  ['logging.audit', { params: { interactionHeader: 'x-request-id' } }, true],
  ['logging.audit', { params: { interactionHeader: 'x-other' } }, false],
  ['logging.audit', { mode: 'observe' }, false],
  ['upstream.resilience', { params: { connectTimeoutMs: 10_000 } }, true],
  ['upstream.resilience', { params: { connectTimeoutMs: 10_001 } }, false],
  ['upstream.resilience', { params: { maxResponseBytes: 33_554_433 } }, false],
]

for (const [rule, changes, taken] of MATRIX)
  test(`an API ${taken ? 'may' : 'may not'} set ${rule} to ${JSON.stringify(changes)}`, () => {
    const { findings } = mergeRules({ mandate: [], template: AIS, api: [change(rule, changes)] })
    const closing = findings.filter(({ closes }) => closes)
    assert.deepEqual(
      closing.map(({ code }) => code),
      taken ? [] : ['GH_POLICY_LOOSENS'],
    )
  })

test('mergeRules() lets a mandate take back what the bounds of the template allow', () => {
  const mandate = [change('request.validation', { params: { maxDepth: 40 }, line: 3 })]
  for (const changes of [{ mode: 'observe' as const }, { params: { maxDepth: 41 } }]) {
    const { findings } = mergeRules({
      mandate,
      template: AIS,
      api: [change('request.validation', changes)],
    })
    assert.deepEqual(
      findings.map(({ code }) => code),
      ['GH_POLICY_LOOSENS'],
    )
  }
  // The template's own 32 is tighter than the mandate's 40, so only the bound between them is used up.
  const within = mergeRules({
    mandate,
    template: AIS,
    api: [change('request.validation', { params: { maxDepth: 40 } })],
  })
  assert.equal(within.rules.get('request.validation')?.params.get('maxDepth'), 40)
})

test('mergeRules() keeps what the levels above gave when a change is refused', () => {
  const { rules } = mergeRules({
    mandate: [],
    template: AIS,
    api: [change('token.validation', { mode: 'off' })],
  })
  assert.equal(rules.get('token.validation')?.mode, 'enforce')
})

test('mergeRules() says where each rule comes from, by file name without its folder', () => {
  const { rules } = mergeRules({
    mandate: [change('token.lifetime', { params: { maxSeconds: 300 }, line: 3 })],
    template: AIS,
    api: [change('authz.objects', { params: { parameters: ['acct'] }, line: 30 })],
  })
  assert.deepEqual(rules.get('token.lifetime')?.origin, {
    level: 'mandate',
    source: 'gatehouse.yaml:3:5',
  })
  assert.deepEqual(rules.get('authz.objects')?.origin, {
    level: 'api',
    source: 'gatehouse.yaml:30:5',
  })
  assert.deepEqual(rules.get('authz.consent')?.origin, { level: 'profile', source: 'ais@1.0.0' })
  assert.equal(sourceOf({ file: 'C:\\bank\\g.yaml', line: 1, column: 2 }), 'g.yaml:1:2')
})

test('mergeRules() leaves the origin alone when a change says what holds anyway', () => {
  const { rules } = mergeRules({
    mandate: [],
    template: AIS,
    api: [change('token.lifetime', { mode: 'enforce', params: { maxSeconds: 3_600 } })],
  })
  assert.equal(rules.get('token.lifetime')?.origin.level, 'profile')
})

test('mergeRules() gives the rules in the order they run, whatever the order they were written in', () => {
  const { rules } = mergeRules({
    mandate: [],
    template: AIS,
    api: [change('upstream.resilience'), change('authz.default')],
  })
  assert.deepEqual(
    [...rules.keys()],
    RULES.map(({ name }) => name),
  )
})

test('strength() orders modes, and a fraction lies between observe and enforce', () => {
  const order = [
    strength('off', null),
    strength('observe', null),
    strength('enforce', 1),
    strength('enforce', 99),
    strength('enforce', null),
  ]
  assert.deepEqual(
    order.toSorted((a, b) => a - b),
    order,
  )
  assert.equal(strength('enforce', 0), strength('observe', null))
})

const words = fc.uniqueArray(fc.constantFrom('AUTH', 'Authorised', 'valid', 'active', 'a', 'b'), {
  maxLength: 4,
})

function valueOf(kind: ParamKind): fc.Arbitrary<ParamValue> {
  switch (kind.kind) {
    case 'at-most':
      return fc.integer({ min: kind.min, max: kind.max })
    case 'ordered':
      return fc.constantFrom(...kind.values)
    case 'flag':
      return fc.boolean()
    case 'fixed':
      return fc.constantFrom('x-request-id', 'x-fapi-interaction-id', 'x-other')
    case 'subset':
    case 'superset':
      return words
  }
}

const anyChange: fc.Arbitrary<RuleChange> = fc.constantFrom(...RULES).chain(
  ({ name, params }) =>
    fc
      .record({
        mode: fc.constantFrom(null, 'off', 'observe', 'enforce'),
        fraction: fc.option(fc.integer({ min: 0, max: 100 })),
        params: fc.record(
          Object.fromEntries([...params].map(([key, { kind }]) => [key, valueOf(kind)])),
          { requiredKeys: [] },
        ),
      })
      .map((changes) => change(name, changes as Parameters<typeof change>[1])), // sound: the record has their members
)

/** A mandate says no mode: it is enforced anyway. */
const anyMandate = anyChange.map((one): RuleChange => ({ ...one, mode: null, fraction: null }))

test('property: merging is monotone: nothing of a mandate is ever looser below, whatever an API writes', () => {
  fc.assert(
    fc.property(
      fc.array(anyMandate, { maxLength: 4 }),
      fc.array(anyChange, { maxLength: 6 }),
      (mandate, api) => {
        const { rules } = mergeRules({ mandate, template: AIS, api })
        for (const { rule: name, params } of mandate) {
          const merged = rules.get(ruleSpec(name)?.name ?? 'authz.default')
          assert.deepEqual(
            [merged?.mode, merged?.fraction, merged?.origin.level],
            ['enforce', null, 'mandate'],
          )
          for (const [key, value] of Object.entries(params)) {
            const kind = ruleSpec(name)?.params.get(key)?.kind
            // Of two mandates that name different headers only one can hold.
            if (kind === undefined || kind.kind === 'fixed') continue
            // Sound: the generator makes values of the parameter, and its sets hold words.
            const given = value as ParamValue
            const set = typeof given === 'object' ? [...given].sort() : given
            assert.ok(atLeastAsTight(kind, merged?.params.get(key) ?? null, set), `${name} ${key}`)
          }
        }
      },
    ),
    { numRuns: 300 },
  )
})

test('property: without a finding that closes, nothing is looser than the bounds of the template', () => {
  fc.assert(
    fc.property(fc.array(anyChange, { maxLength: 5 }), (api) => {
      const { rules } = mergeRules({ mandate: [], template: AIS, api })
      for (const [name, own] of Object.entries(AIS.document.rules)) {
        const merged = rules.get(ruleSpec(name)?.name ?? 'authz.default')
        assert.ok(merged !== undefined)
        const least = own.bounds?.mode ?? own.mode
        assert.ok(strength(merged.mode, merged.fraction) >= strength(least, null), name)
        for (const [key, value] of Object.entries(own.params)) {
          const kind = ruleSpec(name)?.params.get(key)?.kind
          assert.ok(kind !== undefined)
          const bound = own.bounds?.params?.[key] ?? value
          const now = merged.params.get(key) ?? null
          assert.ok(
            atLeastAsTight(kind, now, bound) || atLeastAsTight(kind, now, value),
            `${name} ${key}`,
          )
        }
      }
    }),
    { numRuns: 300 },
  )
})
