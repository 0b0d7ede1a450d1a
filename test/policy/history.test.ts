/** From "90 days" in a policy to the days that three standards write, and to what of an API is more than balance and transactions. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { ScaParams } from '../../src/decide/index.ts'
import { compilePolicy, type CompiledPolicy, type RuleChange } from '../../src/policy/index.ts'
import { activeApi, ruleOf } from '../support/plan-outline.ts'
import { apiSource, change, placeAt, policySource } from '../support/policy-source.ts'

const ROOT = join(import.meta.dirname, '../..')
const UK = 'examples/bank/spec/account-info-openapi.yaml'
const BERLIN = 'test/inventory/specs/berlin-group/psd2-api_v1.3.11-2021-10-01v1.yaml'
const CDR = 'test/inventory/specs/cdr-au/cds_banking.yaml'

const asking = (params: Readonly<Record<string, unknown>>): readonly RuleChange[] => [
  change('sca.required', { params }),
]

function compiled(
  file: string,
  template: string,
  rules: readonly RuleChange[] = [],
  own: Readonly<Record<string, readonly RuleChange[]>> = {},
): CompiledPolicy {
  const spec = readFileSync(join(ROOT, file), 'utf8')
  const operations = Object.fromEntries(
    Object.entries(own).map(([id, changes]) => [id, { rules: changes, place: placeAt(50, 7) }]),
  )
  return compilePolicy(policySource([apiSource({ spec, template, rules, operations })]))
}

function sca(policy: CompiledPolicy, id: string): ScaParams | undefined {
  return ruleOf(activeApi(policy), id, 'sca.required')?.params
}

/** Days, dates and rows in one line. */
function reach(policy: CompiledPolicy, id: string): string {
  const history = sca(policy, id)?.history
  if (history === undefined) return 'no history'
  const rows = history.rows.map(({ at, field }) => [...at, ...field].join('.'))
  return `${history.days} ${history.beyond} ${history.dates.join()} | ${rows.join()}`
}

function fresh(policy: CompiledPolicy): readonly string[] {
  return activeApi(policy).operations.flatMap(({ id }) =>
    sca(policy, id)?.maxAgeSeconds === undefined ? [] : [id],
  )
}

test('psd2-ais reaches 90 days back in the dates and rows of UK Open Banking; balances have none', () => {
  const uk = compiled(UK, 'psd2-ais')
  assert.equal(
    reach(uk, 'GetAccountsAccountIdTransactions'),
    '90 challenge fromBookingDateTime,toBookingDateTime | Data.Transaction.*.BookingDateTime',
  )
  assert.equal(
    reach(uk, 'GetStatements'),
    '90 challenge fromStatementDateTime,toStatementDateTime | Data.Statement.*.StartDateTime,Data.Statement.*.EndDateTime',
  )
  for (const id of ['GetBalances', 'GetAccounts', 'GetBeneficiaries'])
    assert.equal(reach(uk, id), 'no history')
  assert.deepEqual(fresh(uk), [])
})

test('and in those of Berlin Group and Consumer Data Right', () => {
  const berlin = compiled(BERLIN, 'psd2-ais')
  assert.equal(
    reach(berlin, 'getTransactionList'),
    '90 challenge dateFrom,dateTo | transactions.booked.*.bookingDate',
  )
  assert.equal(
    reach(berlin, 'getTransactionDetails'),
    '90 challenge  | transactionsDetails.bookingDate',
  )
  assert.equal(reach(berlin, 'getBalances'), 'no history')
  const cdr = compiled(CDR, 'cdr-banking', asking({ historyDays: 30, beyond: 'cut' }))
  assert.equal(
    reach(cdr, 'listBankingTransactions'),
    '30 cut oldest-time,newest-time | data.transactions.*.postingDateTime',
  )
})

test('versions of psd2-ais before reach as far as the consent', () => {
  assert.equal(sca(compiled(UK, 'psd2-ais@1.1.0'), 'GetTransactions'), undefined)
  assert.equal(sca(compiled(UK, 'ais'), 'GetTransactions'), undefined)
})

test('what is more than accounts, balances and transactions needs a fresh authentication where it is asked for', () => {
  const uk = fresh(compiled(UK, 'psd2-ais', asking({ freshFor: 'other-data', freshSeconds: 120 })))
  for (const noun of ['Beneficiaries', 'DirectDebits', 'StandingOrders', 'ScheduledPayments'])
    assert.ok(uk.includes(`Get${noun}`) && uk.includes(`GetAccountsAccountId${noun}`), noun)
  for (const id of ['GetParty', 'GetStatements', 'GetAccountsAccountIdStatementsStatementIdFile'])
    assert.ok(uk.includes(id), id)
  for (const id of ['GetAccounts', 'GetBalances', 'GetTransactions'])
    assert.ok(!uk.includes(id), id)
  assert.deepEqual(fresh(compiled(BERLIN, 'psd2-ais', asking({ freshFor: 'other-data' }))), [])
})

test('one operation says it for itself, either way', () => {
  const policy = compiled(UK, 'psd2-ais', asking({ maxAgeSeconds: 86_400 }), {
    GetBalances: asking({ freshFor: 'all', freshSeconds: 60 }),
    GetTransactions: asking({ historyDays: 0 }),
  })
  assert.equal(sca(policy, 'GetBalances')?.maxAgeSeconds, 60)
  assert.equal(sca(policy, 'GetAccounts')?.maxAgeSeconds, 86_400)
  assert.equal(sca(policy, 'GetTransactions')?.history?.days, 0)
  assert.equal(sca(policy, 'GetAccountsAccountIdTransactions')?.history?.days, 90)
})

test('more than 90 days is what the template does not allow', () => {
  const codes = (params: Readonly<Record<string, unknown>>): readonly string[] =>
    compiled(UK, 'psd2-ais', asking(params))
      .findings.filter(({ closes }) => closes)
      .map(({ code }) => code)
  assert.deepEqual(codes({ historyDays: 90, freshSeconds: 3600, beyond: 'cut' }), [])
  assert.deepEqual(codes({ historyDays: 91 }), ['GH_POLICY_LOOSENS'])
  assert.deepEqual(codes({ freshSeconds: 3601 }), ['GH_POLICY_LOOSENS'])
})

test('an unknown permission, or a mapping to none, counts as other data', () => {
  const spec = {
    openapi: '3.0.3',
    info: { title: 'Own', version: '1' },
    paths: {
      '/accounts': {
        get: { operationId: 'accounts', responses: { '200': { description: 'ok' } } },
      },
    },
  }
  const aged = (permissions: readonly string[]): number | undefined => {
    const words = {
      spec,
      rules: asking({ freshFor: 'other-data' }),
      permissions: { accounts: permissions },
    }
    return sca(compilePolicy(policySource([apiSource(words)])), 'accounts')?.maxAgeSeconds
  }
  assert.equal(aged(['ReadAccountsBasic']), undefined)
  assert.equal(aged(['ReadMortgages']), 300)
  assert.equal(aged([]), 300)
})
