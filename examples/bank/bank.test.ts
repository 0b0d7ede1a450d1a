import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { ACCOUNTS } from './data/accounts.ts'
import { CUSTOMERS } from './data/people.ts'
import { ledger } from './data/transactions.ts'
import { bankRoutes } from './routes.ts'

const NOW = Date.UTC(2026, 10, 22, 12)
const BASE = '/open-banking/v4.0/aisp'
const route = bankRoutes(() => NOW, 'http://gateway.example')
const get = (path: string, subject = 'cust-amira') => {
  const url = new URL(`http://bank.invalid${BASE}${path}`)
  return route({ path: url.pathname, query: url.searchParams, subject })
}
const data = (path: string, subject?: string): Record<string, Record<string, unknown>[]> =>
  (get(path, subject).body as { Data: Record<string, Record<string, unknown>[]> }).Data

test('the bank has 10 customers, 25 accounts and 12 months of transactions', () => {
  assert.equal(CUSTOMERS.length, 10)
  assert.equal(ACCOUNTS.length, 25)
  for (const [id, rows] of ledger(NOW)) {
    assert.ok(rows.length > 15, id)
    const span = (rows[0]?.at ?? 0) - (rows.at(-1)?.at ?? 0)
    assert.ok(span > 330 * 86_400_000, `${id} spans ${span}`)
  }
})

test('the data are the same every time', () => {
  const other = bankRoutes(() => NOW, 'http://gateway.example')
  const url = new URL(`http://bank.invalid${BASE}/transactions`)
  assert.deepEqual(
    other({ path: url.pathname, query: url.searchParams, subject: 'cust-amira' }),
    get('/transactions'),
  )
})

test('every read operation of the specification answers 200', () => {
  const document = parse(
    readFileSync(join(import.meta.dirname, 'spec', 'account-info-openapi.yaml'), 'utf8'),
  ) as {
    paths: Record<string, { get?: unknown }>
  }
  const reads = Object.entries(document.paths).filter(
    ([path, item]) => item.get !== undefined && !path.includes('consents'),
  )
  assert.equal(reads.length, 26)
  for (const [path] of reads) {
    const concrete = path.replace('{AccountId}', '22289').replace('{StatementId}', '2026-10')
    assert.equal(get(concrete).status, 200, path)
  }
})

test('account numbers are well formed: IBAN check digits and Luhn', () => {
  for (const account of ACCOUNTS) {
    const turned = account.iban.slice(4) + account.iban.slice(0, 4)
    const numeric = Array.from(turned, (letter) => Number.parseInt(letter, 36)).join('')
    assert.equal(BigInt(numeric) % 97n, 1n, account.id)
  }
  assert.equal(new Set(ACCOUNTS.map((account) => account.iban)).size, 25)
})

test('the bank returns more than it should: that is what there is to protect', () => {
  const owners = new Set(data('/transactions')['Transaction']?.map((row) => row['AccountId']))
  assert.ok(owners.has('22700'), 'rows of the household leak in')
  assert.ok(data('/accounts')['Account']?.every((row) => 'InternalCustomerNumber' in row))
  assert.equal(
    get('/accounts/22289/balances', 'cust-tom').status,
    200,
    'no ownership check of its own',
  )
  assert.match(JSON.stringify(get('/accounts/22289/statements/1999-01').body), /SQLException/)
})

test('pages of transactions follow Links.Next to the end and lose nothing', () => {
  const seen = new Set<unknown>()
  let path: string | undefined = '/accounts/22289/transactions'
  let pages = 0
  while (path !== undefined && pages++ < 50) {
    const body = get(path).body as {
      Data: { Transaction: { TransactionId: string }[] }
      Links: { Next?: string }
    }
    for (const row of body.Data.Transaction) seen.add(row.TransactionId)
    path = body.Links.Next?.replace(`http://gateway.example${BASE}`, '')
  }
  assert.equal(seen.size, ledger(NOW).get('22289')?.length)
})

test('a customer nobody knows gets 401, an unknown path 404', () => {
  assert.equal(get('/accounts', 'nobody').status, 401)
  assert.equal(get('/nothing').status, 404)
  assert.equal(
    route({ path: '/elsewhere', query: new URLSearchParams(), subject: 'cust-amira' }).status,
    404,
  )
})
