import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'

import { looksSecret, soundsSecret } from '../../src/config/secret-signs.ts'
import { formatDiagnostic } from '../../src/lib/index.ts'
import { parse, SMALLEST } from './bank-folder.ts'

for (const key of [
  'password',
  'Password',
  'dbPassword',
  'db_password',
  'db-password2',
  'PASSWORD',
  'passwd',
  'passphrase',
  'pwd',
  'secret',
  'clientSecret',
  'client_secret',
  'CLIENT-SECRET',
  'clientsecret',
  'secrets',
  'token',
  'accessToken',
  'accesstoken',
  'refresh_tokens',
  'apiKey',
  'API_KEY',
  'apikey',
  'APIKey',
  'x-api-key',
  'privateKey',
  'private_keys',
  'privatekey',
  'signingKey',
  'hmac.key',
  'encryptionKey',
  'credentials',
  'secretValue',
  'token_base64',
  'connectionString',
  'bearer',
  'upstreamCredential',
])
  test(`\`soundsSecret\` hears one in ${key}`, () => assert.ok(soundsSecret(key)))
for (const key of [
  'name',
  'spec',
  'issuer',
  'jwks',
  'tokenUrl',
  'tokenEndpoint',
  'passwordFile',
  'secretName',
  'maxTokenAgeSeconds',
  'token.validation',
  'token.lifetime',
  'audience',
  'claims',
  'consent',
  'scope',
  'keys',
  'key',
  'publicKey',
  'keyId',
  'compass',
  'bypass',
  'passes',
  'permissions',
  'owner',
])
  test(`\`soundsSecret\` hears none in ${key}`, () => assert.ok(!soundsSecret(key)))

const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl'
for (const value of [
  '-----BEGIN PRIVATE KEY-----',
  'x\n-----BEGIN EC PRIVATE KEY-----\nMHc',
  '-----BEGIN ENCRYPTED PRIVATE KEY-----',
  '-----BEGIN PGP PRIVATE KEY BLOCK-----',
  JWT,
  `see ${JWT}`,
  'eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.',
  'https://user:pw@host/x',
  'https://token@host',
  'postgres://gatehouse:pw@db:5432/x',
  'https:\\\\user:pw@host',
  'Bearer abcdefghijkl',
  'basic dXNlcjpwYXNz',
  'AKIAIOSFODNN7EXAMPLE',
  'ghp_0123456789abcdefghij0123456789abcdef',
  'sk_live_x',
  'glpat-abc',
  'https://h/x?access_token=abc',
  'Server=db;Password=abc;',
  'client_secret=abc',
  '9f86d081884c7d659a2feaa0c55ad015',
  'Zk3vQ9xT1mB7rW5yH2nL8c',
  'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY9a8Q7z6X5w4V',
  'k3j9x2m8q1w7e4r6t5y0u3i9',
])
  test(`\`looksSecret\` sees one in ${value.slice(0, 24)}`, () => assert.ok(looksSecret(value)))
for (const value of [
  'Accounts team <accounts@bank.example>',
  'mailto:team@bank.example',
  'https://core.bank.example:8443/open-banking/v4.0/aisp',
  'https://vpce-0a1b2c3d4e5f67890-abcdefgh.execute-api.eu-west-1.amazonaws.com/prod',
  'ais@1.0.0#sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
  'api://5f1c2f6e-8a3b-4c58-9d0e-1a2b3c4d5e6f',
  'ReadTransactionsCredits',
  'OBReadConsentResponse1DataPermissions',
  'OBReadTransaction6DataTransactionCreditDebitIndicator',
  'GetAccountsAccountIdStandingOrders',
  'specs/account-info-openapi-v4.0.1-2025-03-31.yaml',
  '2026-10-31T12:00:00Z',
  '1234567890123456789012345678901234567890',
  'internet-authenticated',
  '/Data/Transaction/*/TransactionInformation',
  'x-fapi-interaction-id',
  'password policy is in the handbook',
  '',
])
  test(`\`looksSecret\` sees none in ${value.slice(0, 60)}`, () =>
    assert.equal(looksSecret(value), undefined))

test('`looksSecret` takes what identifies something as public, unless more than chance speaks', () => {
  assert.equal(looksSecret('https://x.okta.com/oauth2/ausoqz9cmB6gpnjV4qp6x7', true), undefined)
  assert.ok(looksSecret(JWT, true))
})

