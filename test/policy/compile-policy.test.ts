import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compilePolicy, originOf } from '../../src/policy/index.ts'
import type { LinearRegex } from '../../src/schema/index.ts'
import { activeApi, ruleOf } from '../support/plan-outline.ts'
import { apiSource, change, placeAt, policySource } from '../support/policy-source.ts'

const read = (operationId: string, changes: object = {}): object => ({
  get: { operationId, responses: { '200': { description: 'ok' } }, ...changes },
})
const spec = (paths: object, rest: object = {}): object => ({
  openapi: '3.0.3',
  info: { title: 'Own', version: '1' },
  paths,
  ...rest,
})
const SPEC = spec({ '/accounts': read('accounts') })

test('an exception inside one API closes it with a code and without its text; the others go on', () => {
  const broken = apiSource({ spec: SPEC, name: 'broken', basePath: '/broken' })
  const failing = new Proxy(broken.spec, {
    get(target, key, self: unknown) {
      if (key === 'document') throw new RangeError('secret DE89370400440532013000')
      return Reflect.get(target, key, self) as unknown
    },
  })
  const { plan, findings } = compilePolicy(
    policySource([{ ...broken, spec: failing }, apiSource({ spec: SPEC, basePath: '/good' })]),
  )
  assert.deepEqual(
    plan.apis.map(({ state }) => state),
    ['closed', 'active'],
  )
  assert.deepEqual(
    findings.map(({ code, closes }) => [code, closes]),
    [['GH_POLICY_INTERNAL', true]],
  )
  assert.doesNotMatch(JSON.stringify({ plan, findings }), /DE89/)
})

test('a pattern that the engine does not run makes its parameter refused, not passed', () => {
  const regex: LinearRegex = {
    compile() {
      throw new Error('out of memory')
    },
  }
  const schema = { type: 'string', pattern: '^a$' }
  const parameters = [{ name: 'q', in: 'query', schema }]
  const source = policySource([
    apiSource({ spec: spec({ '/accounts': read('accounts', { parameters }) }) }),
  ])
  const { schema: program, operations } = activeApi(compilePolicy({ ...source, regex }))
  const [parameter] = operations[0]?.parameters ?? []
  assert.equal(program.nodes[parameter?.schema ?? -1]?.kind, 'unsound')
})

test('the lifetime of a token is the shorter of what the policy and the objectives allow', () => {
  const source = apiSource({ spec: SPEC })
  const with_ = (accessTokenMaxSeconds: number | null): number | undefined =>
    ruleOf(
      activeApi(
        compilePolicy(
          policySource([
            {
              ...source,
              objective: { ...source.objective, protection: { accessTokenMaxSeconds } },
            },
          ]),
        ),
      ),
      'accounts',
      'token.lifetime',
    )?.params.maxSeconds
  assert.equal(with_(900), 900)
  assert.equal(with_(7_200), 3_600)
  assert.equal(with_(null), 3_600)
})

test('an API takes the issuers it names, of those the policy allows', () => {
  const issuers = ['https://a.example', 'https://b.example', 'https://c.example']
  const api = apiSource({
    spec: SPEC,
    issuers: ['https://a.example', 'https://b.example'],
    rules: [
      change('token.validation', {
        params: { issuers: ['https://b.example', 'https://c.example'] },
      }),
    ],
  })
  const compiled = compilePolicy(policySource([api], [], issuers))
  assert.deepEqual(ruleOf(activeApi(compiled), 'accounts', 'token.validation')?.params.issuers, [
    'https://b.example',
  ])
})

test('scopes are those declared; {} opens nothing, and other schemes have none', () => {
  const components = {
    securitySchemes: {
      oauth: {
        type: 'oauth2',
        flows: {
          clientCredentials: { tokenUrl: 'https://as.example/t', scopes: { read: 'r', more: 'm' } },
        },
      },
      mtls: { type: 'apiKey', in: 'header', name: 'x-key' },
    },
  }
  const of = (security: unknown): unknown =>
    ruleOf(
      activeApi(
        compilePolicy(
          policySource([
            apiSource({
              spec: spec({ '/accounts': read('accounts', { security }) }, { components }),
            }),
          ]),
        ),
      ),
      'accounts',
      'authz.operations',
    )?.params.anyOf
  assert.deepEqual(of([{ oauth: ['read'] }]), [['read']])
  assert.deepEqual(of([{ oauth: ['read'] }, { oauth: ['more', 'read'] }]), [
    ['read'],
    ['more', 'read'],
  ])
  assert.deepEqual(of([{}, { oauth: ['read'], mtls: [] }]), [['read']])
  assert.deepEqual(of([{}]), [[]])
  assert.deepEqual(of([]), [[]])
})

