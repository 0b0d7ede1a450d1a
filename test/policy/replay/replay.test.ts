/** What a replay counts, what it refuses to guess, and what it makes of records that are old, cut or spoilt. */
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import fc from 'fast-check'
import type { Plan } from '../../../src/decide/index.ts'
import type { AccessEvent, GatehouseEvent } from '../../../src/events/index.ts'
import { GatehouseError } from '../../../src/lib/index.ts'
import { createReplay, parseRange, type ReplayReport } from '../../../src/policy/replay/index.ts'
import { MAX_GROUPS } from '../../../src/policy/replay/tally.ts'
import { MAX_OPEN_CALLS } from '../../../src/policy/replay/replay.ts'
import { linearRegex } from '../../support/linear-regex.ts'
import { BEFORE, DRAFTS, planNamed, rule } from './drafts.ts'
import { type Driven, drivenGateway, type DrivenRequest } from './driven-gateway.ts'
import { fillFeed, requestsOfChance } from './requests.ts'

const [ENFORCED = planNamed('enforced')] = BEFORE
const SHORT = planNamed(
  'short',
  rule('token.lifetime', () => ({ params: { maxSeconds: 60 } })),
)

let gateway: Driven
let sample: readonly AccessEvent[]
before(async () => {
  gateway = await drivenGateway()
  fillFeed(gateway)
  sample = await gateway.drive(ENFORCED, requestsOfChance(400, 7))
})

const GOOD: DrivenRequest = { method: 'GET', target: '/aisp/accounts', headers: [], token: {} }

function replayed(
  draft: Plan,
  events: readonly GatehouseEvent[],
  planOf: (digest: string) => Plan | undefined = (digest) =>
    [...BEFORE, ...DRAFTS].find((plan) => plan.digest === digest),
  api?: string,
): ReplayReport {
  const replay = createReplay({ draft, regex: linearRegex, planOf, api })
  for (const event of events) replay.take(event)
  return replay.report()
}

/** Every decision is in exactly one of these. */
function total({ newlyDenied, newlyAllowed, unchanged, undecidable }: ReplayReport): number {
  const sum = (groups: readonly { readonly count: number }[]): number =>
    groups.reduce((all, { count }) => all + count, 0)
  return (
    sum(newlyDenied) + sum(newlyAllowed) + sum(undecidable) + unchanged.allowed + unchanged.denied
  )
}

