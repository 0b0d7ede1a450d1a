/** Accesses without the customer: four in any 24 hours, through a whole gateway and a real store. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { unattendedAccesses } from '../../src/app/unattended-accesses.ts'
import { prepare } from '../../src/decide/index.ts'
import { type DurableQuotas } from '../../src/gateway/core/index.ts'
import { MAX_QUOTA_WAIT_MS } from '../../src/gateway/core/durable-quotas.ts'
import { openSqliteStore, quotaMigrations, type Store } from '../../src/store/index.ts'
import { type CallOptions, gatewayRig, type Rig } from '../support/gateway-rig.ts'
import { linearRegex } from '../support/linear-regex.ts'
import { unattendedPlan } from '../support/rated-plan.ts'
import type { RawAnswer } from '../support/raw-http.ts'
import { jsonAnswer } from '../support/scripted-upstream.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { until } from '../support/until.ts'

const A1 = '/aisp/accounts/A1'
const A2 = '/aisp/accounts/A2'
const LIST = '/aisp/accounts'
const TRANSACTIONS = `${A1}/transactions`
const PRESENT = ['x-fapi-customer-ip-address: 203.0.113.7']
const DAY = 86_400_000

interface Counted extends Rig {
  readonly dir: string
  readonly store: Store
  /** Another run of the process over the same store. */
  restart(): void
  /** What is asked instead of the store. */
  through(quotas: Partial<DurableQuotas>): void
  get(target: string, options?: CallOptions): Promise<number>
  times(count: number, target: string, options?: CallOptions): Promise<readonly number[]>
}

async function counted(
  t: TestContext,
  options: Omit<Parameters<typeof unattendedPlan>[0], 'upstream'> = {},
): Promise<Counted> {
  const dir = temporaryFolder(t)
  const store = await openSqliteStore({ dir, create: true, migrations: quotaMigrations })
  t.after(() => store.close())
  let quotas: DurableQuotas | undefined
  let instead: Partial<DurableQuotas> = {}
  let begin = (): void => undefined
  const rig = await gatewayRig(t, {
    quotas: (clock) => {
      let run = 0
      begin = () => {
        const made = unattendedAccesses({
          store,
          clock,
          scheduler: clock,
          owner: `run-${++run}`,
          alone: true,
          say: (failure) => assert.fail(String(failure)),
        })
        t.after(made.stop)
        quotas = made.quotas
      }
      begin()
      return {
        take: (asked) => instead.take?.(asked) ?? quotas?.take(asked) ?? assert.fail(),
        settle: (...settled) =>
          instead.settle?.(...settled) ?? quotas?.settle(...settled) ?? assert.fail(),
      }
    },
  })
  rig.swap(
    prepare(unattendedPlan({ upstream: rig.upstream.origin, ...options }), { regex: linearRegex }),
  )
  rig.feed.addConsent('consent-2', { subject: 'customer-2' })
  rig.feed.addClient('tpp-b')
  rig.feed.addConsent('consent-b', { client: 'tpp-b' as never }) // sound: a test's own id
  const get = async (target: string, call?: CallOptions): Promise<number> =>
    (await rig.call(target, call)).status
  return Object.assign(rig, {
    dir,
    store,
    restart: () => begin(),
    through: (given: Partial<DurableQuotas>) => (instead = given),
    get,
    times: async (count: number, target: string, call?: CallOptions) => {
      const all: number[] = []
      for (let at = 0; at < count; at++) all.push(await get(target, call))
      return all
    },
  })
}

const codeOf = ({ body }: RawAnswer): unknown => (JSON.parse(body) as { code?: unknown }).code

test('the fifth access without the customer is refused, and told when the next may come', async (t) => {
  const rig = await counted(t)
  const first = await rig.call(A1)
  assert.equal(first.headers.get('ratelimit-policy'), '"unattended";q=4;w=86400')
  assert.equal(first.headers.get('ratelimit'), '"unattended";r=3;t=86400')
  rig.clock.advance(3_600_000)
  assert.deepEqual(await rig.times(3, A1), [200, 200, 200])
  const fifth = await rig.call(A1)
  assert.equal(fifth.status, 429)
  assert.equal(codeOf(fifth), 'GH_GATEWAY_UNATTENDED_EXCEEDED')
  assert.equal(fifth.headers.get('retry-after'), '82800')
  assert.equal(fifth.headers.get('ratelimit'), '"unattended";r=0;t=82800')
  const event = rig.sink.access.at(-1)
  assert.deepEqual(
    event?.failed.map(({ rule, control, code, effect }) => [rule, control, code, effect]),
    [['rate.unattended', 'unattended-frequency', 'GH_GATEWAY_UNATTENDED_EXCEEDED', 'denied']],
  )
  assert.equal(rig.upstream.seen.length, 4)
  rig.clock.advance(DAY - 3_600_000 - 1)
  assert.equal(await rig.get(A1), 429)
  rig.clock.advance(1)
  assert.deepEqual(await rig.times(2, A1), [200, 429], 'a day after the first, one comes back')
})

