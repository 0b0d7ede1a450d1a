/** How links of a bank leave: those to itself as the API is called outside, those inside not at all. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { preparePublicLink } from '../../src/decide/index.ts'
import { bankApi, OPERATIONS } from './bank-plan.ts'

const RUNS = Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 10_000)
const api = bankApi({ basePath: '/ob/v4', publicOrigins: ['https://api.bank.example'] })
const upstream = { ...api.upstream, origin: 'http://core.bank:8080', pathPrefix: '/core' }
const link = preparePublicLink({ ...api, upstream })
const HERE = 'https://api.bank.example/ob/v4'

const ROWS: readonly (readonly [url: string, pages: string | undefined, elsewhere?: string])[] = [
  ['http://core.bank:8080/core/accounts?page=2', `${HERE}/accounts?page=2`],
  ['HTTP://CORE.bank:8080/core', HERE],
  ['http://core.bank:8080/corex/accounts', undefined],
  ['http://core.bank:8080/admin', undefined],
  ['http://core.bank/core/accounts', undefined],
  ['https://core.bank:9443/authorise', undefined],
  ['https://core.bank/authorise', undefined, 'https://core.bank/authorise'],
  ['http://core.bank:8080/core/../admin', undefined],
  ['http://core.bank:8080/core/%2E%2e/admin', undefined],
  ['http://node-3/core/accounts', `${HERE}/accounts`],
  ['http://10.1.2.3:81/core/accounts', `${HERE}/accounts`],
  ['https://ledger.bank.internal/core/accounts', `${HERE}/accounts`],
  ['https://ledger.bank.internal/accounts', undefined],
  ['http://[fd12::1]/core/a', `${HERE}/a`],
  [`${HERE}/accounts?page=3#x`, `${HERE}/accounts?page=3#x`],
  ['https://api.bank.example:443/ob/v4/a', 'https://api.bank.example:443/ob/v4/a'],
  ['https://api.bank.example/other', undefined, 'https://api.bank.example/other'],
  [
    'https://auth.bank.example/authorise?id=1',
    undefined,
    'https://auth.bank.example/authorise?id=1',
  ],
  ['https://api.bank.example@evil.example/ob/v4', undefined],
  ['https://api.bank.example\\@evil.example/', undefined],
  ['//evil.example/ob/v4', undefined],
  ['/ob/v4/accounts?page=2', '/ob/v4/accounts?page=2'],
  ['/core/accounts?page=2', '/ob/v4/accounts?page=2'],
  ['/accounts/22289/transactions', '/ob/v4/accounts/22289/transactions'],
  ['/accounts/../../admin', undefined],
  ['/metrics', undefined],
  ['/\\evil.example', undefined],
  ['?page=2', '?page=2'],
  ['', ''],
  ['javascript:alert(1)', undefined],
  ['data:text/html,x', undefined],
  ['ftp://core.bank/x', undefined],
  ['https://api.bank.example/ob/v4/a b', undefined],
  ['https://api.bank.example/ob/v4/\r\nX: y', undefined],
]

test('there is an operation of the paths that the table names', () => {
  assert.ok(OPERATIONS.some(({ path }) => path.startsWith('/accounts/')))
})

for (const [url, pages, elsewhere = pages] of ROWS)
  test(`a link ${JSON.stringify(url)}`, () => {
    assert.equal(link(url, false), pages)
    assert.equal(link(url, true), elsewhere)
  })

test('without a known origin outside, a link of the bank leaves as a path, and a foreign one is not judged', () => {
  const { publicOrigins: _, ...rest } = api
  const unknown = preparePublicLink({ ...rest, upstream })
  assert.equal(unknown('http://core.bank:8080/core/accounts', false), '/ob/v4/accounts')
  assert.equal(unknown('https://api.bank.example/ob/v4', false), 'https://api.bank.example/ob/v4')
  assert.equal(unknown('http://node-3/x', false), undefined)
})

test('the longest link leaves, one character more does not', () => {
  const long = (length: number): string => `/ob/v4/${'a'.repeat(length - 7)}`
  assert.equal(link(long(4_096), false)?.length, 4_096)
  assert.equal(link(long(4_097), false), undefined)
})

test('whatever is written, no host of the bank leaves', () => {
  const piece = fc.constantFrom(
    'http',
    'https',
    '://',
    '//',
    '/',
    'core.bank',
    ':8080',
    'node-3',
    '10.0.0.1',
    '@',
    '?',
    '#',
    '..',
    '%2e',
    '/core',
    '/ob/v4',
    '\\',
    'api.bank.example',
    ' ',
    '[',
    ']',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 10 }), fc.boolean(), (pieces, foreign) => {
      const leaves = link(pieces.join(''), foreign)
      if (leaves === undefined) return
      let url: URL
      try {
        url = new URL(leaves, HERE)
      } catch {
        return
      }
      if (!/^https?:$/.test(url.protocol)) assert.fail(leaves)
      // Where the customer authorises may be at the bank's own name, as anybody calls it.
      if (foreign && url.origin === 'https://core.bank') return
      assert.ok(!['core.bank', 'node-3', '10.0.0.1'].includes(url.hostname), leaves)
    }),
    { numRuns: RUNS },
  )
})