describe('what changes is counted', () => {
  test('by rule, client and operation, from when to when, with one to look at', async () => {
    const events = await gateway.drive(ENFORCED, [
      GOOD,
      GOOD,
      { ...GOOD, target: '/aisp/accounts/A1' },
      { ...GOOD, target: '/aisp/accounts/A9' },
      { ...GOOD, target: '/aisp/atms', token: null },
    ])
    const report = replayed(SHORT, events)
    const [many, one, ...more] = report.newlyDenied
    assert.equal(more.length, 0)
    assert.deepEqual(
      [many?.rule, many?.code, many?.client, many?.operation, many?.count],
      ['token.lifetime', 'GH_GATEWAY_TOKEN_LIFETIME', 'tpp-a', 'GetAccounts', 2],
    )
    assert.equal(many?.example, events[1]?.id)
    assert.equal(many?.firstSeen, events[0]?.at)
    assert.deepEqual([one?.operation, one?.count], ['GetAccount', 1])
    assert.deepEqual(report.unchanged, { allowed: 1, denied: 1, deniedOtherwise: 1 })
    assert.equal(report.decisions, 5)
  })

  test('a rule that is loosened lets through what it alone refused, named by what refused then', async () => {
    const slow = { ...GOOD, token: { client_id: 'tpp-slow', consent_id: 'consent-foreign' } }
    const events = await gateway.drive(ENFORCED, [slow])
    const loosened = planNamed(
      'loosened',
      rule('identity.clientStatus', () => ({ params: { statuses: ['active', 'suspended'] } })),
    )
    const report = replayed(loosened, events)
    assert.deepEqual(
      report.newlyAllowed.map(({ rule: name, code, client }) => [name, code, client]),
      [['identity.clientStatus', 'GH_GATEWAY_CLIENT_INACTIVE', 'tpp-slow']],
    )
    // The consent was looked up together with the client, so the rules behind the refusal decide: none objects.
    assert.equal(total(report), 1)
  })

  test('under a consent that was used nobody knows what repeated: the same rule says what it said, another cannot tell', async () => {
    gateway.feed.addConsent('consent-used', { status: 'COND', used: true })
    const events = await gateway.drive(ENFORCED, [
      { ...GOOD, token: { consent_id: 'consent-used' } },
    ])
    assert.deepEqual(
      events.map(({ code, facts }) => [code, facts?.consent?.used]),
      [['GH_GATEWAY_PAYMENT_CONSENT_USED', true]],
    )
    assert.deepEqual(replayed(ENFORCED, events).unchanged.denied, 1)
    const other = replayed(
      planNamed(
        'other-statuses',
        rule('authz.consent', ({ params }) => ({
          params: { ...params, statuses: ['AUTH', 'COND'] },
        })),
      ),
      events,
    )
    assert.deepEqual(
      other.undecidable.map(({ rule: name }) => name),
      ['authz.consent'],
    )
  })

  test('of one API: what it was of then or would be of now, and what is left out is nowhere in the report', async () => {
    const requests = [GOOD, { ...GOOD, target: '/aisp/nothing' }, { ...GOOD, target: '/nowhere' }]
    const [accounts, ...others] = await gateway.drive(ENFORCED, requests)
    assert.ok(accounts !== undefined)
    const elsewhere: AccessEvent = { ...accounts, id: 'elsewhere', api: 'elsewhere' }
    const early: GatehouseEvent = {
      v: 1,
      kind: 'refused',
      id: 'early',
      at: 1,
      code: 'GH_GATEWAY_REQUEST_MALFORMED',
      cause: 'HPE_INVALID_METHOD',
      peer: '127.0.0.1',
    }
    const events = [accounts, ...others, early, elsewhere]
    const api = accounts.api ?? ''
    const own = replayed(SHORT, events, undefined, api)
    // The draft sends the request of "elsewhere" to this API: it is of both.
    assert.deepEqual([own.newlyDenied[0]?.count, own.refusedEarly], [1, 0])
    assert.equal(own.decisions, total(own))
    assert.equal(own.decisions, 3)
    const other = replayed(SHORT, events, undefined, 'elsewhere')
    assert.deepEqual([other.decisions, total(other)], [1, 1])
    const none = replayed(SHORT, events, undefined, 'nobody')
    assert.deepEqual([none.decisions, total(none), none.watched], [0, 0, []])
    const all = replayed(SHORT, events)
    assert.deepEqual([all.decisions, all.refusedEarly], [4, 1])
  })

  test('a strictly audited call counts once, and one whose end nobody saw counts too', () => {
    const [event] = sample.filter(({ outcome }) => outcome === 'allowed')
    assert.ok(event !== undefined)
    const intent: AccessEvent = { ...event, status: 0, response: null }
    assert.equal(replayed(ENFORCED, [intent, event]).decisions, 1)
    assert.equal(replayed(ENFORCED, [intent, { ...intent, id: 'other' }]).decisions, 2)
    assert.equal(replayed(ENFORCED, [intent, { ...intent, id: 'other' }, event]).decisions, 2)
  })

  test('calls without an end are held up to the limit, and none is lost', () => {
    const [event] = sample.filter(({ outcome }) => outcome === 'allowed')
    assert.ok(event !== undefined)
    const replay = createReplay({ draft: ENFORCED, regex: linearRegex, planOf: () => ENFORCED })
    for (let at = 0; at <= MAX_OPEN_CALLS; at++)
      replay.take({ ...event, id: `call-${at}`, status: 0 })
    assert.equal(replay.report().decisions, MAX_OPEN_CALLS + 1)
  })

  test('clients beyond the limit of groups are counted in one without names', async () => {
    const [event] = await gateway.drive(ENFORCED, [GOOD])
    assert.ok(event !== undefined)
    const many = Array.from({ length: MAX_GROUPS + 2 }, (_, at) => ({
      ...event,
      client: `client-${at}`,
    }))
    const report = replayed(SHORT, many)
    assert.equal(report.newlyDenied.length, MAX_GROUPS + 1)
    assert.equal(report.newlyDenied.find(({ rule: name }) => name === 'others')?.count, 2)
    assert.equal(total(report), many.length)
  })

  test('an answer that was trimmed and would leave whole is told, one that may change is not guessed', async () => {
    const events = await gateway.drive(ENFORCED, [GOOD])
    assert.equal(events[0]?.outcome, 'trimmed')
    const whole = planNamed(
      'whole',
      rule('response.fields', () => ({ mode: 'observe' })),
    )
    assert.equal(replayed(whole, events).noLongerTrimmed[0]?.count, 1)
    const other = planNamed(
      'other',
      rule('response.fields', (one) => ({ params: { ...one.params, drop: [['Data']] } })),
    )
    assert.equal(replayed(other, events).answerUndecidable[0]?.count, 1)
    const same = replayed(ENFORCED, events)
    assert.deepEqual([same.noLongerTrimmed, same.answerUndecidable], [[], []])
  })

  test('rules that watch tell what they have seen, and whom they would refuse', async () => {
    const watched = planNamed(
      'watch',
      rule('token.lifetime', () => ({ mode: 'observe', params: { maxSeconds: 60 } })),
    )
    const events = await gateway.drive(ENFORCED, [
      GOOD,
      { ...GOOD, token: { exp: 1_767_603_600 + 30 } },
      { ...GOOD, token: { client_id: 'tpp-b' } },
    ])
    const [seen] = replayed(watched, events).watched
    assert.deepEqual(
      [seen?.rule, seen?.requests, seen?.clients, seen?.wouldDeny, seen?.wouldDenyClients],
      ['token.lifetime', 3, 2, 2, 2],
    )
    assert.deepEqual(replayed(ENFORCED, events).watched, [])
  })
})

