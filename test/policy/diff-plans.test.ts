import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Plan } from '../../src/decide/index.ts'
import { compilePolicy, describeDifference, diffPlans } from '../../src/policy/index.ts'
import { apiSource, type ApiWords, change, policySource } from '../support/policy-source.ts'

const read = (operationId: string, changes: object = {}): object => ({
  get: { operationId, responses: { '200': { description: 'ok' } }, ...changes },
})
const spec = (paths: object): object => ({
  openapi: '3.0.3',
  info: { title: 'Own', version: '1' },
  paths,
})
const TWO = spec({ '/accounts': read('accounts'), '/balances': read('balances') })

function plan(
  words: Partial<ApiWords> = {},
  mandate: Parameters<typeof policySource>[1] = [],
): Plan {
  return compilePolicy(
    policySource([apiSource({ spec: TWO, basePath: '/own', ...words })], mandate),
  ).plan
}
const lines = (before: Plan | null, after: Plan): readonly string[] =>
  diffPlans(before, after).map(describeDifference)

test('diffPlans() finds nothing between a plan and itself, stored and read again', () => {
  assert.deepEqual(diffPlans(plan(), JSON.parse(JSON.stringify(plan())) as Plan), []) // sound: it was a plan before
})

test('diffPlans() tells APIs that come, go, close and open again', () => {
  const closed = plan({ template: 'nothing' })
  assert.deepEqual(lines(null, plan()), ['+ accounts: new'])
  assert.deepEqual(lines(plan(), plan({ name: 'renamed' })), [
    '- accounts: no longer served',
    '+ renamed: new',
  ])
  assert.match(
    lines(plan(), closed)[0] ?? '',
    /^! accounts: closed, answers 503 \(there is no template "nothing"/,
  )
  assert.deepEqual(lines(closed, plan()), ['+ accounts: served again'])
  assert.deepEqual(lines(closed, closed), [])
  assert.deepEqual(
    diffPlans(null, closed).map(({ kind }) => kind),
    ['api-added', 'api-closed'],
  )
})

test('diffPlans() tells operations that come and go', () => {
  const one = spec({ '/accounts': read('accounts') })
  assert.deepEqual(lines(plan(), plan({ spec: one })), ['- accounts: operation balances'])
  assert.deepEqual(lines(plan({ spec: one }), plan()), ['+ accounts: operation balances'])
})

test('diffPlans() tells a change once for all operations, and says when it is looser', () => {
  const tight = plan({ rules: [change('token.lifetime', { params: { maxSeconds: 60 } })] })
  assert.deepEqual(lines(plan(), tight), [
    '~ accounts: token.lifetime maxSeconds 600 → 60 on accounts, balances (tighter)',
  ])
  assert.deepEqual(lines(tight, plan()), [
    '~ accounts: token.lifetime maxSeconds 60 → 600 on accounts, balances (LOOSER)',
  ])
})

test('diffPlans() tells modes, and that a mandate is more than enforce', () => {
  const observed = plan({ rules: [change('authz.consent', { mode: 'observe' })] })
  const tenth = plan({ rules: [change('authz.consent', { mode: 'enforce', fraction: 10 })] })
  const mandated = plan({}, [change('authz.consent')])
  assert.deepEqual(lines(plan(), observed), [
    '~ accounts: authz.consent enforce → observe on accounts, balances (LOOSER)',
  ])
  assert.deepEqual(lines(observed, tenth), [
    '~ accounts: authz.consent observe → enforce for 10 % on accounts, balances (tighter)',
  ])
  assert.deepEqual(lines(plan(), mandated), [
    '~ accounts: authz.consent enforce → enforce by mandate on accounts, balances (tighter)',
  ])
})

test('diffPlans() tells sets by what was added and taken away', () => {
  const scopes = (list: string[]): Plan =>
    plan({ rules: [change('authz.operations', { params: { scopes: list } })] })
  const statuses = (list: string[]): Plan =>
    plan({ rules: [change('authz.consent', { params: { statuses: list } })] })
  assert.deepEqual(
    diffPlans(statuses(['AUTH', 'valid']), statuses(['AUTH'])).map((one) =>
      'effect' in one ? one.effect : one.kind,
    ),
    ['tighter'],
  )
  assert.deepEqual(
    diffPlans(statuses(['AUTH']), statuses(['valid'])).map((one) =>
      'effect' in one ? one.effect : one.kind,
    ),
    ['changed'],
  )
  assert.equal(diffPlans(scopes([]), scopes(['openid'])).length, 1)
})

test('diffPlans() tells a permission mapped to an operation that had none as looser', () => {
  const odd = spec({ '/mood': read('mood'), '/accounts': read('accounts') })
  const effects = diffPlans(
    plan({ spec: odd }),
    plan({ spec: odd, permissions: { mood: ['ReadBalances'] } }),
  )
  assert.deepEqual(
    effects.map((one) =>
      one.kind === 'rule-params' ? [one.param, one.effect, one.operations] : one.kind,
    ),
    [
      ['permissions', 'tighter', ['mood']],
      ['unmapped', 'looser', ['mood']],
    ],
  )
})

test('diffPlans() tells a rule that comes or goes with an account in the path', () => {
  const parameters = [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }]
  const query = [...parameters, { name: 'accountId', in: 'query', schema: { type: 'string' } }]
  const one = (list: object[]): object =>
    spec({ '/report/{id}': read('report', { parameters: list }) })
  const permissions = { report: [] }
  assert.deepEqual(
    lines(plan({ spec: one(parameters), permissions }), plan({ spec: one(query), permissions })),
    ['+ accounts: authz.objects on report (tighter)'],
  )
  assert.match(
    lines(
      plan({ spec: one(query), permissions }),
      plan({ spec: one(parameters), permissions }),
    )[0] ?? '',
    /LOOSER/,
  )
})

test('diffPlans() tells upstream, audit and issuers', () => {
  const moved = plan({ upstream: 'https://core.bank.example/aisp', audit: 'strict' })
  assert.deepEqual(lines(plan(), moved), [
    '~ accounts: upstream http://127.0.0.1:9080 → https://core.bank.example/aisp',
    '~ accounts: logging.audit reads buffered → strict on accounts, balances (tighter)',
  ])
  const before = plan()
  const other: Plan = {
    ...before,
    issuers: before.issuers.map((issuer) => ({ ...issuer, issuer: 'https://new.example' })),
  }
  assert.deepEqual(lines(before, other), [
    '~ issuers https://as.bank.example → https://new.example',
  ])
})
