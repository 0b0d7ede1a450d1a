/** Facts of requests to the large API, in order but for the one thing that the outcome is about. */
import type { ConsentFact, Facts, HeaderView, TokenFact } from '../../src/decide/index.ts'
import { AUDIENCE, BASE, ISSUER, pathOf } from './large-api.ts'

export type Outcome =
  | 'allow'
  | 'GH_GATEWAY_OBJECT_FORBIDDEN'
  | 'GH_GATEWAY_SCOPE_MISSING'
  | 'GH_GATEWAY_TOKEN_MISSING'
  | 'GH_GATEWAY_ROUTE_UNKNOWN'

const NOW = Date.UTC(2026, 10, 28, 12)
const SECONDS = NOW / 1000
const CUSTOMERS = 64

const HEADERS = new Map([
  ['host', ['api.bench.example']],
  ['accept', ['application/json']],
  ['x-fapi-interaction-id', ['93bac548-d2de-4546-b106-880a5018460d']],
])
const headers: HeaderView = { all: (name) => HEADERS.get(name) ?? [] }

const consents = Array.from({ length: CUSTOMERS }, (_, at): ConsentFact => ({
  kind: 'known',
  id: `consent-${at}`,
  clientId: 'tpp-bench',
  subject: `customer-${at}`,
  status: 'AUTH',
  permissions: new Set(['ReadAccountsBasic', 'ReadBalances', 'ReadTransactionsDetail']),
  accounts: new Set(['A1', `A${at + 10}`]),
  expiresAt: NOW + 86_400_000,
  revoked: false,
}))
const token = (at: number, scopes: readonly string[]): TokenFact => ({
  kind: 'verified',
  issuer: ISSUER,
  type: 'at+jwt',
  audiences: [AUDIENCE],
  clientId: 'tpp-bench',
  subject: `customer-${at}`,
  consentId: `consent-${at}`,
  scopes: new Set(scopes),
  expiresAt: SECONDS + 300,
  issuedAt: SECONDS - 60,
  notBefore: undefined,
  tokenId: `jti-${at}`,
  revoked: false,
})
const good = consents.map((_, at) => token(at, ['openid', 'accounts']))
const poor = consents.map((_, at) => token(at, ['openid']))

/** Facts of a call to operation number `at`. Where only some paths name an account, the nearest that does. */
export function factsFor(at: number, outcome: Outcome): Facts {
  const customer = at % CUSTOMERS
  const forbidden = outcome === 'GH_GATEWAY_OBJECT_FORBIDDEN'
  const path = pathOf(forbidden ? at - (at % 4) + 1 : at)
    .replace('{AccountId}', forbidden ? 'A9999' : 'A1')
    .replace('{ItemId}', `item-${at}`)
  const unknown = outcome === 'GH_GATEWAY_ROUTE_UNKNOWN' ? '/nothing/at/all' : ''
  const tokens = outcome === 'GH_GATEWAY_SCOPE_MISSING' ? poor : good
  const query = at % 3 === 0 ? '?fromBookingDateTime=2026-01-01T00:00:00Z' : ''
  const given = outcome === 'GH_GATEWAY_TOKEN_MISSING' ? undefined : tokens[customer]
  const consent = consents[customer]
  return {
    now: NOW,
    bucket: customer * 100,
    feedAgeMs: 100,
    request: { method: 'GET', target: `${BASE}${path}${unknown}${query}`, headers },
    token: given ?? { kind: 'absent' },
    client: { kind: 'known', id: 'tpp-bench', status: 'active' },
    ...(consent !== undefined && { consent }),
    body: { kind: 'absent' },
  }
}