describe('nothing is guessed', () => {
  test('an event of before these facts were recorded is decided where the rule is the same, and not where it is another', () => {
    const old = sample.flatMap((event): AccessEvent[] => {
      if (event.facts === null) return []
      const {
        gathered: _1,
        undeclaredQuery: _2,
        headers: _3,
        named: _4,
        body: _5,
        ...facts
      } = event.facts
      const token =
        facts.token === null ? null : without(facts.token, ['issuedAt', 'expiresAt', 'notBefore'])
      return [{ ...event, facts: { ...facts, token } }]
    })
    const same = replayed(ENFORCED, old)
    assert.deepEqual([same.newlyDenied, same.newlyAllowed], [[], []])
    const short = replayed(SHORT, old)
    assert.deepEqual(
      [...new Set(short.undecidable.map(({ rule: name }) => name))].includes('token.lifetime'),
      true,
    )
    assert.deepEqual(short.newlyDenied, [])
  })

  test('without the plan of then, rules that need no more than the facts still decide', () => {
    const report = replayed(SHORT, sample, () => undefined)
    assert.equal(report.planNotKept, sample.length)
    assert.deepEqual(report.newlyAllowed, [])
    assert.equal(total(report), sample.length)
  })

  test('an event of a later format is refused, not read as well as may be', () => {
    const [event] = sample
    assert.ok(event !== undefined)
    const later = { ...event, v: 2 } as unknown as AccessEvent // sound: what a later version would write
    assert.throws(
      () => replayed(ENFORCED, [later]),
      (error: unknown) =>
        error instanceof GatehouseError && error.code === 'GH_POLICY_REPLAY_FORMAT',
    )
  })

  test('a path that was not recorded is decided only where every route is as it was', async () => {
    const events = await gateway.drive(ENFORCED, [{ ...GOOD, target: '/aisp/nothing' }])
    assert.equal(replayed(SHORT, events).unchanged.denied, 1)
    const more = planNamed('more', (api) => ({
      ...api,
      operations: api.operations.map((one) => ({ ...one, path: `${one.path}/x` })),
    }))
    assert.equal(replayed(more, events).undecidable[0]?.rule, 'gateway.baseline')
  })
})