test('with the customer present nothing is counted, and nothing refused', async (t) => {
  const rig = await counted(t)
  assert.deepEqual(await rig.times(6, A1, { headers: PRESENT }), [200, 200, 200, 200, 200, 200])
  assert.deepEqual(await rig.times(5, A1), [200, 200, 200, 200, 429])
  assert.equal(await rig.get(A1, { headers: PRESENT }), 200)
  assert.equal(await rig.get(A1, { headers: ['PSU-IP-Address: 203.0.113.7'] }), 200)
  for (const value of ['', '  ']) {
    const headers = [`x-fapi-customer-ip-address:${value}`]
    assert.equal(await rig.get(A1, { headers }), 429, 'a header that says nothing')
  }
})

test('accounts, operations, customers and clients are counted apart; another consent is no other customer', async (t) => {
  const rig = await counted(t)
  rig.feed.addConsent('consent-3')
  const spent = [200, 200, 200, 200, 429]
  assert.deepEqual(await rig.times(5, A1), spent)
  assert.deepEqual(await rig.times(5, A2), spent)
  assert.deepEqual(await rig.times(5, TRANSACTIONS), spent)
  assert.equal(await rig.get(A1, { token: rig.token({ consent_id: 'consent-3' }) }), 429)
  const customer = rig.token({ consent_id: 'consent-2', sub: 'customer-2' })
  assert.deepEqual(await rig.times(5, A1, { token: customer }), spent)
  const client = rig.token({ client_id: 'tpp-b', consent_id: 'consent-b' })
  assert.deepEqual(await rig.times(5, A1, { token: client }), spent)
})

test('a collection is an access to each account of the consent', async (t) => {
  const rig = await counted(t)
  rig.feed.addConsent('wide', { accounts: new Set(['A1', 'A2', 'A3']) })
  rig.feed.addConsent('other', { accounts: new Set(['A4']) })
  assert.deepEqual(await rig.times(4, LIST), [200, 200, 200, 200])
  assert.equal(await rig.get(LIST, { token: rig.token({ consent_id: 'wide' }) }), 429)
  const other = { token: rig.token({ consent_id: 'other' }) }
  assert.deepEqual(await rig.times(5, LIST, other), [200, 200, 200, 200, 429])
})

test('a higher number that was agreed applies, of client or consent; a lower one never', async (t) => {
  const rig = await counted(t)
  rig.feed.addConsent('consent-1', { frequencyPerDay: 6 })
  assert.equal((await rig.times(7, A1)).filter((status) => status === 200).length, 6)
  rig.feed.addConsent('consent-1', { frequencyPerDay: 1 })
  assert.equal((await rig.times(7, A2)).filter((status) => status === 200).length, 4)
  const tpp = rig.feed.clients.get('tpp-a')
  assert.ok(tpp !== undefined)
  rig.feed.clients.set('tpp-a', { ...tpp, frequencyPerDay: 5 })
  assert.equal((await rig.times(7, TRANSACTIONS)).filter((status) => status === 200).length, 5)
})

test('a plan that allows fewer than four is not run', async (t) => {
  const rig = await counted(t, { accesses: 3 })
  assert.equal(codeOf(await rig.call(A1)), 'GH_GATEWAY_API_CLOSED')
})

/** What is left after it, as the client is told. */
const left = async (rig: Counted, target: string): Promise<string | undefined> =>
  /r=(\d+)/.exec((await rig.call(target)).headers.get('ratelimit') ?? '')?.[1]

/** The bank answers with what leads on from each target. */
function leading(rig: Counted, to: (target: string) => object): void {
  rig.upstream.script = ({ line }, socket) =>
    socket.write(jsonAnswer({ Data: { Transaction: [] }, ...to(line.split(' ')[1] ?? '') }))
}

