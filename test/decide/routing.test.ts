/** Which operation a request reaches, and what it hears if there is none. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { type Facts, type Kernel, type Plan, prepare } from '../../src/decide/index.ts'
import { linearRegex } from '../support/linear-regex.ts'
import { bankApi, bankPlan, BASE, goodFacts, headers, openApi } from './bank-plan.ts'

const env = { regex: linearRegex }

const kernel = prepare(
  bankPlan(
    openApi('root', '', [
      ['GET', '/status'],
      ['GET', '/ob/v4/only-root'],
    ]),
    openApi('ob', '/ob', [
      ['GET', '/{anything}'],
      ['GET', '/v4/x'],
    ]),
    openApi('v4', '/ob/v4', [
      ['GET', '/accounts'],
      ['POST', '/accounts'],
      ['GET', '/accounts/{id}'],
      ['HEAD', '/accounts/{id}'],
      ['POST', '/accounts/search'],
      ['GET', '/accounts/{id}/items'],
      ['GET', '/accounts/by-name/{name}'],
      ['GET', '/files/{name}:download'],
      ['GET', '/files/{name}'],
      ['GET', '/ranges/{from}-{to}'],
      ['GET', '/with space/{id}'],
      ['GET', '/slash/'],
      ['GET', '/constructor/__proto__'],
    ]),
    { state: 'closed', name: 'shut', basePath: '/shut', code: 'GH_POLICY_LOOSENS', reason: 'x' },
  ),
  env,
)

function ask(target: string, method = 'GET', of: Kernel = kernel): string {
  const answer = of.next(goodFacts('', { request: { method, target, headers: headers() } }))
  if (answer.kind === 'allow')
    return `${answer.match.api} ${answer.match.operation} ${JSON.stringify([...answer.match.parameters])} ${answer.forward.path}`
  assert.equal(answer.kind, 'deny')
  if (answer.kind !== 'deny') return ''
  assert.equal(answer.rule, 'gateway.baseline')
  assert.deepEqual(
    answer.trail.failed.map(({ control, effect }) => [control, effect]),
    [['gateway-hardening', 'denied']],
  )
  return [answer.code.replace('GH_GATEWAY_', ''), answer.api, answer.allow?.join()]
    .filter((part) => part !== undefined)
    .join(' ')
}

/** Target, what happens; `METHOD target` where it is not GET. */
const ROWS: readonly (readonly [request: string, want: string])[] = [
  ['/status', 'root GET /status [] /status'],
  ['/nothing', 'ROUTE_UNKNOWN root'],
  ['/ob/x', 'ob GET /{anything} [["anything","x"]] /x'],
  ['/ob', 'ROUTE_UNKNOWN ob'],
  ['/obx/accounts', 'ROUTE_UNKNOWN root'],
  ['/OB/v4/accounts', 'ROUTE_UNKNOWN root'],
  ['/ob/V4', 'ob GET /{anything} [["anything","V4"]] /V4'],
  // The longest base path wins, and no shorter one is tried after it.
  ['/ob/v4/x', 'ROUTE_UNKNOWN v4'],
  ['/ob/v4/only-root', 'ROUTE_UNKNOWN v4'],
  ['/ob/v4/accounts', 'v4 GET /accounts [] /accounts'],
  ['POST /ob/v4/accounts', 'v4 POST /accounts [] /accounts'],
  ['PUT /ob/v4/accounts', 'METHOD_UNKNOWN v4 GET,POST'],
  ['get /ob/v4/accounts', 'METHOD_UNKNOWN v4 GET,POST'],
  ['HEAD /ob/v4/accounts', 'METHOD_UNKNOWN v4 GET,POST'],
  ['HEAD /ob/v4/accounts/1', 'v4 HEAD /accounts/{id} [["id","1"]] /accounts/1'],
  ['OPTIONS /ob/v4/accounts', 'METHOD_UNKNOWN v4 GET,POST'],
  ['OPTIONS *', 'TARGET_MALFORMED'],
  ['TRACE /ob/v4/nothing', 'ROUTE_UNKNOWN v4'],
  ['/ob/v4/Accounts', 'ROUTE_UNKNOWN v4'],
  ['/ob/v4/accounts/', 'ROUTE_UNKNOWN v4'],
  ['/ob/v4/accounts/1/', 'ROUTE_UNKNOWN v4'],
  ['/ob/v4/slash/', 'v4 GET /slash/ [] /slash/'],
  ['/ob/v4/slash', 'ROUTE_UNKNOWN v4'],
  ['/ob/v4/accounts/1', 'v4 GET /accounts/{id} [["id","1"]] /accounts/1'],
  ['/ob/v4/accounts/%31', 'v4 GET /accounts/{id} [["id","1"]] /accounts/1'],
  ['/ob/v4/accounts/a%20b', 'v4 GET /accounts/{id} [["id","a b"]] /accounts/a%20b'],
  ['/ob/v4/accounts/a;b', 'v4 GET /accounts/{id} [["id","a;b"]] /accounts/a%3Bb'],
  // A concrete path is the path: it does not fall through to the template for another method.
  ['/ob/v4/accounts/search', 'METHOD_UNKNOWN v4 POST'],
  ['POST /ob/v4/accounts/search', 'v4 POST /accounts/search [] /accounts/search'],
  // Written with escapes, fixed text is refused and not taken for a parameter.
  ['/ob/v4/accounts/%73earch', 'METHOD_UNKNOWN v4 POST'],
  ['POST /ob/v4/accounts/%73earch', 'TARGET_MALFORMED v4'],
  ['/ob/v4/%61ccounts', 'TARGET_MALFORMED v4'],
  ['/%6fb/v4/accounts', 'TARGET_MALFORMED v4'],
  [
    '/ob/v4/accounts/search/items',
    'v4 GET /accounts/{id}/items [["id","search"]] /accounts/search/items',
  ],
  [
    '/ob/v4/accounts/by-name/items',
    'v4 GET /accounts/by-name/{name} [["name","items"]] /accounts/by-name/items',
  ],
  ['/ob/v4/files/a:download', 'v4 GET /files/{name}:download [["name","a"]] /files/a:download'],
  ['/ob/v4/files/a%3Adownload', 'TARGET_MALFORMED v4'],
  ['/ob/v4/files/a', 'v4 GET /files/{name} [["name","a"]] /files/a'],
  ['/ob/v4/ranges/1-2', 'v4 GET /ranges/{from}-{to} [["from","1"],["to","2"]] /ranges/1-2'],
  ['/ob/v4/ranges/1-2-3', 'ROUTE_UNKNOWN v4'],
  ['/ob/v4/with%20space/1', 'v4 GET /with space/{id} [["id","1"]] /with%20space/1'],
  ['/ob/v4/constructor', 'ROUTE_UNKNOWN v4'],
  ['/ob/v4/constructor/__proto__', 'v4 GET /constructor/__proto__ [] /constructor/__proto__'],
  ['/ob/v4/__proto__', 'ROUTE_UNKNOWN v4'],
  ['/ob/v4//accounts', 'TARGET_MALFORMED'],
  ['/ob/v4/accounts/%2e%2e/admin', 'TARGET_MALFORMED'],
  ['/ob/v4/accounts/1%2fitems', 'TARGET_MALFORMED'],
  ['/ob/v4/accounts/%252e%252e', 'TARGET_MALFORMED'],
  ['http://bank.test/ob/v4/accounts', 'TARGET_MALFORMED'],
  ['/ob/v4\\accounts', 'TARGET_MALFORMED'],
  ['/shut', 'API_CLOSED shut'],
  ['/shut/anything', 'API_CLOSED shut'],
  ['DELETE /shut/anything', 'API_CLOSED shut'],
]