function without<T extends object>(value: T, names: readonly string[]): T {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name))) as T // sound: optional members only
}

const RUNS = Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 10_000)

test('property: spoilt records are counted and never end a replay', () => {
  const replays = [ENFORCED, SHORT, ...DRAFTS.slice(4, 12)].map((draft) =>
    createReplay({ draft, regex: linearRegex, planOf: () => ENFORCED }),
  )
  const odd = fc.constantFrom<unknown>(
    null,
    0,
    -1,
    '',
    'x',
    '…',
    true,
    [],
    {},
    '\u0000',
    1e300,
    '/aisp/{}',
    '{',
  )
  fc.assert(
    fc.property(
      fc.nat(),
      fc.nat(),
      fc.array(fc.tuple(fc.nat(), odd), { maxLength: 3 }),
      (which, draft, changes) => {
        const event = sample[which % sample.length]
        const copy = JSON.parse(JSON.stringify(event)) as AccessEvent // sound: a copy
        for (const [at, value] of changes) spoil(copy, at, value)
        replays[draft % replays.length]?.take(copy)
      },
    ),
    { numRuns: RUNS },
  )
  for (const replay of replays) replay.report()
})

/** Puts another value in one place of the record; its kind, format and status stay, or it would be another event. */
function spoil(event: object, at: number, value: unknown): void {
  const places: (readonly [object, string])[] = []
  const walk = (owner: object): void => {
    for (const [name, inner] of Object.entries(owner)) {
      if (owner === event && ['v', 'kind', 'id'].includes(name)) continue
      places.push([owner, name])
      if (typeof inner === 'object' && inner !== null) walk(inner as object)
    }
  }
  walk(event)
  const [owner, name] = places[at % places.length] ?? [event, 'route']
  Object.assign(owner, { [name]: value })
}

describe('`parseRange`', () => {
  const NOW = Date.UTC(2026, 10, 28, 12)
  const RANGES: readonly (readonly [text: string, from: string, to: string])[] = [
    ['24h', '2026-11-27T12:00:00.000Z', 'open'],
    ['7d', '2026-11-21T12:00:00.000Z', 'open'],
    ['90m', '2026-11-28T10:30:00.000Z', 'open'],
    ['2w', '2026-11-14T12:00:00.000Z', 'open'],
    ['2026-11-01', '2026-11-01T00:00:00.000Z', '2026-11-02T00:00:00.000Z'],
    ['2026-11-01..2026-11-02', '2026-11-01T00:00:00.000Z', '2026-11-03T00:00:00.000Z'],
    ['2026-11-01..', '2026-11-01T00:00:00.000Z', 'open'],
    ['..2026-11-01', '1970-01-01T00:00:00.000Z', '2026-11-02T00:00:00.000Z'],
    [
      '2026-11-01T08:00Z..2026-11-01T09:30:10+01:00',
      '2026-11-01T08:00:00.000Z',
      '2026-11-01T08:30:10.000Z',
    ],
    ['all', '1970-01-01T00:00:00.000Z', 'open'],
  ]
  for (const [text, from, to] of RANGES)
    test(`reads ${text}`, () => {
      const range = parseRange(text, NOW)
      assert.equal(new Date(range.from).toISOString(), from)
      assert.equal(Number.isFinite(range.to) ? new Date(range.to).toISOString() : 'open', to)
    })
  for (const text of [
    '',
    'x',
    '0h',
    '24',
    '-1d',
    '1y',
    '2026-13-01',
    '2026-02-30',
    '2026-11-02..2026-11-01',
    '..',
    '1d..2d',
    '2026-11-01..2026-11-02..2026-11-03',
    '123456d',
    '2026-11-01T08:00..2026-11-01T09:00',
  ])
    test(`refuses ${JSON.stringify(text)}`, () => {
      assert.throws(
        () => parseRange(text, NOW),
        (error: unknown) => error instanceof GatehouseError && error.code === 'GH_CLI_USAGE',
      )
    })
})
