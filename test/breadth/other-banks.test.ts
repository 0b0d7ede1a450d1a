/**
 * Specifications, banks and clients that nobody had in mind, behind the real binary: what must be allowed is, what must not is refused
 * with a code that helps, and what leaves is what was documented, with every number as the bank wrote it.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Installation, install } from './installation.ts'
import { forget, type KEYS, run, token, type Up, up } from './world.ts'

let place: Installation
let gate: Up
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-breadth-'))
before(async () => {
  place = await install(folder)
  gate = await up(place.config)
})
after(async () => {
  await gate.stop()
  place.close()
  forget(folder)
})

interface Call {
  readonly name: string
  readonly path: string
  readonly method?: string
  /** Claims of the token; `null`: no token. */
  readonly claims?: Readonly<Record<string, unknown>> | null
  readonly alg?: keyof typeof KEYS
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** 200 unless it is said; the code of a refusal. */
  readonly status?: number
  readonly code?: string
  /** The whole body, or what must be in it. */
  readonly is?: string
  readonly has?: readonly string[]
  readonly never?: readonly string[]
  /** What the bank must have been asked; `null`: it must not have been. */
  readonly asked?: string | null
}

const SCOPES = { scope: 'accounts.read bank:accounts.basic:read bank:accounts.detail:read' }
const BASIC = { consent_id: 'basic' }
const OWN = '/psd2/v2/v1/customers/NO123456'
const BG = { 'x-request-id': '99391c7e-ad88-49ec-a2ad-99ddcb1f7721', 'consent-id': 'all' }
const V = { 'x-v': '1' }
const WEB = { 'x-channel': 'web' }
const invalid = { status: 400, code: 'GH_GATEWAY_REQUEST_INVALID', asked: null } as const

