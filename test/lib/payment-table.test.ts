/** Every row of the table of what equals what, both ways round. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import {
  canonicalPayment,
  comparePayments,
  PAYMENT_FIELDS,
  type PaymentAccount,
  type PaymentField,
  type PaymentOrder,
  paymentText,
} from '../../src/lib/index.ts'

interface Row {
  readonly field: PaymentField
  readonly a: string
  readonly b: string
  /** `same`, `different`, `added` and `missing` (from a to b), or the reason for which one of the two cannot be compared. */
  readonly verdict: string
  readonly why: string
}

const ROWS = JSON.parse(
  readFileSync(new URL('payment-table.json', import.meta.url), 'utf8'),
) as readonly Row[]

const BASE: PaymentOrder = {
  amount: '165.88',
  currency: 'EUR',
  creditorAccount: { scheme: 'iban', identification: 'DE02100100109307118603' },
}

/** A file of payments says what all of them are by its digest. */
const FILE: PaymentOrder = { fileHash: 'h', fileType: 't' }
const FILE_FIELDS: ReadonlySet<PaymentField> = new Set<PaymentField>([
  'fileHash',
  'fileType',
  'controlSum',
  'fileReference',
])

function order(field: PaymentField, text: string): PaymentOrder {
  if (field === 'amount') {
    const [amount = '', currency] = / [A-Z]{3}$/.test(text) ? text.split(' ') : [text]
    return { ...BASE, amount, currency: currency ?? 'EUR' }
  }
  const base = FILE_FIELDS.has(field) ? FILE : BASE
  if (text === '') return base
  if (field === 'creditorAccount' || field === 'debtorAccount')
    return { ...BASE, [field]: accountOf(text) }
  if (field === 'remittance') return { ...BASE, remittance: text.split('|') }
  if (field === 'recurringAmount' || field === 'finalAmount') {
    const [amount = '', currency = ''] = text.split(' ')
    return { ...BASE, [field]: { amount, currency } }
  }
  if (field === 'executionMonths') return { ...BASE, executionMonths: text.split(' ') }
  return { ...base, [field]: text }
}

function accountOf(text: string): PaymentAccount {
  const space = text.indexOf(' ')
  const [identification = '', secondary] = text.slice(space + 1).split('|')
  return {
    scheme: text.slice(0, space),
    identification,
    ...(secondary === undefined ? {} : { secondary }),
  }
}

function verdictOf(row: Row, from: string, to: string): string {
  const was = canonicalPayment(order(row.field, from))
  const is = canonicalPayment(order(row.field, to))
  for (const outcome of [was, is])
    if (!outcome.ok) {
      const fault = outcome.faults.find(({ field }) => field === row.field)
      assert.ok(fault !== undefined, `${row.why}: the fault is of ${row.field}`)
      return fault.reason
    }
  assert.ok(was.ok && is.ok)
  const found = comparePayments([was.payment], [is.payment])
  const [difference] = found
  if (difference === undefined) return 'same'
  assert.deepEqual(
    found.map(({ field }) => field),
    [row.field],
    row.why,
  )
  return difference.kind === 'changed' ? 'different' : difference.kind
}

test('the table has its rows, and every field has some', () => {
  assert.ok(ROWS.length >= 40)
  const fields = new Set(ROWS.map(({ field }) => field))
  assert.deepEqual([...fields].sort(), [...PAYMENT_FIELDS].sort())
})

for (const row of ROWS)
  test(`${row.field}: ${row.why}`, () => {
    assert.equal(verdictOf(row, row.a, row.b), row.verdict)
    if (row.verdict === 'added' || row.verdict === 'missing' || row.b === '') return
    assert.equal(verdictOf(row, row.b, row.a), row.verdict, 'the other way round')
    const texts = [row.a, row.b].map((text) => canonicalPayment(order(row.field, text)))
    const [a, b] = texts.map((one) => (one.ok ? paymentText(one.payment) : undefined))
    if (a !== undefined && b !== undefined)
      assert.equal(a === b, row.verdict === 'same', 'the text is one for one payment')
  })