test('`looksSecret` sees nearly every random token and hardly any made of words', () => {
  const base64url = fc
    .uint8Array({ minLength: 24, maxLength: 48 })
    .map((bytes) => Buffer.from(bytes).toString('base64url'))
  const tokens = fc
    .sample(base64url, { numRuns: 2000, seed: 7 })
    .filter((text) => new Set(text).size > 16)
  const missed = tokens.filter((text) => looksSecret(text) === undefined)
  assert.ok(missed.length < tokens.length * 0.05, `${missed.length} of ${tokens.length} missed`)
  const word = fc.constantFrom(
    'account',
    'payment',
    'consent',
    'bank',
    'team',
    'read',
    'v4',
    'api',
    'uk',
    'eu',
    '2026',
    'id',
  )
  const names = fc
    .array(word, { minLength: 1, maxLength: 6 })
    .chain((parts) =>
      fc.constantFrom(
        parts.join('-'),
        parts.join('_'),
        parts.join('/'),
        parts.map((part) => part.charAt(0).toUpperCase() + part.slice(1)).join(''),
      ),
    )
  const words = fc.sample(names, { numRuns: 2000, seed: 7 })
  const wrong = words.filter((text) => looksSecret(text) !== undefined)
  assert.ok(
    wrong.length < words.length * 0.01,
    `${wrong.length} of ${words.length}: ${wrong.join()}`,
  )
})

/** Where a literal may hide, and the value. No line of output may hold it. */
const hiding: readonly (readonly [string, (value: string) => string])[] = [
  ['a known key', (value) => `${SMALLEST}    owner: ${value}\n`],
  ['a key of another kind', (value) => `listen: ${value}\n${SMALLEST}`],
  ['a flag', (value) => `${SMALLEST}    degraded: ${value}\n`],
  ['a template', (value) => SMALLEST.replace('open-data', value)],
  ['a path', (value) => SMALLEST.replace('specs/atms.json', value)],
  ['a list of references', (value) => `${SMALLEST}    serves: [${value}]\n`],
  ['a repeated value', (value) => `${SMALLEST}    serves: [${value}, ${value}]\n`],
  ['an unknown key', (value) => `${SMALLEST}    colour: ${value}\n`],
  ['the key itself', (value) => `${SMALLEST}    ${value}: 1\n`],
  ['a repeated key', (value) => `${SMALLEST}    ${value}: 1\n    ${value}: 2\n`],
  ['the name of a rule', (value) => `${SMALLEST}    rules: { ${value}: { mode: off } }\n`],
  [
    'a parameter',
    (value) => `${SMALLEST}    rules: { token.lifetime: { maxSeconds: [{ a: ${value} }] } }\n`,
  ],
  ['the name of an operation', (value) => `${SMALLEST}    permissions: { ${value}: [A] }\n`],
  ['an anchored value', (value) => `${SMALLEST}    owner: &a ${value}\n    colour: *a\n`],
  ['a broken file', (value) => `${SMALLEST}    owner: ${value}\n  x: ]\n`],
  ['a second document', (value) => `${SMALLEST}---\npassword: ${value}\n`],
  [
    'a name twice',
    (value) => `${SMALLEST.replace('atms', value)}${SMALLEST.slice(6).replace('atms', value)}`,
  ],
]
for (const [where, write] of hiding)
  for (const value of [JWT, 'Zk3vQ9xT1mB7rW5yH2nL8c', 'https://admin:hunter2@core.bank.example'])
    test(`\`parseConfig\` refuses and never repeats ${value.slice(0, 8)}… as ${where}`, () => {
      const { config, diagnostics } = parse(write(value))
      assert.equal(config, undefined)
      if (where !== 'a second document' && where !== 'a path')
        assert.ok(diagnostics.some(({ code }) => code === 'GH_CONFIG_SECRET_LITERAL'))
      for (const each of diagnostics) {
        assert.ok(!formatDiagnostic(each).includes(value), formatDiagnostic(each))
        assert.ok(!JSON.stringify(each).includes(value.slice(0, 12)), JSON.stringify(each))
      }
    })

for (const upstream of [
  'https:admin:hunter2@h',
  'https:/admin:hunter2@h',
  'admin:hunter2@h',
  'https://admin:hun/ter2@h',
  '"https:\\\\\\\\admin:hunter2@h"',
])
  test(`\`upstream\` repeats no password, misspelt as in ${upstream}`, () => {
    const { config, diagnostics } = parse(SMALLEST.replace('http://127.0.0.1:9000', upstream))
    assert.equal(config, undefined)
    assert.doesNotMatch(JSON.stringify(diagnostics), /hun\/?ter2/)
  })

test('a number may be a password, but a number of tokens is a count', () => {
  const codes = (text: string): readonly string[] =>
    parse(text + SMALLEST).diagnostics.map(({ code }) => code)
  assert.deepEqual(codes('password: 12345678\n'), [
    'GH_CONFIG_UNKNOWN_KEY',
    'GH_CONFIG_SECRET_LITERAL',
  ])
  assert.deepEqual(codes('maxTokens: 5\n'), ['GH_CONFIG_UNKNOWN_KEY'])
  assert.deepEqual(codes('password:\n'), ['GH_CONFIG_UNKNOWN_KEY'])
})