test('an operation without operationId is named by method and path, and cookies and Authorization are no parameters', () => {
  const parameters = [
    { name: 'Authorization', in: 'header', required: true, schema: { type: 'string' } },
    { name: 'session', in: 'cookie', schema: { type: 'string' } },
    { name: 'ids', in: 'query', schema: { type: 'array', items: { type: 'string' } } },
    {
      name: 'codes',
      in: 'query',
      explode: false,
      schema: { type: 'array', items: { type: 'string' } },
    },
    {
      name: 'piped',
      in: 'query',
      style: 'pipeDelimited',
      explode: false,
      schema: { type: 'array', items: { type: 'string' } },
    },
  ]
  const compiled = compilePolicy(
    policySource([
      apiSource({
        spec: spec({
          '/accounts': { get: { parameters, responses: { '200': { description: 'ok' } } } },
        }),
      }),
    ]),
  )
  const api = activeApi(compiled)
  const [operation] = api.operations
  assert.equal(operation?.id, 'GET /accounts')
  const list = new Map(operation.parameters.map((one) => [one.name, one]))
  assert.deepEqual(
    [...list.keys()].filter((name) => name !== 'piped'),
    ['ids', 'codes'],
  )
  assert.deepEqual([list.get('ids')?.list, list.get('codes')?.list], ['repeat', 'comma'])
  // A form of list that is not read is refused when it comes, if it was imported at all.
  const piped = list.get('piped')
  if (piped !== undefined) assert.equal(api.schema.nodes[piped.schema]?.kind, 'unsound')
})

test('audit: an API may ask for strict; what it says stands in the plan', () => {
  const of = (audit: 'strict' | 'buffered' | null): string =>
    activeApi(compilePolicy(policySource([apiSource({ spec: SPEC, audit })]))).audit
  assert.deepEqual([of(null), of('strict'), of('buffered')], ['buffered', 'strict', 'buffered'])
})

test('audit: reads within the bounds of the template and of every level, operations of their own, writes as they are', () => {
  const paths = {
    '/payments': {
      post: { operationId: 'pay', tags: ['PIS'], responses: { 201: { description: 'ok' } } },
    },
    '/payments/{id}': {
      get: {
        operationId: 'look',
        tags: ['PIS'],
        parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
        responses: { 200: { description: 'ok' } },
      },
    },
  }
  const of = (more: object): ReturnType<typeof compilePolicy> =>
    compilePolicy(policySource([apiSource({ spec: spec(paths), template: 'pis', ...more })]))
  const readsOf = (compiled: ReturnType<typeof compilePolicy>): unknown[] => {
    const api = activeApi(compiled)
    return api.operations.map(({ rules }) => {
      const rule = rules.map((at) => api.rules[at]).find((one) => one?.name === 'logging.audit')
      return rule?.name === 'logging.audit' ? rule.params.reads : undefined
    })
  }
  assert.deepEqual(readsOf(of({})), ['strict', 'strict'])
  const loosened = of({ audit: 'buffered' })
  assert.deepEqual(readsOf(loosened), ['buffered', 'buffered'])
  assert.deepEqual(
    loosened.findings
      .filter(({ code }) => code.startsWith('GH_POLICY_WEAK'))
      .map(({ closes }) => closes),
    [false],
  )
  const own = change('logging.audit', { params: { reads: 'strict' } })
  assert.deepEqual(
    readsOf(of({ audit: 'buffered', operations: { look: { rules: [own], place: placeAt(9) } } })),
    ['buffered', 'strict'],
  )
  const header = change('logging.audit', { params: { interactionHeader: 'x-request-id' } })
  const closed = of({ operations: { look: { rules: [header], place: placeAt(9) } } })
  assert.ok(closed.findings.some(({ code, closes }) => code === 'GH_POLICY_LEVEL' && closes))
  // A mandate has the last word; admin lets nobody loosen.
  const mandated = compilePolicy(
    policySource(
      [apiSource({ spec: SPEC, audit: 'buffered' })],
      [change('logging.audit', { params: { reads: 'strict' } })],
    ),
  )
  assert.equal(mandated.plan.apis[0]?.state, 'closed')
  const admin = compilePolicy(
    policySource([
      apiSource({
        spec: spec({ '/admin/users': read('users') }),
        template: 'admin',
        audit: 'buffered',
      }),
    ]),
  )
  assert.ok(admin.findings.some(({ code, closes }) => code === 'GH_POLICY_LOOSENS' && closes))
})

