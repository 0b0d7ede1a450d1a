import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'

import {
  type GatehouseConfig,
  initConfig,
  parseConfig,
  type SpecFacts,
} from '../../src/config/index.ts'
import { GatehouseError } from '../../src/lib/index.ts'
import { env } from './bank-folder.ts'

const AIS: SpecFacts = {
  file: '/bank/specs/account-info-openapi.yaml',
  title: 'Account and Transaction API Specification',
  version: '4.0.1',
  operations: 29,
  servers: ['/open-banking/v4.0/aisp'],
  suggestedTemplate: 'ais',
  why: ['path segment `accounts` (29 operations)'],
  others: [],
  checksTokens: true,
}
const ATMS: SpecFacts = {
  ...AIS,
  file: 'atms.json',
  title: 'ATM Locator',
  operations: 1,
  servers: [],
  suggestedTemplate: 'open-data',
  checksTokens: false,
}

function sound(specs: readonly SpecFacts[]): {
  text: string
  config: GatehouseConfig
  asked: string[]
} {
  const text = initConfig({ dir: '/bank', specs })
  const asked: string[] = []
  const { config, diagnostics } = parseConfig({
    file: '/bank/gatehouse.yaml',
    text,
    env: { ...env, fileExists: (path) => asked.push(path) > 0 },
  })
  assert.deepEqual(diagnostics, [], text)
  assert.ok(config)
  return { text, config, asked }
}

test('`initConfig` writes a file that passes the checker and names each specification', () => {
  const { config, asked, text } = sound([AIS, ATMS])
  assert.deepEqual(
    config.apis.map(({ name, template, basePath }) => [name, template, basePath]),
    [
      ['account-transaction', 'ais', null],
      ['atm-locator', 'open-data', '/atm-locator'],
    ],
  )
  assert.deepEqual(asked, ['/bank/specs/account-info-openapi.yaml', '/bank/atms.json'])
  assert.deepEqual(config.apis[0]?.upstream, ['http://127.0.0.1:9000'])
  assert.equal(config.issuers.length, 1)
  assert.match(text, /spec: specs\/account-info-openapi\.yaml/)
  assert.match(text, /CHANGE/)
})

test('`initConfig` leaves the issuers out where no template checks tokens', () =>
  assert.deepEqual(sound([ATMS]).config.issuers, []))

test('`initConfig` gives each API a name and a path of its own when titles and servers are the same', () => {
  const { apis } = sound([
    AIS,
    AIS,
    { ...AIS, servers: ['https://x.example/open-banking/v4.0/aisp/'] },
  ]).config
  assert.deepEqual(
    apis.map(({ name, basePath }) => [name, basePath]),
    [
      ['account-transaction', '/account-transaction'],
      ['account-transaction-2', '/account-transaction-2'],
      ['account-transaction-3', '/account-transaction-3'],
    ],
  )
})

test('`initConfig` explains every key that it writes', () => {
  const lines = sound([AIS]).text.split('\n')
  for (const line of lines.filter(
    (each) => /^ {2,4}(?:- )?[a-zA-Z]+:/.test(each) && !/name: account|spec:/.test(each),
  ))
    assert.match(line, /#/, line)
})

test('`initConfig` refuses a folder without specifications', () =>
  assert.throws(
    () => initConfig({ dir: '/bank', specs: [] }),
    (error) => error instanceof GatehouseError && error.code === 'GH_CONFIG_NO_SPECIFICATION',
  ))

test('`initConfig` writes a sound file whatever a specification calls itself', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      'x\napis: []',
      '# ',
      '"',
      "'",
      'true',
      'null',
      '1',
      'API',
      'éàü',
      '\u2028x',
      '- a: b',
      '*a',
      '\t',
      '日本',
    ),
  )
  const name = fc
    .stringMatching(/^[A-Za-z0-9 ._'"#:{}&*!é-]{1,20}$/)
    .filter((each) => !/^[~.]+/.test(each) && each.trim() !== '')
  const spec = fc.record({
    file: name.map((each) => `specs/${each}.yaml`),
    title: text,
    version: text,
    operations: fc.nat(99),
    servers: fc.array(
      fc.oneof(text, fc.webUrl(), fc.constantFrom('/', '/a/', '{x}/y', 'https://h/{v}', '//h/a')),
    ),
    suggestedTemplate: fc.constantFrom('ais', 'open-data'),
    why: fc.array(text, { maxLength: 3 }),
    others: fc.array(
      fc.record({ template: fc.constantFrom('pis', 'auth'), operations: fc.nat(9) }),
    ),
    checksTokens: fc.constant(true),
  })
  fc.assert(
    fc.property(fc.array(spec, { minLength: 1, maxLength: 4 }), (specs) => {
      assert.equal(sound(specs).config.apis.length, specs.length)
    }),
    { numRuns: 500 },
  )
})
