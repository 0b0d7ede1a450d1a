/** Published specifications of five schemes import whole: every operation counted by hand from the text is there. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { importSpec, type OperationRecord } from '../../src/inventory/index.ts'

const UK_AIS = join(import.meta.dirname, '../../examples/bank/spec/account-info-openapi.yaml')
const specs = (name: string): string => join(import.meta.dirname, 'specs', name)

const SPECS = [
  { file: UK_AIS, paths: 28, operations: 29, problems: 0, basePath: '/open-banking/v4.0/aisp' },
  {
    file: specs('uk-obie/payment-initiation-openapi.yaml'),
    paths: 40,
    operations: 41,
    problems: 0,
    basePath: '/open-banking/v4.0/pisp',
  },
  {
    file: specs('berlin-group/psd2-api_v1.3.11-2021-10-01v1.yaml'),
    paths: 27,
    operations: 38,
    problems: 0,
    basePath: '/psd2',
  },
  // Two operations of the product reference data name servers of their own.
  {
    file: specs('cdr-au/cds_banking.yaml'),
    paths: 16,
    operations: 19,
    problems: 2,
    basePath: '/cds-au/v1',
  },
  {
    file: specs('brazil/payments-4.0.0.yml'),
    paths: 5,
    operations: 6,
    problems: 0,
    basePath: '/open-banking/payments/v4',
  },
]

const imported = new Map(
  SPECS.map(({ file }) => [file, importSpec({ file, text: readFileSync(file, 'utf8') })]),
)
function operations(file: string): readonly OperationRecord[] {
  const spec = imported.get(file)?.spec
  assert.ok(spec !== undefined)
  return spec.operations
}
function operation(file: string, id: string): OperationRecord {
  const found = operations(file).find(({ operationId }) => operationId === id)
  assert.ok(found !== undefined, id)
  return found
}
const classes = (record: OperationRecord): string[] => [
  ...new Set(record.dataClasses.map((item) => item.dataClass)),
]

for (const expected of SPECS)
  test(`importSpec imports ${expected.operations} operations of ${expected.file.split('/').at(-1)}`, () => {
    const found = operations(expected.file)
    assert.equal(found.length, expected.operations)
    assert.equal(new Set(found.map(({ path }) => path)).size, expected.paths)
    const spec = imported.get(expected.file)?.spec
    assert.equal(spec?.problems.length, expected.problems)
    assert.equal(spec.basePath, expected.basePath)
    assert.ok(found.every(({ unsound }) => !unsound))
    assert.ok(found.every(({ responses }) => responses.length > 0))
  })

test('importSpec gives the line on which each operation stands when it reads the UK file', () => {
  const lines = readFileSync(UK_AIS, 'utf8').split('\n')
  for (const { line, method } of operations(UK_AIS))
    assert.equal(lines[line - 1]?.trim(), `${method.toLowerCase()}:`)
})

test('importSpec gives the plain values that the yaml package gives when it reads YAML', () => {
  for (const { file } of SPECS) {
    const document = imported.get(file)?.spec?.document
    assert.deepEqual(
      JSON.parse(JSON.stringify(document)),
      JSON.parse(JSON.stringify(parse(readFileSync(file, 'utf8')))),
      file,
    )
  }
})

test('importSpec imports the same operations when a file is written as JSON', () => {
  for (const { file } of SPECS) {
    const text = JSON.stringify(parse(readFileSync(file, 'utf8')), null, '\t')
    const json = importSpec({ file, text }).spec
    const strip = (records: readonly OperationRecord[] = []): unknown =>
      records.map((record) => ({ ...record, line: 0 }))
    assert.deepEqual(strip(json?.operations), strip(operations(file)))
    assert.equal(text.split('\n')[(json?.operations[0]?.line ?? 0) - 1]?.includes('": {'), true)
  }
})

test('importSpec keeps one record per media type when parameters differ only', () => {
  const body = operation(UK_AIS, 'CreateAccountAccessConsents').requestBody
  assert.deepEqual(
    body?.content.map(({ mediaType }) => mediaType),
    ['application/json', 'application/jose+jwe'],
  )
  assert.ok(body.required)
})

test('importSpec leaves the Authorization header parameter out, as OpenAPI 3.0.3 §4.7.12.2.1 says', () => {
  const names = operation(UK_AIS, 'GetAccounts').parameters.map(({ name }) => name)
  assert.ok(names.includes('x-fapi-interaction-id'))
  assert.ok(!names.some((name) => name.toLowerCase() === 'authorization'))
})

test('importSpec tells roles apart in the UK files', () => {
  const roles = (file: string): Record<string, number> => {
    const count: Record<string, number> = {}
    for (const { role } of operations(file)) count[role] = (count[role] ?? 0) + 1
    return count
  }
  assert.deepEqual(roles(UK_AIS), { auth: 3, ais: 26 })
  assert.deepEqual(roles(SPECS[1]?.file ?? ''), { auth: 16, pis: 25 })
  assert.equal(operation(UK_AIS, 'GetAccounts').roleReason, 'scope `accounts`')
})

test('importSpec tells roles apart in the files of other schemes', () => {
  const [, , berlin = SPECS[0], australia = SPECS[0], brazil = SPECS[0]] = SPECS
  const role = (file: string | undefined, id: string): string => operation(file ?? '', id).role
  assert.equal(role(berlin?.file, 'initiatePayment'), 'pis')
  assert.equal(role(berlin?.file, 'getTransactionList'), 'ais')
  assert.equal(role(berlin?.file, 'checkAvailabilityOfFunds'), 'cbpii')
  assert.equal(role(berlin?.file, 'updatePaymentPsuData'), 'auth')
  assert.equal(role(berlin?.file, 'getConsentStatus'), 'auth')
  assert.equal(role(australia?.file, 'listBankingProducts'), 'open-data')
  assert.equal(role(australia?.file, 'listScheduledPaymentsSpecificAccounts'), 'ais')
  assert.equal(role(brazil?.file, 'paymentsPostPixPayments'), 'pis')
  assert.equal(role(brazil?.file, 'paymentsPostConsents'), 'auth')
})

test('importSpec finds the data classes, with evidence, when it reads UK account information', () => {
  const accounts = operation(UK_AIS, 'GetAccounts')
  assert.ok(
    accounts.dataClasses.some(
      ({ dataClass, at, confidence }) =>
        dataClass === 'account-identifier' &&
        at === 'response.Data.Account[].Account[].Identification' &&
        confidence === 'high',
    ),
  )
  assert.deepEqual(classes(accounts), ['account-identifier', 'account-reference', 'party-identity'])
  assert.deepEqual(classes(operation(UK_AIS, 'GetBalances')), ['account-reference', 'balance'])
  assert.ok(classes(operation(UK_AIS, 'GetTransactions')).includes('transaction'))
  assert.ok(classes(operation(UK_AIS, 'GetBeneficiaries')).includes('beneficiary'))
  assert.ok(classes(operation(UK_AIS, 'GetParty')).includes('party-identity'))
  assert.ok(classes(operation(UK_AIS, 'CreateAccountAccessConsents')).includes('consent'))
  for (const record of operations(UK_AIS)) {
    assert.ok(!classes(record).includes('payment-instruction'), record.path)
    assert.ok(!classes(record).includes('credential'), record.path)
  }
})

test('importSpec finds the data classes when it reads payments, in English and in Portuguese', () => {
  const [, uk = SPECS[0], berlin = SPECS[0], australia = SPECS[0], brazil = SPECS[0]] = SPECS
  const has = (file: string | undefined, id: string, ...wanted: string[]): void => {
    const found = classes(operation(file ?? '', id))
    for (const name of wanted)
      assert.ok(found.includes(name), `${id}: ${name} not in ${found.join()}`)
  }
  has(
    uk?.file,
    'CreateDomesticPayments',
    'payment-instruction',
    'beneficiary',
    'account-identifier',
  )
  has(uk?.file, 'GetDomesticPaymentConsentsConsentIdFundsConfirmation', 'funds-answer')
  has(berlin?.file, 'initiatePayment', 'payment-instruction', 'beneficiary')
  has(berlin?.file, 'updatePaymentPsuData', 'credential')
  has(berlin?.file, 'checkAvailabilityOfFunds', 'funds-answer', 'account-identifier')
  has(australia?.file, 'listBankingProducts', 'public-reference')
  has(australia?.file, 'getBankingPayeeDetail', 'beneficiary')
  has(brazil?.file, 'paymentsPostPixPayments', 'payment-instruction', 'beneficiary')
  has(brazil?.file, 'paymentsPostConsents', 'party-identity', 'consent')
})

/** Each operation with its role and how many pieces of evidence there are of each class, and the sums of the file. */
function classification(file: string): string {
  const sums = new Map<string, number>()
  const add = (name: string, count: number): number | undefined => {
    sums.set(name, (sums.get(name) ?? 0) + count)
    return sums.get(name)
  }
  const lines = operations(file).map((record) => {
    add(record.role, 1)
    const counts = classes(record).map((name) => {
      const count = record.dataClasses.filter(({ dataClass }) => dataClass === name).length
      add(name, count)
      return `${name} ${count}`
    })
    return `${`${record.method} ${record.path}`.padEnd(72)}  ${record.role.padEnd(9)}  ${counts.join(', ') || '-'}`
  })
  const totals = [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, n]) => `${name} ${n}`)
  return [...lines, '', ...totals, ''].join('\n')
}

for (const { file } of SPECS)
  test(`importSpec gives each operation of ${basename(file)} its role and its classes`, () => {
    const golden = join(import.meta.dirname, 'classified', `${basename(file).split('.')[0]}.case`)
    const found = classification(file)
    // Rewrites the expectation, to be read in the diff: UPDATE_CASES=1 node --test test/inventory/published-specs.test.ts
    if (process.env['UPDATE_CASES'] === '1') writeFileSync(golden, found)
    else assert.equal(found, readFileSync(golden, 'utf8'))
  })
