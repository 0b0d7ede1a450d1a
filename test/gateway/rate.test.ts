/** Limits through a whole gateway: what is counted, for whom, what it costs, what clients are told. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { idempotencyKeys } from '../../src/app/idempotency-keys.ts'
import { installationKey } from '../../src/app/installation-key.ts'
import { prepare } from '../../src/decide/index.ts'
import { idempotencyMigrations, openSqliteStore } from '../../src/store/index.ts'
import { gatewayRig, type Rig, type RigOptions } from '../support/gateway-rig.ts'
import { keyedPlan } from '../support/keyed-plan.ts'
import { linearRegex } from '../support/linear-regex.ts'
import { ratedPlan, type RatedOptions } from '../support/rated-plan.ts'
import type { RawAnswer } from '../support/raw-http.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const ACCOUNTS = '/aisp/accounts'
const TRANSACTIONS = '/aisp/accounts/A1/transactions'

async function rated(
  t: TestContext,
  options: Omit<RatedOptions, 'upstream'>,
  rigOptions: RigOptions = {},
): Promise<Rig> {
  const rig = await gatewayRig(t, rigOptions)
  rig.feed.addConsent('consent-2', { subject: 'customer-2' })
  rig.feed.addClient('tpp-b')
  rig.feed.addConsent('consent-b', { client: 'tpp-b' as never }) // sound: a test's own id
  const plan = ratedPlan({ upstream: rig.upstream.origin, ...options })
  rig.swap(prepare(plan, { regex: linearRegex }))
  return rig
}

const OTHER_CONSENT = { consent_id: 'consent-2', sub: 'customer-2' }
const OTHER_CLIENT = { client_id: 'tpp-b', consent_id: 'consent-b' }

async function statuses(
  rig: Rig,
  count: number,
  target = ACCOUNTS,
  claims = {},
): Promise<number[]> {
  const all: number[] = []
  for (let at = 0; at < count; at++)
    all.push((await rig.call(target, { token: rig.token(claims) })).status)
  return all
}

const codeOf = ({ body }: RawAnswer): unknown => (JSON.parse(body) as { code?: unknown }).code

test('who has spent the limit gets 429 with the time to wait, and the window slides', async (t) => {
  const rig = await rated(t, { rate: { perClient: 3 } })
  assert.deepEqual(await statuses(rig, 3), [200, 200, 200])
  const refused = await rig.call(ACCOUNTS)
  assert.equal(refused.status, 429)
  assert.equal(codeOf(refused), 'GH_GATEWAY_RATE_EXCEEDED')
  assert.equal(refused.headers.get('content-type'), 'application/problem+json')
  const wait = Number(refused.headers.get('retry-after'))
  assert.ok(wait >= 60 && wait <= 66, String(wait))
  assert.equal(refused.headers.get('ratelimit-policy'), '"client";q=3;w=60')
  assert.equal(refused.headers.get('ratelimit'), `"client";r=0;t=${wait}`)
  rig.clock.advance((wait - 8) * 1000)
  assert.equal((await rig.call(ACCOUNTS)).status, 429)
  rig.clock.advance(8_000)
  assert.deepEqual(await statuses(rig, 4), [200, 200, 200, 429])
})

test('an answer says what is left, and neither names nor keys of whose it is', async (t) => {
  const rig = await rated(t, { rate: { perClient: 3, perConsent: 2, perSubject: 9, burst: 50 } })
  const { headers } = await rig.call(ACCOUNTS)
  assert.equal(
    headers.get('ratelimit-policy'),
    '"burst";q=50;w=1, "client";q=3;w=60, "consent";q=2;w=60, "customer";q=9;w=60',
  )
  assert.match(
    headers.get('ratelimit') ?? '',
    /^"burst";r=49;t=\d+, "client";r=2;t=\d+, "consent";r=1;t=\d+, "customer";r=8;t=\d+$/,
  )
  assert.doesNotMatch([...headers.values()].join(), /tpp-a|consent-1|customer-1|pk=/)
})

test('clients, consents, customers and operations are counted apart', async (t) => {
  const byClient = await rated(t, { rate: { perClient: 1 } })
  assert.deepEqual(await statuses(byClient, 2), [200, 429])
  assert.deepEqual(await statuses(byClient, 1, ACCOUNTS, OTHER_CONSENT), [429])
  assert.deepEqual(await statuses(byClient, 2, ACCOUNTS, OTHER_CLIENT), [200, 429])
  const byConsent = await rated(t, { rate: { perConsent: 1 } })
  assert.deepEqual(await statuses(byConsent, 2), [200, 429])
  assert.deepEqual(await statuses(byConsent, 2, ACCOUNTS, OTHER_CONSENT), [200, 429])
  const bySubject = await rated(t, { rate: { perSubject: 1 } })
  assert.deepEqual(await statuses(bySubject, 2), [200, 429])
  assert.deepEqual(await statuses(bySubject, 2, ACCOUNTS, OTHER_CONSENT), [200, 429])
  assert.deepEqual(await statuses(bySubject, 1, ACCOUNTS, OTHER_CLIENT), [200])
  const byOperation = await rated(t, { rate: { perOperation: 1 } })
  assert.deepEqual(await statuses(byOperation, 2), [200, 429])
  assert.deepEqual(await statuses(byOperation, 2, TRANSACTIONS), [200, 429])
})

test('a request takes the units that it costs, and what costs more than the limit takes all', async (t) => {
  const rig = await rated(t, { rate: { perClient: 10, cost: 4 } })
  assert.deepEqual(await statuses(rig, 3), [200, 200, 429])
  const dear = await rated(t, { rate: { perClient: 3, cost: 100 } })
  assert.deepEqual(await statuses(dear, 2), [200, 429])
})

test('what another rule refuses spends nothing', async (t) => {
  const rig = await rated(t, { rate: { perClient: 1 } })
  for (let at = 0; at < 5; at++) {
    assert.equal((await rig.call('/aisp/accounts/FOREIGN/transactions')).status, 403)
    assert.equal((await rig.call(ACCOUNTS, { token: null })).status, 401)
  }
  assert.deepEqual(await statuses(rig, 2), [200, 429])
})

test('of 50 requests at once exactly as many get through as the limit says', async (t) => {
  const rig = await rated(t, { rate: { perClient: 4 } })
  const all = await Promise.all(Array.from({ length: 50 }, () => rig.call(ACCOUNTS)))
  assert.equal(all.filter(({ status }) => status === 200).length, 4)
  assert.equal(all.filter(({ status }) => status === 429).length, 46)
  assert.equal(rig.upstream.seen.length, 4)
})

test('a rule that only observes refuses nobody, says whom it would have refused, and spends nothing', async (t) => {
  const rig = await rated(t, { rate: { perClient: 2 }, mode: 'observe' })
  const answer = await rig.call(ACCOUNTS)
  assert.equal(answer.headers.get('ratelimit'), undefined)
  assert.deepEqual(await statuses(rig, 2), [200, 200])
  assert.deepEqual(
    rig.sink.access.map(({ failed }) =>
      failed.map(({ rule, code, effect }) => [rule, code, effect]),
    ),
    [[], [], [['rate', 'GH_GATEWAY_RATE_EXCEEDED', 'observed']]],
  )
  const plan = ratedPlan({ upstream: rig.upstream.origin, rate: { perClient: 2 } })
  rig.swap(prepare(plan, { regex: linearRegex }))
  assert.deepEqual(await statuses(rig, 3), [200, 200, 429], 'nothing was spent while it observed')
})

test('a share of clients is held to it, and the others are watched', async (t) => {
  for (const [fraction, third] of [
    [0, 200],
    [10_000, 429],
  ] as const) {
    const rig = await rated(t, { rate: { perClient: 2 }, fraction })
    assert.deepEqual(await statuses(rig, 3), [200, 200, third])
    const effects = rig.sink.access.flatMap(({ failed }) => failed.map(({ effect }) => effect))
    assert.deepEqual(effects, [third === 429 ? 'denied' : 'observed'])
  }
})

test('the event of a refusal names the rule, its control and the quota, and nobody', async (t) => {
  const rig = await rated(t, { rate: { perClient: 1 } })
  assert.deepEqual(await statuses(rig, 2), [200, 429])
  const event = rig.sink.access.at(-1)
  assert.equal(event?.outcome, 'denied')
  assert.deepEqual(
    event?.failed.map(({ rule, control, effect }) => [rule, control, effect]),
    [['rate', 'consumption-limits', 'denied']],
  )
  assert.equal(event?.failed[0]?.detail, 'client: 1 in 60 s are spent')
})

test('who sets the wall clock changes no window', async (t) => {
  const rig = await rated(t, { rate: { perClient: 2 } })
  assert.deepEqual(await statuses(rig, 1), [200])
  for (const hours of [1, -2]) {
    rig.clock.setWallClock(hours * 3_600_000)
    const [status] = await statuses(rig, 1)
    assert.equal(status, hours === 1 ? 200 : 429)
  }
})

test('claims of one decision are taken all or none: a key that is refused gives the units back', async (t) => {
  const dir = temporaryFolder(t)
  const store = await openSqliteStore({
    dir: join(dir, 'store'),
    create: true,
    migrations: idempotencyMigrations,
  })
  t.after(() => store.close())
  const rig = await gatewayRig(t, {
    idempotencyKeys: (clock) => {
      const { keys, stop } = idempotencyKeys({
        store,
        key: installationKey(dir),
        clock,
        scheduler: clock,
        owner: randomUUID(),
        alone: true,
        say: (failure) => assert.fail(String(failure)),
      })
      t.after(stop)
      return keys
    },
  })
  const on = keyedPlan({ upstream: rig.upstream.origin })
  const plan = ratedPlan({ upstream: '', rate: { perClient: 2 }, on })
  rig.swap(prepare(plan, { regex: linearRegex }))
  const pay = (key: string, text: string): Promise<RawAnswer> =>
    rig.call('/aisp/accounts/A1/notes', {
      method: 'POST',
      body: JSON.stringify({ Text: text }),
      headers: ['Content-Type: application/json', `X-Idempotency-Key: ${key}`],
    })
  rig.upstream.script = (_request, socket) => {
    const body = '{"Text":"ok"}'
    socket.write(
      `HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    )
  }
  assert.equal((await pay('key-1', 'a')).status, 201)
  for (let at = 0; at < 5; at++) assert.equal((await pay('key-1', 'b')).status, 422)
  const again = await pay('key-1', 'a')
  assert.equal(again.status, 201, 'the units of what was refused are there')
  assert.match(again.headers.get('ratelimit') ?? '', /"client";r=0;/)
  assert.equal((await pay('key-2', 'c')).status, 429)
  assert.equal(rig.upstream.seen.length, 1, 'a key whose units were refused was not reserved')
  rig.clock.advance(66_000)
  assert.equal((await pay('key-2', 'd')).status, 201)
})
