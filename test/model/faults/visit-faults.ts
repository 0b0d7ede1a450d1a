/** Requests while the customer is away, of pages of other origins, and for days of long ago. */
import { PAGE_ORIGIN, PRESENCE } from '../house.ts'
import type { Recipe } from '../recipe.ts'
import { START, VISITORS } from '../world.ts'
import { type Around, type Fault, fault } from './fault.ts'

const ofAccounts = ({ api, token }: Recipe): boolean => api === 'accounts' && token !== null
const lists = ({ operation }: Recipe): boolean =>
  operation === 'GetAccounts' || operation.endsWith('Transactions')

function away(recipe: Recipe, { now, one }: Around): void {
  recipe.headers = recipe.headers.filter(([name]) => name !== PRESENCE)
  if (one(true, false, false, false)) recipe.headers.push([PRESENCE, one('', ' ')])
  // Each customer for a while, so that some have accesses left at any time.
  const first = Math.floor((now - START) / 6_000)
  const visitor = (first + one(0, 1, 2)) % VISITORS
  if (recipe.token === null) return
  recipe.token.claims['sub'] = `visitor-${visitor}`
  recipe.token.claims['consent_id'] = `visit-${visitor}`
  recipe.token.claims['auth_time'] = Math.floor(now / 1000) - 30
}

export const VISITS: readonly Fault[] = [
  fault('nobody there', ofAccounts, away),
  fault(
    'nobody there, a page',
    (recipe) => ofAccounts(recipe) && lists(recipe),
    (recipe, around) => {
      away(recipe, around)
      recipe.query.push(['page', around.one('2', '2', '2', '3', '3', '4', '1', '7')])
    },
  ),
  fault('nobody there, and many times', ofAccounts, (recipe, around) => {
    away(recipe, around)
    recipe.path = recipe.path.replace(/\/A[12]/, '/A1')
  }),
]

export const ORIGINS: readonly Fault[] = [
  fault('a page of another origin', ofAccounts, (recipe, { one }) => {
    recipe.headers.push([
      'Origin',
      one(PAGE_ORIGIN, PAGE_ORIGIN, 'https://evil.example', 'null', `${PAGE_ORIGIN}:444`),
    ])
  }),
  fault('a preflight', ofAccounts, (recipe, { one }) => {
    recipe.method = 'OPTIONS'
    recipe.headers.push(
      ['Origin', one(PAGE_ORIGIN, PAGE_ORIGIN, 'https://evil.example')],
      ...one<[string, string][]>([['Access-Control-Request-Method', one('GET', 'GET', 'PUT')]], []),
    )
  }),
]

export const DAYS: readonly Fault[] = [
  fault(
    'an authentication of a while ago',
    ({ token }) => token?.claims['auth_time'] !== undefined,
    ({ token }, { now, one }) => {
      if (token !== null)
        token.claims['auth_time'] = Math.floor(now / 1000) - one(149, 151, 299, 301, 900)
    },
  ),
  fault(
    'days of long ago',
    ({ operation }) => operation.endsWith('Transactions'),
    (recipe, { now, one }) => {
      if (recipe.token !== null)
        recipe.token.claims['auth_time'] = Math.floor(now / 1000) - one(30, 400)
      recipe.query.push([
        'fromBookingDateTime',
        one(
          '2025-10-06T23:59:59Z',
          '2025-10-07T00:00:00Z',
          '2025-10-07T00:30:00+01:00',
          '2025-12-01T00:00:00Z',
          '2024-01-01T00:00:00Z',
        ),
      ])
    },
  ),
]
