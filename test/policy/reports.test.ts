/** What a person is told: where each mistake stands, what is still missing, and why. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ErrorCode } from '../../src/lib/index.ts'
import {
  type ApiPolicySource,
  compilePolicy,
  type PolicyFinding,
  type RuleChange,
} from '../../src/policy/index.ts'
import {
  apiSource,
  type ApiWords,
  change,
  placeAt,
  policySource,
} from '../support/policy-source.ts'

const parameter = { name: 'AccountId', in: 'path', required: true, schema: { type: 'string' } }
const read = (operationId: string, more: object = {}): object => ({
  get: {
    operationId,
    parameters: [parameter],
    responses: { 200: { description: 'ok' } },
    ...more,
  },
})
const BALANCES = { '/accounts/{AccountId}/balances': read('GetBalances') }
const document = (paths: object = BALANCES): object => ({
  openapi: '3.0.3',
  info: { title: 'Case', version: '1' },
  paths,
})

interface Case {
  readonly api?: Partial<ApiWords>
  readonly mandate?: readonly RuleChange[]
  readonly issuers?: readonly string[]
}
function findingsOf({ api, mandate, issuers }: Case): readonly PolicyFinding[] {
  const source = apiSource({ spec: document(), ...api })
  return compilePolicy(policySource([source], mandate, issuers)).findings
}

const API = placeAt(10)
const TEMPLATE = placeAt(13, 15)
/** What was written → code, severity, where it is said, whether it closes. */
const SAID: readonly (readonly [
  what: string,
  given: Case,
  code: ErrorCode,
  severity: PolicyFinding['severity'],
  place: ApiPolicySource['place'],
  closes: boolean,
])[] = [
  [
    'a template that is none',
    { api: { template: 'aiss' } },
    'GH_POLICY_TEMPLATE_UNKNOWN',
    'critical',
    TEMPLATE,
    true,
  ],
  [
    'a link that is none',
    { api: { template: 'ais@' } },
    'GH_POLICY_TEMPLATE_LINK',
    'critical',
    TEMPLATE,
    true,
  ],
  [
    'another digest',
    { api: { template: `ais@1.0.0#sha256:${'0'.repeat(64)}` } },
    'GH_POLICY_DIGEST_MISMATCH',
    'critical',
    TEMPLATE,
    true,
  ],
  [
    'a loosening',
    { api: { rules: [change('token.lifetime', { mode: 'off', line: 31 })] } },
    'GH_POLICY_LOOSENS',
    'critical',
    placeAt(31),
    true,
  ],
  [
    'a loosening within bounds',
    { api: { rules: [change('authz.objects', { mode: 'observe', line: 32 })] } },
    'GH_POLICY_WEAKENED',
    'high',
    placeAt(32),
    false,
  ],
  [
    'a loosening within bounds that a second person approved',
    {
      api: {
        owner: 'Accounts team',
        rules: [
          change('authz.objects', {
            mode: 'observe',
            approval: { by: 'Dana Okafor', on: '2026-10-31' },
            line: 32,
          }),
        ],
      },
    },
    'GH_POLICY_WEAKENED',
    'medium',
    placeAt(32),
    false,
  ],
  [
    'a loosening within bounds that its owner approved',
    {
      api: {
        owner: 'Dana  Okafor',
        rules: [
          change('authz.objects', {
            mode: 'observe',
            approval: { by: 'dana o\u200bkafor ', on: '2026-10-31' },
            line: 32,
          }),
        ],
      },
    },
    'GH_POLICY_WEAKENED',
    'high',
    placeAt(32),
    false,
  ],
  [
    'an unknown rule',
    { api: { rules: [change('authz.object', { line: 33 })] } },
    'GH_POLICY_RULE_UNKNOWN',
    'critical',
    placeAt(33),
    true,
  ],
  [
    'an unknown parameter',
    { api: { rules: [change('token.lifetime', { params: { max: 1 }, line: 34 })] } },
    'GH_POLICY_PARAM_UNKNOWN',
    'critical',
    placeAt(34),
    true,
  ],
  [
    'a wrong value',
    { api: { rules: [change('token.lifetime', { params: { maxSeconds: 0 }, line: 35 })] } },
    'GH_POLICY_PARAM_INVALID',
    'critical',
    placeAt(35),
    true,
  ],
  [
    'a mandate with a mode',
    { mandate: [change('token.lifetime', { mode: 'observe', line: 3 })] },
    'GH_POLICY_PARAM_INVALID',
    'medium',
    placeAt(3),
    false,
  ],
  [
    'a mandate with a wrong value',
    { mandate: [change('token.lifetime', { params: { maxSeconds: 'x' }, line: 4 })] },
    'GH_POLICY_PARAM_INVALID',
    'critical',
    placeAt(4),
    true,
  ],
  [
    'nothing to serve',
    {
      api: {
        spec: document({ '/payments': { post: { responses: { 201: { description: 'ok' } } } } }),
      },
    },
    'GH_POLICY_NO_OPERATIONS',
    'critical',
    API,
    true,
  ],
  ['a wrong base path', { api: { basePath: 'x' } }, 'GH_POLICY_BASE_PATH', 'critical', API, true],
  ['a wrong upstream', { api: { upstream: 'x' } }, 'GH_POLICY_UPSTREAM', 'critical', API, true],
  ['no issuer at all', { issuers: [] }, 'GH_POLICY_NO_ISSUER', 'critical', API, true],
  [
    'an issuer that is not configured',
    { api: { issuers: ['https://x.example'] } },
    'GH_POLICY_NO_ISSUER',
    'critical',
    API,
    true,
  ],
  [
    'personal data in the open',
    { api: { template: 'open-data' } },
    'GH_POLICY_OPEN_PERSONAL_DATA',
    'critical',
    API,
    true,
  ],
  [
    'a permission for no operation',
    { api: { permissions: { GetBalance: ['ReadBalances'] } } },
    'GH_POLICY_OPERATION_UNKNOWN',
    'critical',
    API,
    true,
  ],
  [
    'a read that nothing maps',
    {
      api: { spec: document({ ...BALANCES, '/weather': read('GetWeather', { parameters: [] }) }) },
    },
    'GH_POLICY_UNMAPPED',
    'medium',
    API,
    false,
  ],
  [
    'a write beside a read',
    {
      api: {
        spec: document({
          ...BALANCES,
          '/consents': {
            post: { operationId: 'Create', responses: { 201: { description: 'ok' } } },
          },
        }),
      },
    },
    'GH_POLICY_NOT_SERVED',
    'low',
    API,
    false,
  ],
  [
    'a field that no answer has',
    { api: { rules: [change('response.fields', { params: { drop: ['Data.X'] }, line: 36 })] } },
    'GH_POLICY_PATH_UNKNOWN',
    'medium',
    placeAt(36),
    false,
  ],
]

