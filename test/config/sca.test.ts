/** What `sca` demands of the rest of the file, with its places; and that what it offers is what the factors know. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configSchema } from '../../src/config/index.ts'
import type { JsonObject } from '../../src/lib/index.ts'
import { MAX_FAILURES } from '../../src/sca/attempts/limits.ts'
import { TRANSACTION_SUITES } from '../../src/sca/factors/transaction-code.ts'
import { parse } from './bank-folder.ts'
import { words } from './words.ts'

const FACTORS = '{ passcode: true, transactionCode: {} }'
const file = ({
  factors = FACTORS,
  more = '',
  customers = 'developmentCustomers: issuer.json',
  profile = 'development',
  jurisdictions = '[EU, UK]',
} = {}) => `organisation: { jurisdictions: ${jurisdictions} }
identity:
  profile: ${profile}
  issuer: https://login.bank.example
  listen: 0.0.0.0:9443
  certificate: tls/server.pem
  key: { env: BANK_SECRET }
  secret: { env: BANK_SECRET }
  ${customers}
  resources: [{ identifier: https://api.bank.example, scopes: [accounts] }]
sca:
  factors: ${factors}
  ${more}
apis:
  - { name: atms, spec: specs/atms.json, upstream: http://127.0.0.1:9000, template: open-data }
`
const mistakes = (text: string): readonly string[] =>
  parse(text).diagnostics.map(({ code, place }) => `${place.line}:${place.column} ${code}`)
const REAL = `login: { issuer: https://id.bank.example, clientId: gate, clientSecret: { env: BANK_SECRET } }
  customers: { url: https://customers.bank.example/v1 }`

test('its defaults are the law’s, and nothing is exempt or played by itself', () => {
  const { config, diagnostics } = parse(file())
  assert.deepEqual(diagnostics, [])
  assert.deepEqual(JSON.parse(JSON.stringify(config?.sca)), {
    jurisdiction: null,
    acr: 'urn:openbanking:psd2:sca',
    factors: {
      passcode: true,
      transactionCode: { suite: TRANSACTION_SUITES[0] },
      totp: false,
      passkeys: null,
    },
    limits: { failures: MAX_FAILURES },
    monitoring: null,
    payeeCheck: null,
    sender: null,
    push: null,
    notices: null,
    rates: null,
    developmentMonitoring: null,
    developmentEnrolments: null,
  })
  assert.deepEqual(mistakes(file({ profile: 'production', customers: REAL })), [])
})

test('what plays a bank is refused by the production profile, each at its place', () => {
  const more = `developmentMonitoring: { payments: 3, minutes: 5 }
  developmentEnrolments: issuer.json`
  assert.deepEqual(mistakes(file({ more })), [])
  assert.deepEqual(mistakes(file({ more, profile: 'production', customers: REAL })), [
    '14:26 GH_CONFIG_PROFILE',
    '15:26 GH_CONFIG_PROFILE',
  ])
  assert.deepEqual(mistakes(file({ more }).replace(/^ {2}profile: .*\n/m, '')).slice(-2), [
    '12:26 GH_CONFIG_PROFILE',
    '13:26 GH_CONFIG_PROFILE',
  ])
})

test('it authenticates customers, by two elements, under a law that holds for the organisation', () => {
  assert.deepEqual(mistakes(file({ customers: '' })), ['12:3 GH_CONFIG_KEY_MISSING'])
  const passkeys =
    '{ passkeys: { rpId: bank.example, rpName: Bank, origins: [https://bank.example] } }'
  for (const factors of [FACTORS, passkeys, '{ passcode: true, totp: true }'])
    assert.deepEqual(mistakes(file({ factors })), [], factors)
  for (const factors of ['{}', '{ passcode: true }', '{ totp: true, transactionCode: {} }'])
    assert.deepEqual(mistakes(file({ factors })), ['12:12 GH_CONFIG_VALUE_INVALID'], factors)
  for (const origin of ['https://bank.example.evil.example', 'https://evilbank.example'])
    assert.deepEqual(
      mistakes(file({ factors: passkeys.replace('https://bank.example', origin) })),
      ['12:70 GH_CONFIG_VALUE_INVALID'],
      origin,
    )
  assert.deepEqual(mistakes(file({ more: 'jurisdiction: UK' })), [])
  assert.deepEqual(mistakes(file({ more: 'jurisdiction: UK', jurisdictions: '[EU]' })), [
    '13:17 GH_CONFIG_REFERENCE_UNKNOWN',
  ])
})

test('rates are of a file that is there, and whose they are is a name', () => {
  const rates = (written: string) => file({ more: `rates: ${written}` })
  assert.deepEqual(mistakes(rates('{ file: issuer.json }')), [])
  const { config } = parse(rates('{ file: issuer.json }'))
  assert.match(config?.sca?.rates?.file ?? '', /^\/.*issuer\.json$/)
  assert.equal(config?.sca?.rates?.source, 'ECB euro foreign exchange reference rates')
  const longest = 'x'.repeat(70)
  assert.deepEqual(mistakes(rates(`{ file: issuer.json, source: ${longest} }`)), [])
  for (const [written, place] of [
    ['{ file: nothing.csv }', '13:18 GH_CONFIG_FILE_MISSING'],
    ['{ file: https://ecb.example/eurofxref.zip }', '13:18 GH_CONFIG_VALUE_INVALID'],
    ['{ source: Treasury }', '13:12 GH_CONFIG_KEY_MISSING'],
    [`{ file: issuer.json, source: ${longest}x }`, '13:39 GH_CONFIG_VALUE_INVALID'],
    ['{ file: issuer.json, source: "a\\tb" }', '13:39 GH_CONFIG_VALUE_INVALID'],
    ['{ file: issuer.json, url: x }', '13:31 GH_CONFIG_UNKNOWN_KEY'],
  ] as const)
    assert.deepEqual(mistakes(rates(written)), [place], written)
})

test('the suites and the limit that may be written are those that the factors have', () => {
  const at = (schema: JsonObject, ...path: readonly string[]): JsonObject =>
    // Sound: the schema is made by the shapes; a member that is missing fails below.
    path.reduce(
      (inner, key) => (inner['properties'] as Record<string, JsonObject>)[key] ?? {},
      schema,
    )
  const schema = configSchema(words)
  const suite = at(schema, 'sca', 'factors', 'transactionCode', 'suite')
  assert.deepEqual(suite['enum'], [...TRANSACTION_SUITES])
  assert.equal(at(schema, 'sca', 'limits', 'failures')['maximum'], MAX_FAILURES)
})
