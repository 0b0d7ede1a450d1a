/** The knowledge about the UK standard against the standard's own specification, as the example bank carries it. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Plan, prepare } from '../../src/decide/index.ts'
import { isJsonObject } from '../../src/lib/index.ts'
import { compilePolicy } from '../../src/policy/index.ts'
import uk from '../../src/policy/dialects/uk-obie-v4.json' with { type: 'json' }
import { schemaView } from '../../src/policy/dialects/schema-view.ts'
import { linearRegex } from '../support/linear-regex.ts'
import { activeApi, ruleOf } from '../support/plan-outline.ts'
import { apiSource, policySource } from '../support/policy-source.ts'

const TEXT = readFileSync(
  join(import.meta.dirname, '../../examples/bank/spec/account-info-openapi.yaml'),
  'utf8',
)
const source = policySource([apiSource({ spec: TEXT })])
const compiled = compilePolicy(source)
const api = activeApi(compiled)
const SHAPE = /\{[^}]*\}/g

test('the 26 reads are mapped, and the 3 consent operations are denied', () => {
  const mapped = api.operations.filter(
    ({ id }) => ruleOf(api, id, 'authz.consent')?.params.unmapped === false,
  )
  const denied = api.operations.filter(
    ({ id }) => ruleOf(api, id, 'authz.consent')?.params.unmapped === true,
  )
  assert.equal(mapped.length, 26)
  assert.deepEqual(denied.map(({ method, path }) => `${method} ${path}`).sort(), [
    'DELETE /account-access-consents/{ConsentId}',
    'GET /account-access-consents/{ConsentId}',
    'POST /account-access-consents',
  ])
  assert.equal(uk.operations.length, 26)
  for (const { path } of uk.operations)
    assert.ok(
      mapped.some((operation) => operation.path.replaceAll(SHAPE, '{}') === path),
      path,
    )
})

test('every place that the data name exists in the specification', () => {
  const [{ spec }] = source.apis as unknown as readonly [(typeof source.apis)[number]] // sound: one API was given
  const view = schemaView(spec.document)
  let seen = 0
  for (const { path, resource } of uk.operations) {
    const operation = spec.operations.find((one) => one.path.replaceAll(SHAPE, '{}') === path)
    const places: {
      at: string[]
      accountId?: string[]
      direction?: string[]
      within?: string[][]
      detail?: Record<string, string[]>
      pan?: string[]
    } = uk.resources[resource as keyof typeof uk.resources] // sound: the next line says so
    assert.ok(operation !== undefined && places !== undefined, path)
    const inside = [
      [],
      ...(places.accountId === undefined ? [] : [places.accountId]),
      ...(places.direction === undefined ? [] : [places.direction]),
      ...(places.within ?? []),
      ...Object.values(places.detail ?? {})
        .flat()
        .map((element) => element.split('.')),
      ...(places.pan ?? []).map((element) => element.split('.')),
    ]
    if (places.at.length === 0) continue
    for (const field of inside) {
      seen++
      assert.ok(
        view.declares(operation, [...places.at, ...field]),
        `${path}: ${[...places.at, ...field].join('.')}`,
      )
    }
  }
  assert.ok(seen > 80, `${seen} places seen`)
})

test('every permission code is one that the specification lists', () => {
  const [{ spec }] = source.apis as unknown as readonly [(typeof source.apis)[number]] // sound: one API was given
  const view = schemaView(spec.document)
  const codes = view
    .child(
      view.child(
        view.child(
          view.child(view.variants('#/components/schemas/OBReadConsent1'), 'Data'),
          'Permissions',
        ),
        '*',
      ),
      '',
    )
    .concat(
      view.child(
        view.child(
          view.child(view.variants('#/components/schemas/OBReadConsent1'), 'Data'),
          'Permissions',
        ),
        '*',
      ),
    )
    .flatMap((schema) => (Array.isArray(schema['enum']) ? schema['enum'] : []))
  assert.ok(codes.length >= 21)
  const used = [
    ...uk.operations.flatMap(({ permissions }) => permissions.flat()),
    ...Object.values(uk.resources).flatMap((one) =>
      'detail' in one ? Object.keys(one.detail) : [],
    ),
    ...Object.keys(uk.directions),
  ]
  for (const code of used) assert.ok(codes.includes(code), code)
  for (const code of codes) assert.ok(used.includes(String(code)), `${String(code)} opens nothing`)
})

test('a customer’s rows are told by account, direction and day; what only Detail may see is named', () => {
  const fields = ruleOf(api, 'GetTransactions', 'response.fields')?.params
  assert.deepEqual(
    fields?.rows.map(({ at, field, test: { kind } }) => [at.join('.'), field.join('.'), kind]),
    [
      ['Data.Transaction.*', 'AccountId', 'in'],
      ['Data.Transaction.*', 'CreditDebitIndicator', 'in'],
      ['Data.Transaction.*', 'BookingDateTime', 'within'],
    ],
  )
  assert.deepEqual(fields.directions, {
    ReadTransactionsCredits: 'Credit',
    ReadTransactionsDebits: 'Debit',
  })
  assert.equal(fields.directionsWhenNone, undefined)
  assert.equal(
    fields.unless.find(({ permission }) => permission === 'ReadTransactionsDetail')?.drop.length,
    9,
  )
  assert.deepEqual(fields.unless.find(({ permission }) => permission === 'ReadPAN')?.drop, [
    ['Data', 'Transaction', '*', 'CardInstrument', 'Identification'],
  ])
})

test('statements leave only if they lie wholly in the period of the consent', () => {
  const rows = ruleOf(api, 'GetStatements', 'response.fields')?.params.rows ?? []
  assert.deepEqual(
    rows.filter(({ test: { kind } }) => kind === 'within').map(({ field }) => field.join('.')),
    ['StartDateTime', 'EndDateTime'],
  )
})

test('a statement’s transactions ask for the same as all transactions; its file for Detail', () => {
  const groups = (id: string): unknown => ruleOf(api, id, 'authz.consent')?.params.permissions
  assert.deepEqual(
    groups('GetAccountsAccountIdStatementsStatementIdTransactions'),
    groups('GetTransactions'),
  )
  assert.deepEqual(groups('GetAccountsAccountIdStatementsStatementIdFile'), [
    ['ReadStatementsDetail'],
  ])
})

test('every operation with an account in its path compares it, and needs the scope accounts', () => {
  for (const { id, path } of api.operations) {
    if (path.includes('{AccountId}'))
      assert.deepEqual(
        ruleOf(api, id, 'authz.objects')?.params.selectors,
        [{ in: 'path', name: 'AccountId' }],
        id,
      )
    if (ruleOf(api, id, 'authz.consent')?.params.unmapped === false)
      assert.deepEqual(ruleOf(api, id, 'authz.operations')?.params.anyOf, [['accounts']], id)
  }
})

test('a bank that writes the version into its paths is the same standard', () => {
  const doc: unknown = JSON.parse(JSON.stringify(source.apis[0]?.spec.document))
  assert.ok(isJsonObject(doc as never))
  const { paths, ...rest } = doc as { paths: Record<string, unknown> }
  const moved = Object.fromEntries(
    Object.entries(paths).map(([path, item]) => [`/open-banking/v3.1/aisp${path}`, item]),
  )
  const other = activeApi(
    compilePolicy(policySource([apiSource({ spec: { ...rest, paths: moved }, basePath: '/' })])),
  )
  const transactions = ruleOf(other, 'GetTransactions', 'response.fields')
  assert.deepEqual(transactions?.params, ruleOf(api, 'GetTransactions', 'response.fields')?.params)
})

test('a path that only ends like one of the standard is not taken for it', () => {
  const { paths, ...rest } = JSON.parse(JSON.stringify(source.apis[0]?.spec.document)) as {
    paths: Record<string, unknown>
  } // sound: the document of an OpenAPI specification
  const parameters = [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }]
  const item = {
    get: { operationId: 'more', parameters, responses: { '200': { description: 'ok' } } },
  }
  const more = activeApi(
    compilePolicy(
      policySource([
        apiSource({ spec: { ...rest, paths: { ...paths, '/customers/{id}/party': item } } }),
      ]),
    ),
  )
  assert.deepEqual(ruleOf(more, 'more', 'authz.consent')?.params.permissions, [
    ['ReadParty', 'ReadPartyPSU'],
  ])
})

test('the plan is plain data of reasonable size, the same every time, and the kernel takes it', () => {
  const text = JSON.stringify(compiled.plan)
  assert.ok(text.length < 400_000, `${text.length} characters`)
  const again = JSON.parse(text) as Plan // sound: it was a plan before
  assert.deepEqual(again, compiled.plan)
  assert.equal(compilePolicy(source).plan.digest, compiled.plan.digest)
  assert.doesNotThrow(() => prepare(again, { regex: linearRegex }))
})