for (const [what, given, code, severity, place, closes] of SAID)
  test(`${code} is said of ${what}, where it stands`, () => {
    const found = findingsOf(given).find((finding) => finding.code === code)
    assert.ok(found, JSON.stringify(findingsOf(given)))
    assert.deepEqual(
      { severity: found.severity, place: found.place, closes: found.closes, api: found.api },
      { severity, place, closes, api: 'accounts' },
    )
    assert.match(found.text, /\w/)
  })

test('a sound API is told nothing', () => {
  assert.deepEqual(findingsOf({}), [])
})

/** What makes `authz.objects` not enforce → the sentence that posture shows. */
for (const [what, api, why] of [
  [
    'only watched',
    { rules: [change('authz.objects', { mode: 'observe', line: 31 })] },
    'authz.objects only observes (gatehouse.yaml:31:5)',
  ],
  [
    'enforced in part',
    { rules: [change('authz.objects', { mode: 'enforce', fraction: 40, line: 32 })] },
    'authz.objects is enforced for 40 % of requests only (gatehouse.yaml:32:5)',
  ],
  ['on a closed API', { upstream: 'x' }, 'the API is closed, so nothing is enforced or served'],
  ['not in the template', { template: 'open-data' }, 'the template has no rule authz.objects'],
] as const)
  test(`\`unmet\` says why object-authz is not met when it is ${what}`, () => {
    const source = apiSource({ spec: document(), ...api })
    const { effective } = compilePolicy(policySource([source]))
    const unmet = effective[0]?.unmet.find(({ control }) => control === 'object-authz')
    assert.equal(unmet?.why, why)
    const required = source.objective.required.find(({ control }) => control === 'object-authz')
    assert.equal(unmet?.because, required?.because)
  })

