/** Every limit at its edge: the last that is allowed, the first that is not. */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { parse, SMALLEST } from './bank-folder.ts'

const codes = (text: string): readonly string[] => parse(text).diagnostics.map(({ code }) => code)
const apis = (count: number): string =>
  `apis:\n${Array.from({ length: count }, (_, at) => SMALLEST.slice(6).replace('atms', `api-${at}`)).join('')}`

test('a file of 1,048,576 characters is read, one more is not', () => {
  const filled = `${SMALLEST}#`
  assert.deepEqual(codes(filled.padEnd(1_048_576, ' ')), [])
  assert.deepEqual(codes(filled.padEnd(1_048_577, ' ')), ['GH_CONFIG_TOO_LARGE'])
})

test('1,000 APIs are taken, 1,001 are not', () => {
  assert.deepEqual(codes(apis(1000)), [])
  assert.deepEqual(codes(apis(1001)), ['GH_CONFIG_VALUE_INVALID'])
})

test('a text of 2,048 characters is taken, one of 2,049 is not', () => {
  assert.deepEqual(codes(`${SMALLEST}    owner: ${'ab '.repeat(682)}cd\n`), [])
  assert.deepEqual(codes(`${SMALLEST}    owner: ${'ab '.repeat(682)}cde\n`), [
    'GH_CONFIG_VALUE_INVALID',
  ])
})

test('a name of 63 letters is taken, one of 64 is not', () => {
  assert.deepEqual(codes(SMALLEST.replace('atms', 'a'.repeat(63))), [])
  assert.deepEqual(codes(SMALLEST.replace('atms', 'a'.repeat(64))), ['GH_CONFIG_VALUE_INVALID'])
})

test('1,000 permissions are taken, 1,001 are not', () => {
  const permissions = (count: number): string =>
    `${SMALLEST}    permissions:\n${Array.from({ length: count }, (_, at) => `      Get${at}: [A]\n`).join('')}`
  assert.deepEqual(codes(permissions(1000)), [])
  assert.deepEqual(codes(permissions(1001)), ['GH_CONFIG_VALUE_INVALID'])
})

test('a parameter 8 levels deep is taken, one 9 deep is not', () => {
  const rule = (levels: number): string =>
    `${SMALLEST}    rules: { token.lifetime: { maxSeconds: ${'['.repeat(levels)}1${']'.repeat(levels)} } }\n`
  assert.deepEqual(codes(rule(8)), [])
  assert.deepEqual(codes(rule(9)), ['GH_CONFIG_VALUE_INVALID'])
})

test('a parameter keeps numbers up to 2^53 - 1 and refuses what would lose digits', () => {
  const rule = (value: string): string =>
    `${SMALLEST}    rules: { token.lifetime: { maxSeconds: ${value} } }\n`
  assert.deepEqual(codes(rule('9007199254740991')), [])
  for (const value of ['9007199254740992', '.inf', '.nan', '1e999'])
    assert.deepEqual(codes(rule(value)), ['GH_CONFIG_VALUE_INVALID'], value)
})

test('clock skew is 0 to 60 seconds', () => {
  const skew = (value: string): string =>
    `issuers: [{ issuer: a, jwks: issuer.json, audience: b, clockSkewSeconds: ${value} }]\n${SMALLEST}`
  for (const value of ['0', '60']) assert.deepEqual(codes(skew(value)), [])
  for (const value of ['-1', '61', '0.5'])
    assert.deepEqual(codes(skew(value)), ['GH_CONFIG_VALUE_INVALID'])
})

test('a fraction is 0 to 100 percent', () => {
  const rule = (value: string): string =>
    `${SMALLEST}    rules: { authz.consent: { fraction: ${value} } }\n`
  for (const value of ['0', '0.01', '100']) assert.deepEqual(codes(rule(value)), [])
  for (const value of ['-0.01', '100.01', '.nan'])
    assert.deepEqual(codes(rule(value)), ['GH_CONFIG_VALUE_INVALID'])
})

test('1,000 mistakes are listed, further ones are counted', () => {
  const keys = (count: number): string =>
    Array.from({ length: count }, (_, at) => `q${at}: 1\n`).join('')
  assert.equal(codes(keys(1000) + SMALLEST).length, 1000)
  const { diagnostics } = parse(keys(1234) + SMALLEST)
  assert.equal(diagnostics.length, 1001)
  assert.match(diagnostics.at(-1)?.message ?? '', /^There are 234 further mistakes/)
})

test('ten times as many APIs are checked in about ten times the time', () => {
  const text = (count: number): string =>
    apis(count).replaceAll(
      '    template: open-data\n',
      `    template: open-data
    owner: Accounts team <accounts@bank.example>
    dataClasses: [account-identifier, balance, transaction]
    features: [jwt]
    rules: { authz.consent: { mode: observe }, token.lifetime: { maxSeconds: 300 } }
    permissions: { GetAccounts: [ReadAccountsBasic, ReadAccountsDetail], GetBalances: [ReadBalances] }
`,
    )
  // The best of three, in time of the processor: other work on the machine says nothing about the checker.
  const cost = (count: number): number =>
    Math.min(
      ...[1, 2, 3].map(() => {
        const before = process.cpuUsage()
        assert.deepEqual(codes(text(count)), [])
        const { user, system } = process.cpuUsage(before)
        return user + system
      }),
    )
  cost(50) // for the compiler
  const [few, many] = [cost(50), cost(500)]
  assert.ok(many < 40 * few, `${few} and ${many} µs`)
})

test('deep nesting is a mistake with a place, not a crash', () => {
  for (const text of [
    '['.repeat(20_000),
    '- '.repeat(20_000),
    '{a: '.repeat(20_000),
    '? '.repeat(20_000),
  ]) {
    const { config, diagnostics } = parse(text)
    assert.equal(config, undefined)
    assert.ok(diagnostics.length > 0)
  }
})
