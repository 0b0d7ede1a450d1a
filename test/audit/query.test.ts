/** Every question against a model that simply looks at all events. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type EventFilter, parseCursor, readEventIndex } from '../../src/audit/index.ts'
import type { AccessEvent, GatehouseEvent } from '../../src/events/index.ts'
import { notice } from '../events/spool-harness.ts'
import { ALWAYS, caughtUp, HOUR_MS, nthEvent, NOON, spoolOf } from './index-harness.ts'

const code = (name: string) => (error: unknown) =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === name

const CLIENTS = ['tpp-a', 'tpp-b', 'tpp-c']
const PEOPLE = ['hmac:00000000000000aa', 'hmac:00000000000000bb']
const OPERATIONS = ['GetAccounts', 'GetBalances', 'GetTransactions']

/** A few hundred decisions of three clients, some at the same millisecond. */
function traffic(count: number): GatehouseEvent[] {
  const pick = <T>(list: readonly T[], i: number): T | undefined => list[i % list.length]
  return Array.from({ length: count }, (_, i): GatehouseEvent => {
    if (i % 41 === 7) return notice(`n-${i}`)
    const denied = i % 5 === 3
    const changes: Partial<AccessEvent> = {
      at: NOON + Math.floor(((i * 7919) % count) / 3) * 60_000,
      client: i % 13 === 5 ? null : (pick(CLIENTS, i * 3 + (i >> 3)) ?? null),
      api: i % 2 === 0 ? 'accounts' : 'payments',
      operation: pick(OPERATIONS, i >> 2) ?? null,
      subject: i % 4 === 0 ? null : (pick(PEOPLE, i) ?? null),
      consent: pick(PEOPLE, i >> 1) ?? null,
      outcome: denied ? 'denied' : i % 3 === 0 ? 'trimmed' : 'allowed',
      code: denied ? 'GH_GATEWAY_SCOPE_MISSING' : null,
      failed: denied
        ? [
            {
              rule: 'authz.consent',
              control: 'scope-check',
              code: 'GH_GATEWAY_SCOPE_MISSING',
              effect: 'denied',
              detail: 'a test',
            },
          ]
        : [],
    }
    return nthEvent(i, changes)
  })
}

function matches(event: GatehouseEvent, filter: EventFilter): boolean {
  if (event.at < filter.since || event.at >= filter.until) return false
  const access = event.kind === 'access' ? event : undefined
  const of: Record<string, unknown> = {
    client: access?.client,
    api: access?.api ?? (event.kind === 'notice' ? event.api : undefined),
    operation: access?.operation,
    code: event.code,
    rule: access?.failed[0]?.rule,
    outcome: access?.outcome ?? (event.kind === 'refused' ? 'refused' : undefined),
    subject: access?.subject,
    consent: access?.consent,
  }
  return Object.entries(filter).every(
    ([name, wanted]) => wanted === undefined || !(name in of) || of[name] === wanted,
  )
}

const filters: fc.Arbitrary<EventFilter> = fc
  .record({
    client: fc.option(fc.constantFrom(...CLIENTS, 'nobody'), { nil: undefined }),
    api: fc.option(fc.constantFrom('accounts', 'payments'), { nil: undefined }),
    operation: fc.option(fc.constantFrom(...OPERATIONS), { nil: undefined }),
    code: fc.option(fc.constantFrom('GH_GATEWAY_SCOPE_MISSING', 'GH_GATEWAY_TOKEN_EXPIRED'), {
      nil: undefined,
    }),
    rule: fc.option(fc.constantFrom('authz.consent', 'none'), { nil: undefined }),
    outcome: fc.option(fc.constantFrom('allowed', 'denied', 'trimmed', 'refused'), {
      nil: undefined,
    }),
    subject: fc.option(fc.constantFrom(...PEOPLE, 'hmac:ff'), { nil: undefined }),
    consent: fc.option(fc.constantFrom(...PEOPLE), { nil: undefined }),
    from: fc.integer({ min: -60, max: 200 }),
    minutes: fc.integer({ min: 1, max: 400 }),
  })
  .map(({ from, minutes, ...words }) => ({
    // sound: the words of `outcome` are outcomes
    ...(words as Partial<EventFilter>),
    since: NOON + from * 60_000,
    until: NOON + (from + minutes) * 60_000,
  }))