test('`unmet` leaves out what is enforced, and names what no rule of this version can do', () => {
  const { effective } = compilePolicy(policySource([apiSource({ spec: document() })]))
  const unmet = effective[0]?.unmet ?? []
  assert.ok(!unmet.some(({ control }) => control === 'token-validation'))
  const later = unmet.filter(({ why }) => why.startsWith('no rule of this version enforces '))
  assert.ok(later.length > 0)
})

/** Path of a second operation → why the two cannot be routed. An importer may let such a path through; the compiler does not. */
for (const [path, why] of [
  [
    '/accounts/{Id}/balances',
    'GET /accounts/{Id}/balances and GET /accounts/{AccountId}/balances are the same path',
  ],
  ['accounts', 'GET accounts does not begin with a slash'],
  ['/accounts//balances', 'GET /accounts//balances holds an empty segment'],
  ['//accounts', 'GET //accounts holds an empty segment'],
  ['/accounts//', 'GET /accounts// holds an empty segment'],
  ['/a/{x}/b/{x}', 'GET /a/{x}/b/{x} names a parameter twice, or none'],
  ['/a/{}', 'GET /a/{} names a parameter twice, or none'],
  ['/a/{x}{y}', 'GET /a/{x}{y} has parameters that cannot be told apart'],
  ['/a/{x', 'GET /a/{x has parameters that cannot be told apart'],
  ['/a/x}', 'GET /a/x} has parameters that cannot be told apart'],
  ['/a/{{x}}', 'GET /a/{{x}} has parameters that cannot be told apart'],
  ['/accounts/{AccountId}/balances/', undefined],
  ['/accounts/all/balances', undefined],
  ['/accounts/{AccountId}.json/balances', undefined],
  ['/a/{x}-{y}', undefined],
] as const)
  test(`an operation at ${path} beside another ${why === undefined ? 'is served' : 'closes the API'}`, () => {
    const source = apiSource({ spec: document() })
    const [first] = source.spec.operations
    assert.ok(first)
    const second = { ...first, path, operationId: 'Second' }
    const { findings, plan } = compilePolicy(
      policySource([{ ...source, spec: { ...source.spec, operations: [first, second] } }]),
    )
    const routes = findings.filter(({ code }) => code === 'GH_POLICY_ROUTES')
    assert.deepEqual(
      routes.map(({ text, severity, closes }) => [text, severity, closes]),
      why === undefined ? [] : [[why, 'critical', true]],
    )
    assert.equal(plan.apis[0]?.state, why === undefined ? 'active' : 'closed')
  })

for (const [count, said] of [
  [1, '1 operations are denied, for ais serves GET and HEAD only: W0'],
  [5, '5 operations are denied, for ais serves GET and HEAD only: W0, W1, W2, W3, W4'],
  [6, '6 operations are denied, for ais serves GET and HEAD only: W0, W1, W2, W3, W4 and 1 more'],
  [9, '9 operations are denied, for ais serves GET and HEAD only: W0, W1, W2, W3, W4 and 4 more'],
] as const)
  test(`of ${count} operations that are denied, five are named`, () => {
    const writes = Array.from({ length: count }, (_, at) => [
      `/w${at}`,
      { post: { operationId: `W${at}`, responses: { 201: { description: 'ok' } } } },
    ])
    const found = findingsOf({
      api: { spec: document({ ...BALANCES, ...Object.fromEntries(writes) }) },
    }).filter(({ code }) => code === 'GH_POLICY_NOT_SERVED')
    assert.deepEqual(
      found.map(({ text }) => text),
      [said],
    )
  })
