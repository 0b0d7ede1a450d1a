/** The real UK account-information specification: what its schemas let out, and that all of it compiles. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import {
  compileSchemas,
  prepareParameter,
  prepareProjector,
  prepareValidator,
  type RowFacts,
  type Selection,
} from '../../src/schema/index.ts'
import { linearRegex } from '../support/linear-regex.ts'

const file = join(import.meta.dirname, '../../examples/bank/spec/account-info-openapi.yaml')
const document = parse(readFileSync(file, 'utf8'))
const names: readonly string[] = Object.keys(document.components.schemas)
const pointer = (name: string): string => `/components/schemas/${name}`
const KEY = '/components/parameters/x-idempotency-key/schema'
const compiled = compileSchemas({
  document,
  roots: [...names.map(pointer), KEY],
  regex: linearRegex,
})
const rootOf = (name: string): number => compiled.roots.get(pointer(name)) ?? -1

function project(
  name: string,
  selection: Partial<Selection>,
  body: unknown,
  facts: Partial<RowFacts> = {},
) {
  const run = prepareProjector(compiled.program, rootOf(name), {
    drop: [],
    rows: [],
    freeForm: 'strip',
    ...selection,
  })
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return run(text, { sets: {}, windows: {}, ...facts })
}

test('the specification compiles without a problem', () => {
  assert.ok(names.length > 100, 'no schemas seen: the check is blind')
  assert.deepEqual(compiled.problems, [])
})

const transaction = {
  AccountId: '22289',
  TransactionId: '123',
  CreditDebitIndicator: 'Credit',
  Status: 'BOOK',
  BookingDateTime: '2017-04-05T10:43:07+00:00',
  Amount: { Amount: '10.00', Currency: 'GBP' },
  Balance: {
    Amount: { Amount: '230.00', Currency: 'GBP' },
    CreditDebitIndicator: 'Credit',
    Type: 'ITBD',
  },
}
const answer = (rows: readonly object[]): object => ({
  Data: { Transaction: rows },
  Links: { Self: 'https://api.alphabank.com/open-banking/v4.0/aisp/accounts/22289/transactions' },
  Meta: { TotalPages: 1 },
})
const ROW = ['Data', 'Transaction', '*'] as const

test('an answer as the specification writes it leaves untouched: the same string', () => {
  const text = JSON.stringify(answer([transaction]))
  const got = project('OBReadTransaction6', {}, text)
  assert.deepEqual(got, { ok: true, text, removedFields: 0, removedRows: 0 })
  const validate = prepareValidator(compiled.program, rootOf('OBReadTransaction6'), {
    regex: linearRegex,
    direction: 'response',
  })
  assert.deepEqual(validate(text), { ok: true })
})

test('what the bank returns beyond the specification stays inside', () => {
  const chatty = {
    ...transaction,
    internalScore: 7,
    Amount: { ...transaction.Amount, minor: 1000 },
  }
  const got = project('OBReadTransaction6', {}, { ...answer([chatty]), debug: { host: 'core-7' } })
  assert.ok(got.ok)
  assert.deepEqual(JSON.parse(got.text), answer([transaction]))
  assert.equal(got.removedFields, 3)
})

test('Basic loses the balance, a credits-only consent loses the debits, a foreign account loses its rows', () => {
  const rows = [
    transaction,
    { ...transaction, TransactionId: '124', CreditDebitIndicator: 'Debit' },
    { ...transaction, TransactionId: '125', AccountId: '99999' },
    { ...transaction, TransactionId: '126', BookingDateTime: '2016-01-01T00:00:00Z' },
  ]
  const got = project(
    'OBReadTransaction6',
    {
      drop: [[...ROW, 'Balance']],
      rows: [
        { at: ROW, field: ['AccountId'], test: { kind: 'in', set: 'accounts' } },
        { at: ROW, field: ['CreditDebitIndicator'], test: { kind: 'in', set: 'directions' } },
        { at: ROW, field: ['BookingDateTime'], test: { kind: 'within', window: 'dates' } },
      ],
    },
    answer(rows),
    {
      sets: { accounts: new Set(['22289']), directions: new Set(['Credit']) },
      windows: { dates: { from: Date.parse('2017-01-01T00:00:00Z') } },
    },
  )
  assert.ok(got.ok)
  const { Balance: _, ...basic } = transaction
  assert.deepEqual(JSON.parse(got.text), answer([basic]))
  assert.deepEqual([got.removedFields, got.removedRows], [1, 3])
  for (const never of ['Balance', 'Debit"', '99999', '2016'])
    assert.ok(!got.text.includes(never), never)
})

test('a request without its sets and windows gets no rows', () => {
  const rows = [{ at: ROW, field: ['AccountId'], test: { kind: 'in', set: 'toString' } }] as const
  const got = project('OBReadTransaction6', { rows }, answer([transaction]))
  assert.ok(got.ok)
  assert.deepEqual(JSON.parse(got.text), answer([]))
})

test('the idempotency key of the specification is enforced although its pattern looks ahead', () => {
  const root = compiled.roots.get(KEY) ?? -1
  const check = prepareParameter(compiled.program, root, { regex: linearRegex, list: false })
  assert.ok(check('key-1').ok)
  assert.equal(check(' key-1').ok, false)
  assert.equal(check('key-1 ').ok, false)
  assert.equal(check('k'.repeat(41)).ok, false)
})

test('every schema of the specification takes any JSON without throwing', () => {
  const texts = [
    'null',
    '1',
    '"x"',
    '[]',
    '{}',
    '[{"a":1}]',
    '{"Data":{}}',
    '{"Data":[{"Account":[{"x":{}}]}]}',
    '{"Data":{"Account":[{"AccountId":{"y":1}}]}}',
  ]
  let seen = 0
  for (const name of names) {
    for (const text of texts) {
      const got = project(name, {}, text)
      assert.ok(got.ok || got.reason === 'type', name)
      seen++
    }
  }
  assert.ok(seen > 900)
})