test('further pages are those that an answer of ours led to; no other is free', async (t) => {
  const rig = await counted(t)
  const page = (value: number | string, rest = ''): string => `${TRANSACTIONS}?page=${value}${rest}`
  leading(rig, (target) => {
    const next = Number(/page=(\d+)/.exec(target)?.[1] ?? 1) + 1
    return { Links: { Self: `https://api.bank.example${target}`, Next: page(next) } }
  })
  assert.equal(await rig.get(TRANSACTIONS), 200)
  for (let at = 2; at < 7; at++) assert.equal(await left(rig, page(at)), '3', String(at))
  assert.equal(await left(rig, page('7', '&x=1')), '2', 'another query than that of the link')
  assert.equal(await left(rig, page(2)), '1', 'the same page again is another access')
  assert.equal(await left(rig, `${TRANSACTIONS}?cursor=made-up`), '0', 'nobody gave it')
  assert.equal(await rig.get(page(99)), 429, 'ahead of what was given')
  for (const first of ['1', '01', '0']) assert.equal(await rig.get(page(first)), 429)
  assert.equal(await rig.get(page(7)), 200, 'page 6 led to it')
  rig.clock.advance(900_000)
  assert.equal(await rig.get(page(8)), 429, 'its time is over')
})

test('a bank that pays no heed to a cursor gives no pages away', async (t) => {
  const rig = await counted(t)
  leading(rig, () => ({}))
  const all = []
  for (let at = 0; at < 20; at++) all.push(await rig.get(`${TRANSACTIONS}?cursor=c${at}`))
  assert.equal(all.filter((status) => status === 200).length, 4)
})

test('a link may name its page by days, a cursor may stand in a member; neither serves another client', async (t) => {
  const rig = await counted(t)
  const since = `${TRANSACTIONS}?fromBookingDateTime=2026-01-01T00:00:00Z`
  leading(rig, (target) =>
    target.includes('?')
      ? { Meta: { NextCursor: 'c 2' } }
      : { Links: { Next: 'https://api.bank.example' + since.replaceAll(':', '%3A') } },
  )
  assert.equal(await left(rig, TRANSACTIONS), '3')
  const client = { token: rig.token({ client_id: 'tpp-b', consent_id: 'consent-b' }) }
  const other = await rig.call(since, client)
  assert.match(other.headers.get('ratelimit') ?? '', /r=3;/, 'an access of its own')
  assert.equal(await left(rig, since), '3', 'by days')
  assert.equal(await left(rig, `${since}&cursor=c%202`), '3', 'by cursor')
  assert.equal(await left(rig, `${TRANSACTIONS}?cursor=c+2`), '2', 'a cursor of something else')
})

test('a link that leads to itself or to the first page leads nowhere', async (t) => {
  const rig = await counted(t)
  leading(rig, () => ({ Links: { Next: `${TRANSACTIONS}?page=1` } }))
  const all = []
  for (let at = 0; at < 8; at++) all.push(await rig.get(`${TRANSACTIONS}?page=1`))
  assert.equal(all.filter((status) => status === 200).length, 4)
  leading(rig, () => ({ Links: { Next: `${A2}/transactions?cursor=c` } }))
  const same = []
  for (let at = 0; at < 8; at++) same.push(await rig.get(`${A2}/transactions?cursor=c`))
  assert.equal(same.filter((status) => status === 200).length, 4)
})

