import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { AccessEvent, FactsRecord, GatehouseEvent, StoredEvent } from '../events/index.ts'
import { errorEntry } from '../lib/index.ts'
import { accessEvent } from '../../test/support/access-event.ts'
import { aisPlan } from '../../test/support/ais-plan.ts'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { explain } from './explain.ts'
import { planArchive, type PlanArchive } from './plan-archive.ts'

const PLAN = aisPlan({ upstream: 'http://127.0.0.1:1' })

function archiveOf(t: TestContext): PlanArchive {
  const archive = planArchive(temporaryFolder(t))
  archive.activate(PLAN, [])
  return archive
}

const stored = (event: GatehouseEvent): StoredEvent => ({
  partition: 3,
  seq: 41,
  hash: 'ab'.repeat(32),
  event,
})

const FACTS: FactsRecord = {
  bucket: 12,
  feedAgeMs: 40,
  token: {
    kind: 'verified',
    issuer: 'https://as.example',
    type: 'at+jwt',
    audiences: ['https://api.bank.example'],
    scopes: ['accounts', 'openid'],
    ageSeconds: 4,
    lifetimeSeconds: 300,
    revoked: false,
  },
  clientStatus: 'active',
  consent: {
    status: 'AUTH',
    permissions: ['ReadAccountsBasic', 'ReadBalances'],
    accounts: 2,
    sameClient: true,
    sameSubject: true,
    expiresInSeconds: 10 * 86_400,
    revoked: false,
  },
  objects: { 'path:AccountId': true },
  query: [],
}

/** An access event under the archived plan. */
const access = (changes: Partial<AccessEvent> = {}): AccessEvent =>
  accessEvent({ plan: PLAN.digest, operation: 'GetAccount', facts: FACTS, ...changes })

const denial = {
  rule: 'authz.objects',
  control: 'object-authz',
  code: 'GH_GATEWAY_OBJECT_FORBIDDEN',
  effect: 'denied',
  detail: 'path:AccountId is not in the consent',
} as const

const outcomes: readonly { changes: Partial<AccessEvent>; says: RegExp }[] = [
  { changes: {}, says: /^tpp-a asked for GET \/accounts and got it whole \(200\)\.$/ },
  {
    changes: { dataPlane: 'envoy', status: 0, response: null },
    says: /^tpp-a asked for GET \/accounts by way of Envoy and was let through; .*Envoy's access log/,
  },
  {
    changes: {
      outcome: 'trimmed',
      response: {
        upstreamStatus: 200,
        upstreamMicros: 1,
        bytes: 9,
        removedFields: 3,
        removedRows: 2,
        shape: null,
      },
    },
    says: /got it trimmed \(200\): 3 fields and 2 rows stayed behind/,
  },
  {
    changes: {
      outcome: 'denied',
      status: 403,
      code: 'GH_GATEWAY_OBJECT_FORBIDDEN',
      failed: [denial],
    },
    says: /was refused with 403: the consent does not cover this account/,
  },
  {
    changes: { outcome: 'failed', status: 504, code: 'GH_GATEWAY_UPSTREAM_TIMEOUT' },
    says: /it was allowed, but no answer of the bank left \(504: the bank API took too long\)/,
  },
  {
    changes: {
      outcome: 'denied',
      status: 404,
      code: 'GH_GATEWAY_ROUTE_UNKNOWN',
      client: null,
      route: null,
      operation: null,
      api: null,
      facts: null,
    },
    says: /^Somebody without a believed token asked for GET on a path that is no operation/,
  },
  {
    changes: {
      outcome: 'denied',
      status: 503,
      code: 'GH_GATEWAY_API_CLOSED',
      client: null,
      route: null,
      operation: null,
      facts: null,
    },
    // Nobody looked whether the path is an operation.
    says: /asked for GET on a path of accounts and was refused with 503: this API is closed until/,
  },
]
for (const { changes, says } of outcomes) {
  test(`\`explain\` tells what became of a request that was ${changes.outcome ?? 'allowed'} (${changes.status ?? 200})`, (t) => {
    const told = explain(stored(access(changes)), archiveOf(t))
    assert.match(told.sentence, says)
    assert.equal(told.outcome, changes.outcome ?? 'allowed')
    assert.equal(told.status, changes.status ?? 200)
    assert.equal(told.code, changes.code ?? null)
    assert.equal(told.title === null, told.code === null)
    assert.deepEqual(told.record, {
      partition: 3,
      seq: 41,
      hash: 'ab'.repeat(32),
      plan: PLAN.digest,
    })
    assert.equal(told.at, '2026-01-05T09:00:00.000Z')
  })
}