describe('routing', () => {
  for (const [request, want] of ROWS)
    test(`${request} → ${want}`, () => {
      const [method = '', target] = request.split(' ')
      assert.equal(target === undefined ? ask(method) : ask(target, method), want)
    })
})

test('an unknown base path is unknown without an API to blame', () => {
  const alone = prepare(bankPlan(openApi('v4', '/ob/v4', [['GET', '/x']])), env)
  assert.equal(ask('/ob/v5/x', 'GET', alone), 'ROUTE_UNKNOWN')
  assert.equal(ask('/', 'GET', alone), 'ROUTE_UNKNOWN')
})

describe('fail closed, one API at a time', () => {
  const sound = openApi('sound', '/sound', [['GET', '/x']])
  const broken: readonly (readonly [why: string, api: Plan['apis'][number]])[] = [
    // Sound: a plan is data from a file; the type is what it should be.
    [
      'names an unknown rule',
      { ...sound, rules: [{ ...sound.rules[0], name: 'constructor' } as never] },
    ],
    ['refers to a rule that is not there', { ...sound, rules: [] }],
    [
      'declares one route twice',
      openApi('x', '', [
        ['GET', '/a/{b}'],
        ['GET', '/a/{c}'],
      ]),
    ],
    ['has a template with two readings', openApi('x', '', [['GET', '/a/{b}{c}']])],
    [
      'trusts an issuer that is not in the plan',
      bankApi({
        rules: bankApi().rules.map((one) =>
          one.name === 'token.validation'
            ? { ...one, params: { issuers: ['https://nobody.test'] } }
            : one,
        ),
      }),
    ],
    [
      'selects an account from a path that has none',
      bankApi({
        operations: bankApi().operations.map((one) => ({
          ...one,
          rules: bankApi().rules.map((_, at) => at),
        })),
      }),
    ],
    [
      'filters rows by a set that no fact fills',
      bankApi({
        rules: bankApi().rules.map((one) =>
          one.name === 'response.fields'
            ? {
                ...one,
                params: {
                  ...one.params,
                  rows: [
                    { at: ['x', '*'], field: ['y'], test: { kind: 'in' as const, set: 'friends' } },
                  ],
                },
              }
            : one,
        ),
      }),
    ],
    ['refers to a schema that is not there', bankApi({ schema: { format: 1, nodes: [] } })],
    [
      'lists one rule twice for an operation',
      { ...sound, operations: sound.operations.map((one) => ({ ...one, rules: [0, 0] })) },
    ],
  ]
  for (const [why, api] of broken)
    test(`an API whose plan ${why} answers 503, and the others go on`, () => {
      const both = prepare(bankPlan({ ...api, name: 'broken', basePath: '/broken' }, sound), env)
      assert.equal(ask('/broken/x', 'GET', both), 'API_CLOSED broken')
      assert.equal(ask('/sound/x', 'GET', both), 'sound GET /x [] /x')
    })

  test('two APIs with one base path are both closed', () => {
    const twice = prepare(
      bankPlan(openApi('a', '/a', [['GET', '/x']]), openApi('b', '/a', [['GET', '/x']]), sound),
      env,
    )
    assert.match(ask('/a/x', 'GET', twice), /^API_CLOSED/)
    assert.equal(ask('/sound/x', 'GET', twice), 'sound GET /x [] /x')
  })

  test('two APIs with one name are both closed', () => {
    const twice = prepare(
      bankPlan(openApi('a', '/a', [['GET', '/x']]), openApi('a', '/b', [['GET', '/x']])),
      env,
    )
    assert.equal(ask('/a/x', 'GET', twice), 'API_CLOSED a')
    assert.equal(ask('/b/x', 'GET', twice), 'API_CLOSED a')
  })

  test('an API with an impossible base path is nowhere', () => {
    for (const basePath of ['a', '/a/', '/', '/{a}', '/a//b', '/%zz']) {
      const one = prepare(bankPlan(openApi('a', basePath, [['GET', '/x']]), sound), env)
      assert.equal(ask('/a/x', 'GET', one), 'ROUTE_UNKNOWN', basePath)
      assert.equal(ask('/sound/x', 'GET', one), 'sound GET /x [] /x')
    }
  })
})