test('an error of the bank, or of ours, is no access', async (t) => {
  const rig = await counted(t)
  for (const status of [
    '500 Internal Server Error',
    '503 Service Unavailable',
    '429 Too Many Requests',
  ]) {
    rig.upstream.script = (_request, socket) =>
      socket.write(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\n\r\n`)
    for (let at = 0; at < 5; at++) assert.notEqual(await rig.get(A1), 200)
  }
  rig.upstream.script = (_request, socket) =>
    socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1\r\n\r\n{')
  assert.equal(await rig.get(A1), 502)
  rig.upstream.script = (_request, socket) => socket.destroy()
  assert.equal(await rig.get(A1), 502)
  rig.upstream.script = (_request, socket) => socket.write(jsonAnswer({ Data: { Account: [] } }))
  assert.deepEqual(await rig.times(5, A1), [200, 200, 200, 200, 429])
})

test('a client that leaves before the answer has had none', async (t) => {
  const rig = await counted(t)
  const { script } = rig.upstream
  rig.upstream.script = () => undefined
  const connection = rig.connect()
  connection.send(
    `GET ${A1} HTTP/1.1\r\nHost: api.bank.example\r\nAuthorization: Bearer ${rig.token()}\r\n\r\n`,
  )
  await until(() => rig.upstream.seen.length === 1)
  connection.destroy()
  await until(() => rig.sink.access.some(({ status }) => status === 499))
  rig.upstream.script = script
  assert.deepEqual(await rig.times(5, A1), [200, 200, 200, 200, 429])
})

test('of 50 at once exactly four get through', async (t) => {
  const rig = await counted(t)
  const all = await Promise.all(Array.from({ length: 50 }, () => rig.get(A1)))
  assert.equal(all.filter((status) => status === 200).length, 4)
  assert.equal(all.filter((status) => status === 429).length, 46)
  assert.equal(rig.upstream.seen.length, 4)
})

test('what was counted outlives the process; what an answer never left for does not', async (t) => {
  const rig = await counted(t)
  assert.deepEqual(await rig.times(3, A1), [200, 200, 200])
  rig.upstream.script = () => undefined
  const connection = rig.connect()
  connection.send(
    `GET ${A1} HTTP/1.1\r\nHost: api.bank.example\r\nAuthorization: Bearer ${rig.token()}\r\n\r\n`,
  )
  await until(() => rig.upstream.seen.length === 4)
  rig.restart()
  rig.upstream.script = (_request, socket) => socket.write(jsonAnswer({ Data: { Account: [] } }))
  assert.deepEqual(await rig.times(2, A1), [200, 429])
})

test('under observe nobody is refused, the events say who would have been, and nothing is spent', async (t) => {
  const rig = await counted(t, { mode: 'observe' })
  assert.deepEqual(await rig.times(6, A1), [200, 200, 200, 200, 200, 200])
  const observed = rig.sink.access.map(({ failed }) => failed.map(({ effect }) => effect).join())
  assert.deepEqual(observed, ['', '', '', '', 'observed', 'observed'])
  rig.swap(prepare(unattendedPlan({ upstream: rig.upstream.origin }), { regex: linearRegex }))
  assert.deepEqual(await rig.times(5, A1), [200, 200, 200, 200, 429])
})

test('what another rule refuses is not counted', async (t) => {
  const rig = await counted(t)
  for (let at = 0; at < 5; at++) assert.equal(await rig.get('/aisp/accounts/FOREIGN'), 403)
  assert.equal(await rig.get(A1, { token: null }), 401)
  assert.deepEqual(await rig.times(5, A1), [200, 200, 200, 200, 429])
})

test('without the store what must be counted is refused, and the rest goes on', async (t) => {
  const rig = await counted(t)
  rig.through({ take: () => Promise.reject(new Error('closed')) })
  const refused = await rig.call(A1)
  assert.equal(refused.status, 503)
  assert.equal(codeOf(refused), 'GH_GATEWAY_QUOTA_UNAVAILABLE')
  assert.equal(refused.headers.get('retry-after'), '1')
  assert.equal(await rig.get(A1, { headers: PRESENT }), 200)
  assert.equal(rig.upstream.seen.length, 1)
})

test('a store that is too slow refuses, and what it takes late is given back', async (t) => {
  const rig = await counted(t)
  let settled: readonly unknown[] = []
  let answer = (): void => undefined
  rig.through({
    take: () =>
      new Promise((resolve) => {
        answer = () => resolve({ kind: 'taken', left: [{ remaining: 3, backAt: null }] })
      }),
    settle: (...given) => {
      settled = given
      return Promise.resolve()
    },
  })
  const waiting = rig.call(A1)
  await until(() => answer.toString().includes('resolve'))
  rig.clock.advance(MAX_QUOTA_WAIT_MS - 1)
  assert.equal(rig.sink.access.length, 0)
  rig.clock.advance(1)
  assert.equal((await waiting).status, 503)
  answer()
  await until(() => settled.length > 0)
  assert.equal(settled.length, 2)
  assert.equal(settled[1], undefined)
})

test('under observe a store that does not answer refuses nobody', async (t) => {
  const rig = await counted(t, { mode: 'observe' })
  rig.through({ take: () => Promise.reject(new Error('closed')) })
  assert.equal(await rig.get(A1), 200)
  assert.deepEqual(
    rig.sink.access.at(-1)?.failed.map(({ code, effect }) => [code, effect]),
    [['GH_GATEWAY_QUOTA_UNAVAILABLE', 'observed']],
  )
})

test('neither client, customer, account nor page stands in the store', async (t) => {
  const rig = await counted(t)
  rig.feed.addConsent('consent-1', { accounts: new Set(['GB33BUKB20201555555555']) })
  leading(rig, () => ({ Links: { Next: '/t?page=88888' } }))
  assert.equal(await rig.get('/aisp/accounts/GB33BUKB20201555555555/transactions?page=77777'), 200)
  await rig.store.close()
  const bytes = readdirSync(rig.dir)
    .map((name) => readFileSync(join(rig.dir, name), 'latin1'))
    .join('')
  assert.ok(bytes.includes('quota_use') && bytes.length > 8_192)
  for (const word of ['GB33BUKB', 'tpp-a', 'customer-1', 'consent-1', '77777', '88888', 'page='])
    assert.ok(!bytes.includes(word), word)
})