const CALLS: readonly Call[] = [
  // A bank's own API in snake_case, with a variable in its server URL.
  {
    name: 'accounts of the consent only, declared members only, null kept, no count of what was left out',
    path: `${OWN}/accounts?page_size=5&account_type=current&account_type=card`,
    is: '{"accounts":[{"account_number":"12345678","account_type":"current","display_name":null,"opened_on":"2019-02-03"}]}',
    asked: `${OWN}/accounts?page_size=5&account_type=current&account_type=card`,
  },
  { name: 'a page that is too large', path: `${OWN}/accounts?page_size=101`, ...invalid },
  { name: 'a word that is none', path: `${OWN}/accounts?account_type=loan`, ...invalid },
  { name: 'PS256', path: `${OWN}/accounts/12345678`, alg: 'PS256', never: ['national_id'] },
  {
    name: 'EdDSA of the second issuer, keys from a file',
    path: `${OWN}/accounts/12345678`,
    alg: 'EdDSA',
    claims: { iss: 'https://second.example' },
  },
  {
    name: 'ES256 where the issuer signs with EdDSA',
    path: `${OWN}/accounts/12345678`,
    claims: { iss: 'https://second.example' },
    status: 401,
    code: 'GH_GATEWAY_TOKEN_ALGORITHM',
    asked: null,
  },
  {
    name: 'an account that is not of the consent',
    path: `${OWN}/accounts/99999999`,
    status: 403,
    code: 'GH_GATEWAY_OBJECT_FORBIDDEN',
    asked: null,
  },
  ...['', '/accounts', '/accounts/12345678'].map((rest): Call => ({
    name: `another customer in the path (${rest})`,
    path: `/psd2/v2/v1/customers/NO999999${rest}`,
    status: 403,
    code: 'GH_GATEWAY_OBJECT_FORBIDDEN',
    asked: null,
  })),
  {
    name: 'the customer of the token',
    path: OWN,
    is: '{"customer_id":"NO123456","full_name":"Kari"}',
  },
  {
    name: 'balances, numbers as the bank wrote them',
    path: `${OWN}/accounts/12345678/balance`,
    is: '{"account_number":"12345678","booked":{"amount":10.00,"currency":"NOK"},"available":{"amount":12345678901234567890.10,"currency":"NOK"}}',
  },
  {
    name: 'balances without their permission',
    path: `${OWN}/accounts/12345678/balance`,
    claims: BASIC,
    status: 403,
    code: 'GH_GATEWAY_PERMISSION_MISSING',
    asked: null,
  },
  {
    name: 'transactions of the period, without the other side',
    path: `${OWN}/accounts/12345678/transactions?from_date=2026-01-01`,
    claims: BASIC,
    is: '{"transactions":[{"transaction_id":"new","booking_date":"2026-02-01","amount":-1.50}],"next_cursor":null}',
  },
  {
    name: 'a date of another kind',
    path: `${OWN}/accounts/12345678/transactions?from_date=01.02.2026`,
    ...invalid,
  },
  {
    name: 'a token without the declared scope',
    path: `${OWN}/accounts`,
    claims: { scope: 'payments' },
    status: 403,
    code: 'GH_GATEWAY_SCOPE_MISSING',
    asked: null,
  },
  // Berlin Group.
  {
    name: 'Berlin Group accounts with Detail',
    path: '/psd2/v1/accounts?withBalance=true',
    headers: BG,
    has: ['"iban":"DE2310010010123456789"', '"balances"', '"_links"'],
    never: ['coreId', 'other'],
  },
  {
    name: 'Berlin Group accounts with Basic',
    path: '/psd2/v1/accounts',
    headers: { ...BG, 'consent-id': 'basic' },
    claims: BASIC,
    has: ['"resourceId":"acc-1"'],
    never: ['iban', 'balanceAmount'],
  },
  { name: 'a required header that is not there', path: '/psd2/v1/accounts', ...invalid },
  {
    name: 'a consent in the header that is not the one of the token',
    path: '/psd2/v1/accounts',
    headers: BG,
    claims: BASIC,
    status: 403,
    code: 'GH_GATEWAY_OBJECT_FORBIDDEN',
    asked: null,
  },
  {
    name: 'Berlin Group transactions of the period',
    path: '/psd2/v1/accounts/acc-1/transactions?bookingStatus=both',
    headers: { ...BG, 'consent-id': 'basic' },
    claims: BASIC,
    has: ['256.67', '"pending":[]'],
    never: ['old', 'John Miles'],
  },
  {
    name: 'Berlin Group consents are not for this template',
    path: '/psd2/v1/consents',
    method: 'POST',
    headers: { ...BG, 'content-type': 'application/json' },
    body: '{}',
    status: 403,
    code: 'GH_GATEWAY_PERMISSION_UNMAPPED',
    asked: null,
  },
  // Consumer Data Right.
  {
    name: 'CDR accounts of the consent',
    path: '/cds-au/v1/banking/accounts?page-size=25',
    headers: V,
    has: ['"acc-1"', 'Everyday'],
    never: ['acc-2'],
  },
  {
    name: 'CDR account details with Basic',
    path: '/cds-au/v1/banking/accounts/acc-1',
    headers: V,
    claims: BASIC,
    has: ['termDeposit', 'maskedNumber'],
    never: ['accountNumber', 'bsb'],
  },
  // Open data.
  {
    name: 'branches for anybody, with their telephone and mail, and what is undeclared left behind',
    path: '/open-data/v1/branches?city=Oslo&services=a,b&near=59.9,10.7&utm_source=x',
    claims: null,
    is: '{"branches":[{"branchId":"1","name":"Oslo","phoneNumber":"+47 1","email":"oslo@bank.example","sortCodes":["1"],"location":{"latitude":59.90,"longitude":10.7500},"openingHours":[{"day":"Mon","opens":"09:00","closes":"16:00"}]}]}',
  },
  {
    name: 'a pattern that does not hold',
    path: '/open-data/v1/branches?near=here',
    claims: null,
    ...invalid,
  },
  {
    name: 'a declared error keeps what is declared',
    path: '/open-data/v1/branches/none',
    claims: null,
    status: 404,
    is: '{"message":"no such branch"}',
  },
  {
    name: 'a crash of the bank is not shown',
    path: '/open-data/v1/products',
    claims: null,
    status: 502,
    code: 'GH_GATEWAY_UPSTREAM_ERROR',
    never: ['ORA'],
  },
  {
    name: 'a map of rates keeps its numbers',
    path: '/open-data/v1/rates?on=2026-11-01',
    claims: null,
    is: '{"base":"EUR","rates":{"USD":1.0800,"NOK":11.50}}',
  },
  {
    name: 'open data are for reading',
    path: '/open-data/v1/rates',
    method: 'POST',
    claims: null,
    body: '{}',
    headers: { 'content-type': 'application/json' },
    status: 405,
    code: 'GH_GATEWAY_METHOD_UNKNOWN',
    asked: null,
  },
  // Shapes.
  {
    name: 'allOf, nullable, typed maps and closed objects; what is free-form is left behind',
    path: '/api/shapes/accounts/acc-1',
    is: '{"accountId":"acc-1","alias":null,"limit":1.00,"tags":{"a":"b"},"flags":{"frozen":true},"extra":{}}',
  },
  {
    name: 'oneOf with a discriminator',
    path: '/api/shapes/accounts/acc-1/items',
    is: '{"items":[{"kind":"card","id":"1","network":"visa","creditLimit":100.00},{"kind":"loan","id":"2","principal":1e3,"rate":3.250}]}',
  },
  {
    name: 'anyOf, and an operation mapped to no permission at all',
    path: '/api/shapes/accounts/acc-1/settings',
    claims: BASIC,
    is: '{"theme":{"name":"dark"},"free":{}}',
  },
  // Two breaks in a specification.
  {
    name: 'what is sound is served',
    path: '/broken/accounts',
    is: '[{"account_id":"acc-1","currency":"EUR"}]',
  },
  {
    name: 'what has no schema is refused',
    path: '/broken/accounts/acc-1',
    status: 502,
    code: 'GH_GATEWAY_RESPONSE_REFUSED',
  },
  {
    name: 'an unsound member is left behind',
    path: '/broken/accounts/acc-1/balances',
    is: '{"account_id":"acc-1"}',
  },
  // Parameters of all kinds, without servers.
  {
    name: 'lists in both styles, dates, numbers, booleans',
    path: '/crud/accounts?status=open&tag=a&tag=b&ids=1,2&since=2026-01-01&limit=50&verbose=true&extra=1',
    headers: WEB,
    is: '[{"accountId":"acc-1","status":"open","version":3}]',
  },
  ...[
    'limit=50',
    'status=shut',
    'status=open&status=closed',
    'status=open&limit=51',
    'status=open&limit=1e1',
    'status=open&ids=1,x',
    'status=open&tag=A',
    'status=open&tag=a&tag=b&tag=c&tag=d',
    'status=open&since=2026-02-30',
    'status=open&verbose=1',
  ].map((query): Call => ({
    name: query,
    path: `/crud/accounts?${query}`,
    headers: WEB,
    ...invalid,
  })),
  {
    name: 'a header that is not of its list',
    path: '/crud/accounts?status=open',
    headers: { 'x-channel': 'fax' },
    ...invalid,
  },
  {
    name: 'a default response',
    path: '/crud/accounts/acc-1',
    is: '{"accountId":"acc-1","status":"open","version":3}',
  },
  ...['POST /crud/accounts', 'PUT /crud/accounts/acc-1', 'DELETE /crud/accounts/acc-1'].map(
    (line): Call => {
      const [method = '', path = ''] = line.split(' ')
      return {
        name: `${method} under ais`,
        path,
        method,
        headers: { ...WEB, 'content-type': 'application/json' },
        ...(method === 'DELETE' ? {} : { body: '{"accountId":"x"}' }),
        status: 403,
        code: 'GH_GATEWAY_PERMISSION_UNMAPPED',
        asked: null,
      }
    },
  ),
  { name: 'csv', path: '/crud/accounts/acc-1/transactions', is: 'id;amount\n1;2.00\n' },
  { name: 'pdf', path: '/crud/accounts/acc-1/statements/s1/file', is: '%PDF-1.4 x' },
  {
    name: 'JSON where pdf was promised',
    path: '/crud/accounts/acc-1/statements/s2/file',
    status: 502,
    code: 'GH_GATEWAY_RESPONSE_REFUSED',
    never: ['core dump'],
  },
  {
    name: 'personal data under open-data',
    path: '/misplaced/accounts/acc-1/balances',
    claims: null,
    status: 503,
    code: 'GH_GATEWAY_API_CLOSED',
    asked: null,
  },
]

