/** Real specifications of other standards through the generic dialect: what it derives, and what it says it cannot. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { prepare } from '../../src/decide/index.ts'
import { compilePolicy, type CompiledPolicy } from '../../src/policy/index.ts'
import { linearRegex } from '../support/linear-regex.ts'
import { activeApi, ruleOf } from '../support/plan-outline.ts'
import { apiSource, policySource } from '../support/policy-source.ts'

const SPECS = join(import.meta.dirname, '../inventory/specs')

function compileFile(path: string): CompiledPolicy {
  const spec = readFileSync(join(SPECS, path), 'utf8')
  return compilePolicy(policySource([apiSource({ spec })]))
}
const berlin = compileFile('berlin-group/psd2-api_v1.3.11-2021-10-01v1.yaml')
const cdr = compileFile('cdr-au/cds_banking.yaml')

function permissions(compiled: CompiledPolicy, id: string): unknown {
  const consent = ruleOf(activeApi(compiled), id, 'authz.consent')
  return consent?.params.unmapped === true ? 'denied' : consent?.params.permissions
}
function rows(compiled: CompiledPolicy, id: string): readonly string[] {
  const list = ruleOf(activeApi(compiled), id, 'response.fields')?.params.rows ?? []
  return list.map(({ at, field, test: { kind } }) => `${at.join('.')}/${field.join('.')} ${kind}`)
}
function withheld(compiled: CompiledPolicy, id: string, permission: string): readonly string[] {
  const list = ruleOf(activeApi(compiled), id, 'response.fields')?.params.unless ?? []
  return list
    .filter((one) => one.permission === permission)
    .flatMap(({ drop }) => drop.map((path) => path.join('.')))
}

test('Berlin Group: accounts, balances and transactions are mapped; payments and consents are denied', () => {
  assert.deepEqual(permissions(berlin, 'getAccountList'), [
    ['ReadAccountsBasic', 'ReadAccountsDetail'],
  ])
  assert.deepEqual(permissions(berlin, 'getBalances'), [['ReadBalances']])
  assert.deepEqual(permissions(berlin, 'getTransactionList'), [
    ['ReadTransactionsBasic', 'ReadTransactionsDetail'],
  ])
  assert.deepEqual(permissions(berlin, 'getCardAccountTransactionList'), [
    ['ReadTransactionsBasic', 'ReadTransactionsDetail'],
  ])
  for (const id of [
    'initiatePayment',
    'getPaymentInformation',
    'createConsent',
    'getConsentInformation',
    'checkAvailabilityOfFunds',
    'deleteSigningBasket',
  ])
    assert.equal(permissions(berlin, id), 'denied', id)
})

test('Berlin Group: every account in a path is compared', () => {
  const operations = activeApi(berlin).operations.filter(({ path }) =>
    path.includes('{account-id}'),
  )
  assert.equal(operations.length, 7)
  for (const { id } of operations)
    assert.deepEqual(
      ruleOf(activeApi(berlin), id, 'authz.objects')?.params.selectors,
      [
        { in: 'path', name: 'account-id' },
        // A foreign consent in the header would be another answer than the token's.
        { in: 'header', name: 'Consent-ID', names: 'consent' },
      ],
      id,
    )
})

test('Berlin Group: accounts of a list are told by resourceId, booked transactions by their day', () => {
  assert.deepEqual(rows(berlin, 'getAccountList'), ['accounts.*/resourceId in'])
  assert.deepEqual(rows(berlin, 'getCardAccountList'), ['cardAccounts.*/resourceId in'])
  assert.deepEqual(rows(berlin, 'getTransactionList'), ['transactions.booked.*/bookingDate within'])
  // It names its account only if it likes, and the path has named it already.
  assert.deepEqual(rows(berlin, 'readAccountDetails'), [])
})

test('Berlin Group: an IBAN leaves with Detail, balances in a list of accounts with ReadBalances', () => {
  assert.ok(withheld(berlin, 'getAccountList', 'ReadAccountsDetail').includes('accounts.*.iban'))
  assert.deepEqual(withheld(berlin, 'getAccountList', 'ReadBalances'), ['accounts.*.balances'])
  assert.deepEqual(withheld(berlin, 'getBalances', 'ReadBalances'), [])
  const others = withheld(berlin, 'getTransactionList', 'ReadTransactionsDetail')
  for (const name of ['creditorName', 'debtorAccount', 'remittanceInformationUnstructured'])
    assert.ok(others.includes(`transactions.booked.*.${name}`), name)
})

test('Consumer Data Right: bulk answers are told row by row, by whatever names the account', () => {
  assert.deepEqual(rows(cdr, 'listBankingAccounts'), ['data.accounts.*/accountId in'])
  assert.deepEqual(rows(cdr, 'listBankingBalancesBulk'), ['data.balances.*/accountId in'])
  assert.deepEqual(rows(cdr, 'listScheduledPaymentsBulk'), [
    'data.scheduledPayments.*/from.accountId in',
  ])
  assert.deepEqual(rows(cdr, 'getBankingBalance'), ['data/accountId in'])
})

test('Consumer Data Right: the account a payment goes to is not taken for the customer’s', () => {
  const compiled = JSON.stringify(activeApi(cdr).rules)
  assert.ok(!compiled.includes('"paymentSet","*","to"'))
})

test('Consumer Data Right: reads by POST are denied, and objects that no rule can compare are findings', () => {
  assert.equal(permissions(cdr, 'listBankingBalancesSpecificAccounts'), 'denied')
  const unchecked = cdr.findings.filter(({ code }) => code === 'GH_POLICY_OBJECT_UNCHECKED')
  assert.deepEqual(
    unchecked.map(({ severity, text }) => [severity, text.split(':')[0]]),
    [
      ['medium', 'listBankingPayees'],
      ['high', 'getBankingPayeeDetail'],
    ],
  )
})

test('every plan compiled from them is one that the kernel takes, API open', () => {
  for (const file of [
    'berlin-group/psd2-api_v1.3.11-2021-10-01v1.yaml',
    'cdr-au/cds_banking.yaml',
  ]) {
    const { plan, findings } = compileFile(file)
    assert.equal(plan.apis[0]?.state, 'active', JSON.stringify(findings))
    assert.doesNotThrow(() => prepare(plan, { regex: linearRegex }))
  }
})

test('payment specifications have nothing that account information may read, and are closed', () => {
  for (const file of ['brazil/payments-4.0.0.yml', 'uk-obie/payment-initiation-openapi.yaml']) {
    const [api] = compileFile(file).plan.apis
    assert.equal(api?.state === 'closed' ? api.code : 'active', 'GH_POLICY_NO_OPERATIONS', file)
  }
})
