/**
 * The UK specification as banks alter it: renamed, cut down, grown, moved under a prefix. Whoever reads it, the UK knowledge or the
 * generic one, an account is compared, a read needs its permission, and what nobody understands is denied.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import type { ActiveApi } from '../../src/decide/index.ts'
import { compilePolicy, type CompiledPolicy } from '../../src/policy/index.ts'
import { activeApi, ruleOf } from '../support/plan-outline.ts'
import { apiSource, policySource } from '../support/policy-source.ts'

const TEXT = readFileSync(
  join(import.meta.dirname, '../../examples/bank/spec/account-info-openapi.yaml'),
  'utf8',
)
type Json = Record<string, unknown>
interface Document extends Json {
  info: Json
  paths: Record<string, Json>
}
const fresh = (text = TEXT): Document => parse(text) as Document // sound: the specification has both members

function compile(document: unknown): CompiledPolicy {
  return compilePolicy(policySource([apiSource({ spec: document })]))
}
function keepPaths(document: Document, keep: (path: string) => boolean): Document {
  return {
    ...document,
    paths: Object.fromEntries(Object.entries(document.paths).filter(([path]) => keep(path))),
  }
}
function renamePaths(document: Document, rename: (path: string) => string): Document {
  return {
    ...document,
    paths: Object.fromEntries(
      Object.entries(document.paths).map(([path, item]) => [rename(path), item]),
    ),
  }
}
/** `ReadA|ReadB & ReadC`, `denied`, or `absent`. */
function permissions(api: ActiveApi, id: string): string {
  const rule = ruleOf(api, id, 'authz.consent')
  if (rule === undefined) return 'absent'
  return rule.params.unmapped
    ? 'denied'
    : rule.params.permissions.map((group) => group.join('|')).join(' & ')
}
function rows(api: ActiveApi, id: string): string {
  const list = ruleOf(api, id, 'response.fields')?.params.rows ?? []
  return list.map(({ at, field }) => [...at, ...field].join('.')).join(' ')
}

const UK =
  'ReadTransactionsBasic|ReadTransactionsDetail & ReadTransactionsCredits|ReadTransactionsDebits'
const GENERIC = 'ReadTransactionsBasic|ReadTransactionsDetail'
const UK_ROWS =
  'Data.Transaction.*.AccountId Data.Transaction.*.CreditDebitIndicator Data.Transaction.*.BookingDateTime'