interface Problem {
  readonly code: string
  readonly decision: string
}

async function make(call: Call): Promise<{ status: number; body: string; headers: Headers }> {
  const { path, method = 'GET', claims = {}, alg, headers = {}, body } = call
  const authorization =
    claims === null ? {} : { authorization: `Bearer ${token({ ...SCOPES, ...claims }, alg)}` }
  const answer = await fetch(gate.origin + path, {
    method,
    headers: { ...authorization, ...headers },
    ...(body === undefined ? {} : { body }),
  })
  return { status: answer.status, body: await answer.text(), headers: answer.headers }
}

for (const call of CALLS)
  test(`${call.method ?? 'GET'} ${call.path.split('?')[0]}: ${call.name}`, async () => {
    place.bank.seen.length = 0
    const { status, body, headers } = await make(call)
    assert.equal(status, call.status ?? 200, body)
    if (call.code !== undefined) assert.equal((JSON.parse(body) as Problem).code, call.code) // sound: a problem document
    if (call.is !== undefined) assert.equal(body, call.is)
    for (const part of call.has ?? []) assert.ok(body.includes(part), `${part} in ${body}`)
    for (const part of [...(call.never ?? []), 'Sloppy'])
      assert.ok(!body.includes(part), `${part} in ${body}`)
    assert.equal(headers.get('x-powered-by'), null)
    const asked = place.bank.seen.map(({ url }) => url)
    if (call.asked !== undefined) assert.deepEqual(asked, call.asked === null ? [] : [call.asked])
    for (const one of place.bank.seen) assert.equal(one.headers['authorization'], undefined)
  })

