/** A consent that was packed is the consent that was put in, whatever stands in it; and a million of them fit into a gateway. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import type { JsonValue } from '../lib/index.ts'
import { CONSENTS_READY, type ConsentValue, consentTable, LISTS_KEPT } from './consent-table.ts'

const RUNS = Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 3_000)
const DETAILS: JsonValue = [
  {
    type: 'payment_initiation',
    instructedAmount: { currency: 'EUR', amount: '123.50' },
    creditorName: 'Merchant A',
    creditorAccount: { iban: 'DE02100100109307118603' },
  },
]

function value(changes: object = {}): ConsentValue {
  return {
    id: 'c',
    client: 'tpp',
    subject: 'customer',
    status: 'AUTH',
    permissions: ['ReadBalances'],
    accounts: ['A1', 'A2'],
    ...changes,
  } as unknown as ConsentValue // sound: ids are branded texts
}

const time = fc.option(fc.integer({ min: 0, max: 8.64e15 }), { nil: undefined })
const text = fc.string({ unit: 'binary', maxLength: 20 })
const values = fc.record({
  client: text,
  subject: text,
  status: text,
  permissions: fc.uniqueArray(text, { maxLength: 4 }),
  accounts: fc.uniqueArray(text, { maxLength: 4 }),
  validFrom: time,
  expiresAt: time,
  transactionsFrom: time,
  transactionsTo: time,
})

test('any consent comes out as it went in, ready or not', () => {
  const table = consentTable()
  fc.assert(
    fc.property(text, values, (id, given) => {
      const present = Object.fromEntries(
        Object.entries(given).filter(([, one]) => one !== undefined),
      )
      table.set(id, value({ ...present, id }))
      const want = {
        ...present,
        id,
        permissions: new Set(given.permissions),
        accounts: new Set(given.accounts),
      }
      assert.deepEqual(table.get(id), want)
      assert.equal(table.get(id), table.get(id))
      table.delete(id)
      assert.equal(table.get(id), undefined)
    }),
    { numRuns: RUNS },
  )
  assert.equal(table.size, 0)
})

test('payments come out as their readings, and a member that is not there stays away', () => {
  const table = consentTable()
  table.set('pays', value({ authorizationDetails: DETAILS }))
  table.set('reads', value())
  assert.equal(table.get('pays')?.payments?.kind, 'known')
  assert.deepEqual(Object.keys(table.get('reads') ?? {}), [
    'id',
    'client',
    'subject',
    'status',
    'permissions',
    'accounts',
  ])
})

test('a consent that changed is another record, and the old one stays what it was', () => {
  const table = consentTable()
  table.set('c', value())
  const before = table.get('c')
  table.set('c', value({ status: 'RJCT' }))
  assert.equal(before?.status, 'AUTH')
  assert.equal(table.get('c')?.status, 'RJCT')
})

test('at the edge of what is kept ready and kept once, nothing is lost', () => {
  const table = consentTable()
  const count = Math.max(CONSENTS_READY, LISTS_KEPT) + 2
  for (let at = 0; at < count; at++)
    table.set(`c-${at}`, value({ permissions: [`p-${at}`], accounts: [`A${at}`] }))
  for (let at = 0; at < count; at++) {
    const record = table.get(`c-${at}`)
    assert.ok(record?.permissions.has(`p-${at}`) && record.accounts.has(`A${at}`), `c-${at}`)
  }
  assert.equal(table.size, count)
})

test('a consent takes at most 400 bytes', () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void // sound: the flag gives it
  const count = 50_000
  const table = consentTable()
  collect()
  const before = process.memoryUsage().heapUsed
  for (let at = 0; at < count; at++)
    table.set(
      `urn-consent-${at}`,
      value({
        client: `tpp-${at % 100}`,
        subject: `customer-${at}`,
        accounts: Array.from({ length: 1 + (at % 4) }, (_, one) => `${22_289_000 + at * 4 + one}`),
        expiresAt: 4_070_908_800_000 + at,
      }),
    )
  collect()
  const bytes = (process.memoryUsage().heapUsed - before) / count
  assert.ok(bytes > 50 && bytes <= 400, `${bytes} bytes`)
  assert.equal(table.size, count)
})