test('any question has the answer of a full look, page by page, each event once, in order', async (t) => {
  const events = traffic(500)
  const made = await spoolOf(t, events, { maxSegmentBytes: 40_000 })
  ;(await caughtUp(t, made)).close()
  const index = await readEventIndex(made)
  t.after(() => index.close())
  await fc.assert(
    fc.asyncProperty(filters, fc.integer({ min: 1, max: 60 }), async (filter, limit) => {
      const wanted = events
        .map((event, place) => ({ event, place }))
        .filter(({ event }) => matches(event, filter))
        .sort((a, b) => a.event.at - b.event.at || a.place - b.place)
        .map(({ event }) => event.id)
      const found: string[] = []
      let after: string | null = null
      do {
        const page = await index.list({
          ...filter,
          limit,
          after: after === null ? undefined : parseCursor(after),
        })
        assert.equal(page.unreadable, 0)
        assert.ok(page.events.length <= limit)
        found.push(...page.events.map((stored) => stored.event.id))
        after = page.next
      } while (after !== null)
      assert.deepEqual(found, wanted)
      assert.equal(await index.count(filter), wanted.length)
      const groups = await index.group({ ...filter, by: 'operation' })
      const decisions = events.filter((one) => one.kind === 'access' && matches(one, filter))
      assert.equal(
        groups.reduce((sum, group) => sum + group.count, 0),
        decisions.length,
      )
    }),
    { numRuns: Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 400) },
  )
})

test('counting by client says what each is doing', async (t) => {
  const made = await spoolOf(t, [
    nthEvent(1),
    nthEvent(2, { operation: 'GetBalances' }),
    nthEvent(3, { outcome: 'denied', code: 'GH_GATEWAY_SCOPE_MISSING', status: 403 }),
    nthEvent(4, { outcome: 'failed', code: 'GH_GATEWAY_UPSTREAM_ERROR', status: 502 }),
    nthEvent(5, { client: 'tpp-b' }),
    nthEvent(6, { client: null, outcome: 'denied', code: 'GH_GATEWAY_TOKEN_MISSING' }),
    notice('n-1'),
  ])
  ;(await caughtUp(t, made)).close()
  const index = await readEventIndex(made)
  t.after(() => index.close())
  const groups = await index.group({ ...ALWAYS, by: 'client' })
  assert.deepEqual(groups[0], {
    key: 'tpp-a',
    count: 4,
    denied: 1,
    failed: 1,
    trimmed: 0,
    deniedRatio: 0.25,
    firstSeen: '2026-06-01T12:01:00.000Z',
    lastSeen: '2026-06-01T12:04:00.000Z',
    operations: [
      { operation: 'GetAccounts', count: 3 },
      { operation: 'GetBalances', count: 1 },
    ],
    distinctOperations: 2,
  })
  assert.deepEqual(
    groups.slice(1).map((group) => [group.key, group.count, group.deniedRatio]),
    [
      [null, 1, 1],
      ['tpp-b', 1, 0],
    ],
  )
  const keys = async (by: 'hour' | 'code' | 'outcome'): Promise<unknown> =>
    (await index.group({ ...ALWAYS, by })).map((group) => [group.key, group.count])
  assert.deepEqual(await keys('hour'), [['2026-06-01T12:00:00.000Z', 6]])
  assert.deepEqual(await keys('outcome'), [
    ['allowed', 3],
    ['denied', 2],
    ['failed', 1],
  ])
  assert.deepEqual((await index.group({ ...ALWAYS, by: 'code', outcome: 'denied' })).length, 2)
})

test('what is no question is refused', async (t) => {
  const made = await spoolOf(t, [nthEvent(1)])
  ;(await caughtUp(t, made)).close()
  const index = await readEventIndex(made)
  t.after(() => index.close())
  const invalid = code('GH_AUDIT_QUERY_INVALID')
  for (const limit of [0, 1001, 1.5, Number.NaN])
    await assert.rejects(index.list({ ...ALWAYS, limit }), invalid)
  await assert.rejects(index.count({ since: NOON, until: NOON }), invalid)
  await assert.rejects(index.count({ since: Number.NaN, until: NOON }), invalid)
  assert.equal(await index.count({ since: NOON, until: NOON + HOUR_MS }), 1)
})

test('an event whose segment is gone is counted and not shown', async (t) => {
  const made = await spoolOf(t, [])
  ;(await caughtUp(t, made)).close()
  const filled = await spoolOf(t, [nthEvent(1), nthEvent(2)], { maxSegmentBytes: 600 })
  ;(await caughtUp(t, filled)).close()
  const index = await readEventIndex(filled)
  t.after(() => index.close())
  const { rmSync } = await import('node:fs')
  rmSync(`${filled.spoolDir}/0000000001.seg`)
  const page = await index.list({ ...ALWAYS, limit: 10 })
  assert.ok(page.unreadable >= 1)
  assert.equal(page.events.length + page.unreadable, 2)
})