const EXPLAINED: readonly { readonly call: string; readonly says: readonly RegExp[] }[] = [
  {
    call: 'what has no schema is refused',
    says: [/response\.fields/, /no sound schema/, /the bank answered +200/],
  },
  { call: 'POST under ais', says: [/ais serves GET and HEAD only/] },
  {
    call: 'a page that is too large',
    says: [/query:page_size is not what its schema says: maximum/],
  },
  {
    call: 'another customer in the path ()',
    says: [/customer_id is not the customer of the token/],
  },
  {
    call: 'personal data under open-data',
    says: [
      /GET on a path of misplaced/,
      /GH_OBJECTIVES_CONFLICT/,
      /dataClasses: \[public-reference\]/,
    ],
  },
]
for (const { call: name, says } of EXPLAINED)
  test(`explain tells a newcomer about: ${name}`, async () => {
    const call = CALLS.find((one) => one.name === name)
    assert.ok(call !== undefined)
    const { decision } = JSON.parse((await make(call)).body) as Problem // sound: a problem document
    const { code, out } = await run(['explain', decision, '--config', place.config])
    assert.equal(code, 0)
    for (const pattern of says) assert.match(out, pattern)
  })

test('check says what closes an API, and where it was seen', async () => {
  const { code, out } = await run(['check', 'my bank'], { cwd: folder })
  assert.equal(code, 4)
  const lines = out
    .trim()
    .split('\n')
    .filter((line) => line.includes('GH_'))
  assert.equal(lines.length, 2, out)
  for (const line of lines) assert.match(line, /^my bank\/gatehouse\.yaml:13:13: GH_/)
  assert.match(
    out,
    /account-identifier \(GET \/accounts\/\{accountId\}\/balances: response\.iban\)/,
  )
})

test('inventory show names line, column and pointer of what is broken', async () => {
  const { out } = await run(['inventory', 'show', 'broken', '-c', place.config])
  assert.match(out, /broken\.yaml:23:\d+: GH_INVENTORY_REF_UNRESOLVED .*\(#\/paths\//)
  assert.match(
    out,
    /broken\.yaml:41:\d+: GH_INVENTORY_SCHEMA_UNSOUND .*\(#\/components\/schemas\/Balances\/properties\/amount/,
  )
  assert.equal(out.match(/unsound part refused/g)?.length, 2)
})