test('`explain` tells of a closed API what closed it and what mends that', (t) => {
  const event = access({
    api: 'broken',
    outcome: 'denied',
    status: 503,
    code: 'GH_GATEWAY_API_CLOSED',
    route: null,
    operation: null,
    failed: [
      {
        rule: 'gateway.baseline',
        control: 'gateway-hardening',
        code: 'GH_GATEWAY_API_CLOSED',
        effect: 'denied',
        detail: 'closed',
      },
    ],
  })
  const closed = PLAN.apis.find((api) => api.name === 'broken')
  assert.ok(closed?.state === 'closed')
  const told = explain(stored(event), archiveOf(t))
  assert.equal(told.rule?.detail, `closed: ${closed.code} ${closed.reason}`)
  assert.equal(told.mend, errorEntry(closed.code).mend ?? null)
})

test('`explain` names the rule that refused, its control, its origin and what it found', (t) => {
  const event = access({
    outcome: 'denied',
    status: 403,
    code: 'GH_GATEWAY_OBJECT_FORBIDDEN',
    ran: 9,
    failed: [
      { ...denial, rule: 'authz.operations', effect: 'observed', detail: 'scope is missing' },
      denial,
    ],
  })
  const told = explain(stored(event), archiveOf(t))
  assert.equal(told.rule?.name, 'authz.objects')
  assert.equal(told.rule?.origin, 'api (test)')
  assert.equal(told.rule?.detail, 'path:AccountId is not in the consent')
  assert.match(told.rule?.controlTitle ?? '', /\w/)
  const results = new Map(told.rules.map((rule) => [rule.name, rule.result]))
  assert.equal(results.get('token.validation'), 'passed')
  assert.equal(results.get('authz.operations'), 'observed')
  assert.equal(results.get('authz.objects'), 'denied')
  assert.equal(results.get('response.fields'), 'not reached')
})

test('`explain` says "off" of a rule that is off, and "built into the gateway" of none of the plan', (t) => {
  const api = PLAN.apis[0]
  assert.ok(api?.state === 'active')
  const plan = {
    ...PLAN,
    digest: `sha256:${'1'.repeat(64)}`,
    apis: [{ ...api, rules: api.rules.map((rule) => ({ ...rule, mode: 'off' as const })) }],
  }
  const archive = archiveOf(t)
  archive.activate(plan, [])
  const baseline = { ...denial, rule: 'gateway.baseline', control: 'no-such-control' } as const
  const event = access({ plan: plan.digest, outcome: 'denied', ran: 99, failed: [baseline] })
  const told = explain(stored(event), archive)
  assert.ok(told.rules.length > 5 && told.rules.every((rule) => rule.result === 'off'))
  assert.equal(told.rule?.origin, 'built into the gateway')
  assert.equal(told.rule?.controlTitle, '')
})

test('`explain` still tells an event whose plan is not there any more', (t) => {
  const event = access({ plan: `sha256:${'9'.repeat(64)}`, outcome: 'denied', failed: [denial] })
  const told = explain(stored(event), archiveOf(t))
  assert.deepEqual(told.rules, [])
  assert.equal(told.rule?.name, 'authz.objects')
  assert.ok(told.facts.length > 0)
})

test('`explain` shows the facts, and says what is wrong in capitals', (t) => {
  assert.ok(FACTS.consent !== null)
  const facts: FactsRecord = {
    ...FACTS,
    feedAgeMs: Number.POSITIVE_INFINITY,
    consent: {
      ...FACTS.consent,
      sameClient: false,
      sameSubject: false,
      expiresInSeconds: -2 * 86_400,
      revoked: true,
    },
    objects: { 'path:AccountId': false },
    query: ['fromBookingDateTime'],
  }
  const lines = explain(stored(access({ facts })), archiveOf(t)).facts
  const fact = (name: string): string => lines.find((line) => line.name === name)?.value ?? ''
  assert.equal(fact('consent'), 'hmac:fedcba9876543210 is revoked')
  assert.equal(fact('consent names'), '2 accounts; ReadAccountsBasic, ReadBalances')
  assert.equal(fact('consent is for'), 'ANOTHER client and ANOTHER customer')
  assert.equal(fact('consent validity'), 'ended 2 days before')
  assert.equal(fact('path:AccountId'), 'NOT in the consent')
  assert.equal(fact('declared query'), 'fromBookingDateTime')
  assert.equal(fact('token age'), '4 s of 300 s')
  assert.equal(fact('feed age'), 'never heard')
})

