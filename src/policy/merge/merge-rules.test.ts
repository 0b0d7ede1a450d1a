import assert from 'node:assert/strict'
import { test } from 'node:test'
import { change, placeAt } from '../../../test/support/policy-source.ts'
import { RULES } from '../rules/vocabulary.ts'
import { BUILT_IN, type Template } from '../template/templates.ts'
import { type Merged, type MergeLevels, mergeRules } from './merge-rules.ts'
import { sourceOf, strength } from './merged-rule.ts'

const AIS = BUILT_IN[0] as Template // sound: the list is not empty, and a test of templates() says so

/** The levels that a test is about; the others say nothing. */
function merge(levels: Partial<MergeLevels>): Merged {
  return mergeRules({
    mandate: [],
    template: AIS,
    templatePlace: placeAt(13, 15),
    class: [],
    api: [],
    owner: null,
    ...levels,
  })
}

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
    const { findings } = merge({ api: [change(rule, changes)] })
    const closing = findings.filter(({ closes }) => closes)
    assert.deepEqual(
      closing.map(({ code }) => code),
      taken ? [] : ['GH_POLICY_LOOSENS'],
    )
  })

test('mergeRules() lets a mandate take back what the bounds of the template allow', () => {
  const mandate = [change('request.validation', { params: { maxDepth: 40 }, line: 3 })]
  for (const changes of [{ mode: 'observe' as const }, { params: { maxDepth: 41 } }]) {
    const { findings } = merge({
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
  const within = merge({
    mandate,
    template: AIS,
    api: [change('request.validation', { params: { maxDepth: 40 } })],
  })
  assert.equal(within.rules.get('request.validation')?.params.get('maxDepth'), 40)
})

test('mergeRules() keeps what the levels above gave when a change is refused', () => {
  const { rules } = merge({
    api: [change('token.validation', { mode: 'off' })],
  })
  assert.equal(rules.get('token.validation')?.mode, 'enforce')
})

test('mergeRules() says where each rule comes from, by file name without its folder', () => {
  const { rules } = merge({
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
  const { rules } = merge({
    api: [change('token.lifetime', { mode: 'enforce', params: { maxSeconds: 3_600 } })],
  })
  assert.equal(rules.get('token.lifetime')?.origin.level, 'profile')
})

test('mergeRules() gives the rules in the order they run, whatever the order they were written in', () => {
  const { rules } = merge({
    api: [change('upstream.resilience'), change('authz.default')],
  })
  assert.deepEqual(
    [...rules.keys()],
    // Of what the template does not name nothing is there.
    RULES.map(({ name }) => name).filter((name) => Object.hasOwn(AIS.document.rules, name)),
  )
  assert.ok(rules.size > 10)
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
