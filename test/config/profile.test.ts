/** What is for test runs alone: refused where banks are, by name, with the place and what to do. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from './bank-folder.ts'

const file = (profile: string, customers: string, automatic: string) => `
identity:
  ${profile}
  issuer: https://login.bank.example
  listen: 0.0.0.0:9443
  certificate: tls/server.pem
  key: { env: BANK_SECRET }
  secret: { env: BANK_SECRET }
  ${customers}
  ${automatic}
  resources: [{ identifier: https://api.bank.example, scopes: [accounts] }]
apis:
  - { name: atms, spec: specs/atms.json, upstream: http://127.0.0.1:9000, template: open-data }
`
const CUSTOMERS = 'developmentCustomers: issuer.json'
const AUTOMATIC = 'automaticCustomer: { subject: cust-1, approves: [one], refuses: [two] }'

function mistakes(text: string): readonly string[] {
  return parse(text).diagnostics.map(({ code, place }) => `${place.line} ${code}`)
}

test('an automatic customer is refused by the production profile, said or not, and taken in development', () => {
  const refused = ['9 GH_CONFIG_VALUE_INVALID', '10 GH_CONFIG_PROFILE']
  assert.deepEqual(mistakes(file('', CUSTOMERS, AUTOMATIC)), refused)
  assert.deepEqual(mistakes(file('profile: production', CUSTOMERS, AUTOMATIC)), refused)
  assert.deepEqual(mistakes(file('profile: development', CUSTOMERS, AUTOMATIC)), [])
  const { config } = parse(file('profile: development', CUSTOMERS, AUTOMATIC))
  assert.deepEqual(
    { ...config?.identity?.automaticCustomer },
    {
      subject: 'cust-1',
      approves: ['one'],
      refuses: ['two'],
    },
  )
  const message = parse(file('', CUSTOMERS, AUTOMATIC)).diagnostics.at(-1)
  assert.match(message?.message ?? '', /identity\.automaticCustomer/)
})

test('it is one of the development customers', () => {
  assert.deepEqual(mistakes(file('profile: development', '', AUTOMATIC)), [
    '10 GH_CONFIG_KEY_MISSING',
  ])
})

test('another profile is a mistake, and without an automatic customer either is good', () => {
  assert.deepEqual(mistakes(file('profile: test', '', '')), ['3 GH_CONFIG_VALUE_INVALID'])
  for (const profile of ['', 'profile: production', 'profile: development'])
    assert.deepEqual(mistakes(file(profile, '', '')), [])
})

test('what third parties bring of customers is a passcode and a code: both are there, or it is refused', () => {
  const embedded = (sca: string) =>
    `${file('profile: development', CUSTOMERS, 'embeddedApproach: true')}${sca}`
  const refused = ['10 GH_CONFIG_KEY_MISSING']
  assert.deepEqual(mistakes(embedded('')), refused)
  const passkeys =
    'passkeys: { rpId: bank.example, rpName: Bank, origins: [https://login.bank.example] }'
  assert.deepEqual(mistakes(embedded(`sca: { factors: { ${passkeys} } }\n`)), refused)
  assert.deepEqual(
    mistakes(embedded('sca: { factors: { passcode: true, transactionCode: {} } }\n')),
    [],
  )
  const sender = 'sender: { url: https://messages.bank.internal/codes }'
  assert.deepEqual(mistakes(embedded(`sca: { factors: { passcode: true }, ${sender} }\n`)), [])
})
