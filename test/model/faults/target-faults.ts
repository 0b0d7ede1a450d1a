/** Faults of where a request goes. */
import { BASE } from '../house.ts'
import { always, fault } from './fault.ts'

export const TARGETS = [
  fault('a path that nobody has', always, (recipe, { one }) => {
    recipe.path = one(
      '/',
      '/nothing/here',
      `${recipe.path}/`,
      `${recipe.path}/more`,
      '/open-banking/v4.0',
      recipe.path.toUpperCase(),
    )
  }),
  fault('a closed API', always, (recipe) => {
    recipe.path = `${BASE.closed}/atms`
    recipe.api = 'closed'
  }),
  fault('another method', always, (recipe, { one }) => {
    recipe.method = one('DELETE', 'PUT', 'get', 'POST', 'GET')
  }),
  fault('a path with two readings', always, (recipe, { one }) => {
    recipe.path = one(
      recipe.path.replace('/open', '//open'),
      recipe.path.replace('open', '%6fpen'),
      `${BASE.accounts}/./accounts`,
      `${BASE.accounts}/x/../accounts`,
      `${BASE.accounts}/%2e%2e/accounts`,
      `${BASE.accounts}/accounts/A1%2fbalances`,
      `${BASE.accounts}/accounts/A1%5Cx`,
      `${BASE.accounts}/accounts/%00`,
      `${BASE.accounts}/accounts/A%ff`,
      `${BASE.accounts}/accounts/A%2`,
      `${BASE.accounts}/accounts/A%2531`,
      `${BASE.accounts}/accounts/..;x`,
      `${BASE.accounts}/%61ccounts`,
      `${BASE.payments}/domestic%2dpayments`,
    )
  }),
  fault('a target of another form', always, (recipe, { one }) => {
    recipe.target = one(
      '*',
      'https://api.bank.example/x',
      recipe.path + '#part',
      recipe.path + ' x',
      recipe.path + '?a=%0a',
      recipe.path + '?=x',
      recipe.path + '?a=%zz',
      recipe.path + '?a="',
      'accounts',
    )
  }),
  fault('a long target', always, (recipe, { one }) => {
    recipe.target = `${recipe.path}?${'x'.repeat(one(8_185, 8_200, 8_192 - recipe.path.length - 1))}`
  }),
  fault('many parameters', always, (recipe, { one }) => {
    recipe.target = `${recipe.path}?${Array.from({ length: one(256, 257) }, (_, at) => `p${at}=1`).join('&')}`
  }),
  fault(
    'an account spelled with escapes',
    ({ path }) => path.includes('/accounts/A'),
    (recipe, { one }) => {
      recipe.path = recipe.path.replace('/A', one('/%41', '/A%20', '/a', '/A%c3%a9'))
    },
  ),
  fault('a header twice', always, (recipe, { one }) => {
    const name = one(
      'Content-Type',
      'x-fapi-interaction-id',
      'Authorization',
      'DPoP',
      'x-idempotency-key',
      'X-JWS-Signature',
      'x-fapi-customer-ip-address',
    )
    recipe.headers.push([name, 'application/json'], [name, 'application/json'])
  }),
]

export const QUERIES = [
  fault('a secret in the query', always, (recipe, { one }) => {
    recipe.query.push([
      one(
        'access_token',
        'accessToken',
        'ACCESS-TOKEN',
        'token[]',
        'pin',
        'Session.Key',
        'password',
        'id_token',
        'bearer',
      ),
      'x',
    ])
  }),
  fault('a signed token in the query', always, (recipe, { one }) => {
    recipe.query.push([
      one('state', 'page', 'q'),
      one('eyJhbGciOiJub25lIn0.e30.', 'eyJ.e30.x', 'eyJhbGciOiJFUzI1NiJ9.e30'),
    ])
  }),
  fault('what nobody declared', always, (recipe, { one }) => {
    recipe.query.push([one('debug', 'fields[x]', 'Page', 'ä'), one('1', '', 'a b', '%')])
  }),
  fault(
    'a page',
    ({ operation }) => operation === 'GetAccounts' || operation.endsWith('Transactions'),
    (recipe, { one }) => {
      recipe.query.push([
        'page',
        one('1', '500', '0', '501', '1.5', 'x', '', '-1', ' 1', '01', '9007199254740993'),
      ])
    },
  ),
  fault(
    'two pages',
    ({ operation }) => operation === 'GetAccounts' || operation.endsWith('Transactions'),
    (recipe) => {
      recipe.query.push(['page', '1'], ['page', '2'])
    },
  ),
  fault(
    'a date',
    ({ operation }) => operation.endsWith('Transactions'),
    (recipe, { one }) => {
      recipe.query.push([
        'fromBookingDateTime',
        one('2025-01-01T00:00:00Z', '2025-01-01T00:00:00+01:00', 'yesterday', '', '2025-01-01'),
      ])
    },
  ),
  fault(
    'types of balances',
    ({ operation }) => operation === 'GetAccountsAccountIdBalances',
    (recipe, { one }) => {
      for (const value of one(
        ['Expected'],
        ['Expected', 'ClosingBooked'],
        ['Expected', 'other'],
        [''],
      ))
        recipe.query.push(['type', value])
    },
  ),
  fault(
    'no city',
    ({ api }) => api === 'atms',
    (recipe) => {
      recipe.query = []
    },
  ),
  fault(
    'an agent',
    ({ operation }) => operation === 'GetAccounts',
    (recipe, { one }) => {
      recipe.headers.push(['X-Customer-User-Agent', one('x', 'y'.repeat(30), 'y'.repeat(31))])
      if (one(true, false, false)) recipe.headers.push(['x-customer-user-agent', 'z'])
    },
  ),
]