test('one rule instance serves all operations that it is the same for', () => {
  const paths = Object.fromEntries(
    Array.from({ length: 20 }, (_, i) => [`/accounts${i}`, read(`op${i}`)]),
  )
  const { rules, operations } = activeApi(
    compilePolicy(policySource([apiSource({ spec: spec(paths) })])),
  )
  assert.equal(operations.length, 20)
  assert.ok(rules.length < 30, `${rules.length} instances`)
})

test('originOf() tells level and place of the rule of an operation', () => {
  const { plan } = compilePolicy(
    policySource([
      apiSource({
        spec: SPEC,
        rules: [change('token.lifetime', { params: { maxSeconds: 60 }, line: 31 })],
      }),
    ]),
  )
  const at = (rule: string): unknown =>
    originOf(plan, { api: 'accounts', operation: 'accounts', rule })
  assert.deepEqual(at('token.lifetime'), { level: 'api', source: 'gatehouse.yaml:31:5' })
  assert.deepEqual(at('authz.consent'), { level: 'profile', source: 'ais@1.1.0' })
  assert.equal(at('authz.magic'), undefined)
  assert.equal(
    originOf(plan, { api: 'none', operation: 'accounts', rule: 'authz.consent' }),
    undefined,
  )
})

test('unmet controls: what no rule enforces, what only observes; and nothing that is enforced', () => {
  const of = (rules: Parameters<typeof change>[] = []): ReadonlyMap<string, string> => {
    const [effective] = compilePolicy(
      policySource([
        apiSource({
          spec: spec({
            '/accounts/{id}': read('one', {
              parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
            }),
          }),
          rules: rules.map((one) => change(...one)),
        }),
      ]),
    ).effective
    return new Map(effective?.unmet.map(({ control, why }) => [control, why]))
  }
  const plain = of()
  assert.match(plain.get('client-mutual-tls') ?? '', /the template has no rule transport\.mtls/)
  for (const control of [
    'consent-bound-access',
    'object-authz',
    'response-minimisation',
    'token-validation',
  ])
    assert.equal(plain.get(control), undefined, control)
  const weak = of([
    ['authz.consent', { mode: 'observe', line: 40 }],
    ['response.fields', { mode: 'enforce', fraction: 50 }],
  ])
  assert.match(weak.get('consent-bound-access') ?? '', /only observes \(gatehouse\.yaml:40:5\)/)
  assert.match(weak.get('response-minimisation') ?? '', /50 %/)
})

test('configured controls name each control with its mode and reach, and none of a closed API', () => {
  const { configured } = compilePolicy(
    policySource([
      apiSource({ spec: SPEC, rules: [change('authz.consent', { mode: 'observe' })] }),
      apiSource({
        spec: SPEC,
        name: 'closed',
        basePath: '/c',
        template: 'x',
        templatePlace: placeAt(9),
      }),
    ]),
  )
  const consent = configured.find(({ control }) => control === 'consent-bound-access')
  assert.deepEqual([consent?.mode, consent?.operations, consent?.of], ['observe', 1, 1])
  assert.deepEqual([...new Set(configured.map(({ api }) => api))], ['accounts'])
})

test('names from outside that are members of objects are names like any other', () => {
  const paths = JSON.parse(
    '{"/__proto__": {"get": {"operationId": "__proto__", "responses": {"200": {"description": "ok"}}}}, "/accounts": {"get": {"operationId": "constructor", "responses": {"200": {"description": "ok"}}}}}',
  ) as object
  const permissions = JSON.parse('{"__proto__": ["ReadBalances"]}') as Record<string, string[]>
  const api = activeApi(
    compilePolicy(policySource([apiSource({ spec: spec(paths), permissions })])),
  )
  assert.deepEqual(ruleOf(api, '__proto__', 'authz.consent')?.params.permissions, [
    ['ReadBalances'],
  ])
  assert.deepEqual(ruleOf(api, 'constructor', 'authz.consent')?.params.permissions, [
    ['ReadAccountsBasic', 'ReadAccountsDetail'],
  ])
})