/** What was done to the specification, and what is then asked for transactions: `UK` only where the UK knowledge leads. */
for (const [what, document, want] of [
  ['as it is', fresh(), UK],
  [
    'under another title and version',
    { ...fresh(), info: { title: 'Acme Accounts', version: '9.9.9' } },
    UK,
  ],
  ['as a bank of version 3.1 has it', fresh(TEXT.replaceAll('v4.0', 'v3.1')), UK],
  [
    'with the schemas of another version',
    fresh(TEXT.replaceAll(/OBReadTransaction6/g, 'OBReadTransaction9')),
    UK,
  ],
  [
    'with schemas of its own names',
    fresh(TEXT.replaceAll(/OBRead(\w+?)(\d+)\b/g, 'Acme$1V$2')),
    GENERIC,
  ],
  [
    'with one schema left under its name',
    fresh(TEXT.replaceAll(/OBRead(?!Account6)(\w+?)(\d+)\b/g, 'Acme$1V$2')),
    UK,
  ],
  [
    'with two reads left',
    keepPaths(
      fresh(),
      (path) => path === '/accounts/{AccountId}/transactions' || path === '/accounts',
    ),
    UK,
  ],
  [
    'with one read left: too little to know it by',
    keepPaths(fresh(), (path) => path === '/accounts/{AccountId}/transactions'),
    GENERIC,
  ],
  [
    'under a prefix of plain words',
    renamePaths(fresh(), (path) => `/open-banking/v3.1/aisp${path}`),
    UK,
  ],
  [
    'with another name for the account in the path',
    fresh(
      TEXT.replaceAll('{AccountId}', '{accountId}').replaceAll(
        'name: AccountId',
        'name: accountId',
      ),
    ),
    UK,
  ],
] as const)
  test(`the UK specification ${what}`, () => {
    const compiled = compile(document)
    const api = activeApi(compiled)
    assert.equal(permissions(api, 'GetAccountsAccountIdTransactions'), want)
    // A row always needs the account of the consent, unless the path has named it.
    if (want === UK) assert.equal(rows(api, 'GetAccountsAccountIdTransactions'), UK_ROWS)
    for (const { id, path } of api.operations) {
      if (!/\{account/i.test(path)) continue
      const selectors = ruleOf(api, id, 'authz.objects')?.params.selectors ?? []
      assert.deepEqual(
        selectors.map((one) => one.in),
        ['path'],
        id,
      )
    }
    for (const id of [
      'CreateAccountAccessConsents',
      'GetAccountAccessConsentsConsentId',
      'DeleteAccountAccessConsentsConsentId',
    ])
      assert.match(permissions(api, id), /^(denied|absent)$/, id)
  })

test('an operation that the standard does not have is never read by its rules', () => {
  const document = fresh()
  const like = document.paths['/accounts/{AccountId}/balances'] as Json
  const get = like['get'] as Json
  const added = (id: string): Json => ({ ...like, get: { ...get, operationId: id } })
  document.paths['/accounts/{AccountId}/secrets'] = added('GetSecrets')
  document.paths['/accounts/{AccountId}/balances/{Day}'] = {
    ...added('GetBalanceOfDay'),
    parameters: [{ name: 'Day', in: 'path', required: true, schema: { type: 'string' } }],
  }
  document.paths['/my-balances'] = added('GetMyBalances')
  const compiled = compile(document)
  const api = activeApi(compiled)
  // What is left reads as before.
  assert.equal(permissions(api, 'GetAccountsAccountIdTransactions'), UK)
  assert.equal(permissions(api, 'GetBalances'), 'ReadBalances')
  // Its answer shows balances, whatever its path says: the permission for them, or none at all.
  for (const id of ['GetSecrets', 'GetBalanceOfDay', 'GetMyBalances'])
    assert.match(permissions(api, id), /^(denied|(.* & )?ReadBalances)$/, id)
  for (const id of ['GetSecrets', 'GetBalanceOfDay'])
    assert.ok(
      ruleOf(api, id, 'authz.objects')?.params.selectors.some((one) => one.in === 'path'),
      id,
    )
})

test('a path whose prefix holds a parameter is not taken for the standard’s', () => {
  const moved = renamePaths(fresh(), (path) => `/{tenant}${path}`)
  for (const item of Object.values(moved.paths))
    item['parameters'] = [
      { name: 'tenant', in: 'path', required: true, schema: { type: 'string' } },
      ...((item['parameters'] as readonly unknown[] | undefined) ?? []),
    ]
  const api = activeApi(compile(moved))
  assert.notEqual(permissions(api, 'GetAccountsAccountIdTransactions'), UK)
  assert.ok(api.operations.length > 0)
})

test('a read by POST is denied, although its path is known', () => {
  const document = fresh()
  for (const path of ['/transactions', '/accounts/{AccountId}/balances']) {
    const { get, ...rest } = document.paths[path] as Json
    document.paths[path] = { ...rest, post: get }
  }
  const api = activeApi(compile(document))
  assert.equal(permissions(api, 'GetTransactions'), 'denied')
  assert.equal(permissions(api, 'GetAccountsAccountIdBalances'), 'denied')
  assert.equal(permissions(api, 'GetAccountsAccountIdTransactions'), UK)
})

test('rows under another name fall back to what the specification shows', () => {
  // As a bank that writes `Data.Transactions` would have it.
  const renamed = fresh(
    TEXT.replaceAll(/^(\s+)Transaction:$/gm, '$1Transactions:').replaceAll(
      '- Transaction\n',
      '- Transactions\n',
    ),
  )
  const api = activeApi(compile(renamed))
  assert.equal(permissions(api, 'GetTransactions'), UK)
  assert.match(rows(api, 'GetTransactions'), /Data\.Transactions\.\*\.AccountId/)
  assert.doesNotMatch(rows(api, 'GetTransactions'), /Data\.Transaction\./)
})

test('without any read that is known or shown, the API is closed', () => {
  const compiled = compile(
    keepPaths(fresh(), (path) => path.startsWith('/account-access-consents')),
  )
  const [api] = compiled.plan.apis
  assert.equal(api?.state === 'closed' ? api.code : 'active', 'GH_POLICY_NO_OPERATIONS')
})
