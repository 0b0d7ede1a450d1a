/** What a consent covers, end to end: a table of calls with what must be there and what must never be. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ConsentRecord } from '../../src/feed/index.ts'
import { gatewayRig, type Rig } from '../support/gateway-rig.ts'
import { jsonAnswer } from '../support/scripted-upstream.ts'

const ACCOUNTS = {
  Data: {
    Account: [
      { AccountId: 'A1', Currency: 'GBP', Owner: 'Ada Example' },
      { AccountId: 'A9', Currency: 'EUR' },
    ],
  },
  Debug: { host: 'core-7' },
}
const TRANSACTIONS = {
  Data: {
    Transaction: [
      row('t-in', 'A1', 'Credit', '2026-01-02T00:00:00Z'),
      row('t-out', 'A1', 'Debit', '2026-01-03T00:00:00Z'),
      row('t-old', 'A1', 'Credit', '2019-01-01T00:00:00Z'),
      row('t-other', 'A9', 'Credit', '2026-01-02T00:00:00Z'),
    ],
  },
}
function row(id: string, account: string, direction: string, at: string): object {
  return {
    AccountId: account,
    TransactionId: id,
    CreditDebitIndicator: direction,
    BookingDateTime: at,
    Amount: { Amount: '10.00', Currency: 'GBP' },
    Balance: { Amount: 1234.5 },
  }
}

interface Scenario {
  readonly name: string
  readonly get: string
  readonly consent?: Partial<ConsentRecord>
  readonly token?: Readonly<Record<string, unknown>>
  readonly before?: (rig: Rig) => void
  readonly status: number
  readonly body: readonly string[]
  readonly never: readonly string[]
  readonly outcome: string
}
const permissions = (...codes: readonly string[]): Partial<ConsentRecord> => ({
  permissions: new Set(codes),
})

const SCENARIOS: readonly Scenario[] = [
  {
    name: 'a covered account in a collection',
    get: '/aisp/accounts',
    status: 200,
    body: ['"A1"', 'GBP'],
    never: ['A9', 'EUR', 'Owner', 'Ada', 'Debug', 'core-7'],
    outcome: 'trimmed',
  },
  {
    name: 'another subject’s account in the path',
    get: '/aisp/accounts/A9',
    status: 403,
    body: ['GH_GATEWAY_OBJECT_FORBIDDEN'],
    never: ['A9', 'EUR'],
    outcome: 'denied',
  },
  {
    name: 'another subject’s account in the path, by an encoded letter',
    get: '/aisp/accounts/A%39',
    status: 403,
    body: ['GH_GATEWAY_OBJECT_FORBIDDEN'],
    never: ['A9', 'EUR'],
    outcome: 'denied',
  },
  {
    name: 'a consent that does not exist',
    get: '/aisp/accounts',
    token: { consent_id: 'consent-404' },
    status: 403,
    body: ['GH_GATEWAY_CONSENT_MISSING'],
    never: ['A1', 'consent-404'],
    outcome: 'denied',
  },
  {
    name: 'no consent in the token',
    get: '/aisp/accounts',
    token: { consent_id: undefined },
    status: 403,
    body: ['GH_GATEWAY_CONSENT_MISSING'],
    never: ['A1'],
    outcome: 'denied',
  },
  {
    name: 'a consent of another customer',
    get: '/aisp/accounts',
    token: { sub: 'customer-2' },
    status: 403,
    body: ['GH_GATEWAY_CONSENT_'],
    never: ['A1', 'customer-'],
    outcome: 'denied',
  },
  {
    name: 'a consent of another client',
    get: '/aisp/accounts',
    token: { client_id: 'tpp-b' },
    before: (rig) => rig.feed.addClient('tpp-b'),
    status: 403,
    body: ['GH_GATEWAY_CONSENT_'],
    never: ['A1'],
    outcome: 'denied',
  },
  {
    name: 'an expired consent',
    get: '/aisp/accounts',
    consent: { expiresAt: Date.UTC(2026, 0, 5, 8) },
    status: 403,
    body: ['GH_GATEWAY_CONSENT_EXPIRED'],
    never: ['A1'],
    outcome: 'denied',
  },
  {
    name: 'a consent that waits for authorisation',
    get: '/aisp/accounts',
    consent: { status: 'AWAU' },
    status: 403,
    body: ['GH_GATEWAY_CONSENT_INACTIVE'],
    never: ['A1'],
    outcome: 'denied',
  },
  {
    name: 'a suspended client',
    get: '/aisp/accounts',
    before: (rig) => rig.feed.addClient('tpp-a', 'suspended'),
    status: 403,
    body: ['GH_GATEWAY_CLIENT_INACTIVE'],
    never: ['A1'],
    outcome: 'denied',
  },
  {
    name: 'a client nobody knows',
    get: '/aisp/accounts',
    token: { client_id: 'tpp-x' },
    status: 403,
    body: ['GH_GATEWAY_CLIENT_UNKNOWN'],
    never: ['A1'],
    outcome: 'denied',
  },
  {
    name: 'a token without the scope',
    get: '/aisp/accounts',
    token: { scope: 'payments' },
    status: 403,
    body: ['GH_GATEWAY_SCOPE_MISSING'],
    never: ['A1'],
    outcome: 'denied',
  },
  {
    name: 'transactions without a transaction permission',
    get: '/aisp/accounts/A1/transactions',
    consent: permissions('ReadAccountsBasic'),
    status: 403,
    body: ['GH_GATEWAY_PERMISSION_MISSING'],
    never: ['t-in'],
    outcome: 'denied',
  },
  {
    name: 'Basic does not read Detail',
    get: '/aisp/accounts/A1/transactions',
    consent: permissions(
      'ReadTransactionsBasic',
      'ReadTransactionsCredits',
      'ReadTransactionsDebits',
    ),
    status: 200,
    body: ['t-in', 't-out', '10.00'],
    never: ['Balance', '1234.5', 't-other'],
    outcome: 'trimmed',
  },
  {
    name: 'credits only does not read debits',
    get: '/aisp/accounts/A1/transactions',
    consent: permissions('ReadTransactionsDetail', 'ReadTransactionsCredits'),
    status: 200,
    body: ['t-in', '1234.5'],
    never: ['t-out', '"Debit"', 't-other'],
    outcome: 'trimmed',
  },
  {
    name: 'rows before the date of the consent stay',
    get: '/aisp/accounts/A1/transactions',
    consent: { transactionsFrom: Date.UTC(2025, 0, 1) },
    status: 200,
    body: ['t-in', 't-out'],
    never: ['t-old', 't-other'],
    outcome: 'trimmed',
  },
  {
    name: 'a feed that has been silent for too long',
    get: '/aisp/accounts',
    before: (rig) => {
      rig.feed.age = 300_001
    },
    status: 503,
    body: ['GH_GATEWAY_FEED_STALE'],
    never: ['A1'],
    outcome: 'denied',
  },
]

for (const scenario of SCENARIOS)
  test(`consent: ${scenario.name}`, async (t) => {
    const rig = await gatewayRig(t)
    rig.upstream.script = ({ line }, socket) =>
      socket.write(jsonAnswer(line.includes('transactions') ? TRANSACTIONS : ACCOUNTS))
    if (scenario.consent !== undefined) rig.feed.addConsent('consent-1', scenario.consent)
    scenario.before?.(rig)
    const answer = await rig.call(scenario.get, { token: rig.token(scenario.token) })
    assert.equal(answer.status, scenario.status, answer.body)
    for (const text of scenario.body)
      assert.ok(answer.body.includes(text), `${text}: ${answer.body}`)
    for (const text of scenario.never) assert.ok(!answer.body.includes(text), `${text} leaked`)
    assert.deepEqual(
      rig.sink.access.map((event) => event.outcome),
      [scenario.outcome],
    )
    const recorded = JSON.stringify(rig.sink.appended)
    for (const text of ['"A1"', '"A9"', 'customer-1', 'consent-1', 'Ada Example'])
      assert.ok(!recorded.includes(text), `${text} was recorded`)
  })

test('what is revoked while connected is refused at the next request on the same connection', async (t) => {
  for (const key of ['token:token-1', 'consent:consent-1', 'client:tpp-a']) {
    const rig = await gatewayRig(t)
    const connection = rig.connect()
    const request = `GET /aisp/accounts HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${rig.token()}\r\n\r\n`
    connection.send(request)
    assert.equal((await connection.answer())?.status, 200)
    rig.feed.revocations.add(key)
    connection.send(request)
    const answer = await connection.answer()
    assert.ok(answer !== undefined && answer.status >= 401 && answer.status <= 403, key)
    assert.equal(rig.upstream.seen.length, 1)
  }
})