test('`explain` reads facts as the spool gives them back: without infinity, without members', (t) => {
  const facts: FactsRecord = {
    ...FACTS,
    feedAgeMs: Number.POSITIVE_INFINITY,
    token: { kind: 'invalid', code: 'GH_GATEWAY_TOKEN_SIGNATURE' },
    clientStatus: null,
    consent: null,
    objects: {},
  }
  const event = access({ facts, client: null, subject: null, consent: null })
  const read = JSON.parse(JSON.stringify(stored(event))) as StoredEvent // sound: what was just written
  const lines = explain(read, archiveOf(t)).facts
  assert.deepEqual(lines, [
    { name: 'token', value: 'not believed: GH_GATEWAY_TOKEN_SIGNATURE' },
    { name: 'the bank answered', value: '200 after 1 ms' },
    { name: 'feed age', value: 'never heard' },
  ])
})

const others: readonly { event: GatehouseEvent; says: RegExp; status: number }[] = [
  {
    event: {
      v: 1,
      kind: 'refused',
      id: 'r-1',
      at: 0,
      code: 'GH_GATEWAY_HEADERS_TOO_LARGE',
      cause: 'HPE_HEADER_OVERFLOW',
      peer: '127.0.0.1',
    },
    says: /refused before there was one: .*larger than allowed.*HPE_HEADER_OVERFLOW/,
    status: 431,
  },
  ...(['started', 'stopped', 'plan-activated', 'api-closed', 'finding', 'audit-gap'] as const).map(
    (what) => ({
      event: {
        v: 1,
        kind: 'notice',
        id: 'n-1',
        at: 0,
        what,
        api: null,
        code: what === 'api-closed' ? 'GH_POLICY_ROUTES' : null,
        detail: 'the detail',
      } as const,
      says: new RegExp(`^${what.replace('-', ' ')}: the detail$`),
      status: what === 'api-closed' ? 409 : 0,
    }),
  ),
]
for (const { event, says, status } of others) {
  test(`\`explain\` tells ${event.kind === 'notice' ? `the notice "${event.what}"` : 'a request that was none'}`, (t) => {
    const told = explain(stored(event), archiveOf(t))
    assert.match(told.sentence, says)
    assert.equal(told.outcome, event.kind)
    assert.equal(told.status, status)
    assert.equal(told.rule, null)
    assert.deepEqual([told.rules, told.facts], [[], []])
  })
}

test('`explain` says who used a consent first, and does not speak of keys then', (t) => {
  const archive = archiveOf(t)
  const linesOf = (code: AccessEvent['code'], first?: string): readonly string[] => {
    const event = access({ outcome: 'denied', code, ...(first !== undefined && { first }) })
    return explain(stored(event), archive)
      .facts.filter(({ name }) => name === 'use of the consent' || name === 'idempotency')
      .map(({ name, value }) => `${name}: ${value.split(' ').slice(0, 4).join(' ')}`)
  }
  const by = 'use of the consent: request d-1'
  assert.deepEqual(linesOf('GH_GATEWAY_PAYMENT_CONSENT_USED', 'd-1'), [`${by} has paid`])
  assert.deepEqual(linesOf('GH_GATEWAY_PAYMENT_CONSENT_IN_USE', 'd-1'), [`${by} was at`])
  assert.deepEqual(linesOf('GH_GATEWAY_PAYMENT_CONSENT_IN_DOUBT', 'd-1'), [`${by} was sent`])
  assert.deepEqual(linesOf('GH_GATEWAY_PAYMENT_CONSENT_UNAVAILABLE'), [
    'use of the consent: that it is used',
  ])
  assert.deepEqual(linesOf('GH_GATEWAY_IDEMPOTENCY_IN_DOUBT', 'd-1'), [
    'idempotency: the key is of',
  ])
})