describe('repeated headers', () => {
  const bank = prepare(bankPlan(), env)
  for (const name of [
    'host',
    'authorization',
    'content-length',
    'content-type',
    'transfer-encoding',
    'x-fapi-interaction-id',
  ])
    test(`two \`${name}\` headers are refused`, () => {
      const request = {
        method: 'GET',
        target: `${BASE}/accounts`,
        headers: headers({ [name]: ['a', 'a'] }),
      }
      const answer = bank.next(goodFacts('', { request }))
      assert.equal(answer.kind === 'deny' && answer.code, 'GH_GATEWAY_HEADER_REPEATED')
    })

  test('two `accept` headers are not', () => {
    const request = {
      method: 'GET',
      target: `${BASE}/accounts`,
      headers: headers({ accept: ['a', 'b'] }),
    }
    assert.equal(bank.next(goodFacts('', { request })).kind, 'allow')
  })
})

const known = fc.constantFrom('accounts', 'search', 'by-name', 'items', 'files', 'ranges', '1', 'a')
const odd = fc.constantFrom('%61', '%73earch', 'a:download', '1-2', 'a;b', '%20', '..', '', '%2F')
const segment = fc.oneof(known, known, known, odd, fc.string({ maxLength: 2 }))
const target = fc
  .tuple(fc.array(segment, { minLength: 1, maxLength: 3 }), fc.constantFrom('', '?a=%20', '?b=;'))
  .map(([segments, query]) => `/ob/v4/${segments.join('/')}${query}`)

test('property: routing never throws, and the rebuilt path is judged as the one that came', () => {
  let matched = 0
  fc.assert(
    fc.property(target, (raw) => {
      const facts = (target: string): Facts =>
        goodFacts('', { request: { method: 'GET', target, headers: headers() } })
      const answer = kernel.next(facts(raw))
      if (answer.kind !== 'allow') return
      matched++
      const base = kernel.plan.apis.find(({ name }) => name === answer.match.api)?.basePath ?? ''
      const { path, query } = answer.forward
      const again = kernel.next(facts(`${base}${path}${query === '' ? '' : `?${query}`}`))
      assert.equal(again.kind, 'allow')
      if (again.kind !== 'allow') return
      assert.deepEqual(again.match, answer.match)
      assert.deepEqual(again.forward, answer.forward)
      // A lenient server that decodes first would find the very same path.
      assert.equal(decodeURIComponent(base + path), decodeURIComponent(raw.split('?')[0] ?? ''))
    }),
    { numRuns: 4000 },
  )
  assert.ok(matched > 100, `only ${matched} targets matched: the property is blind`)
})
