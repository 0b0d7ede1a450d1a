/** Several addresses of one bank API: whose turn it is, which are left out, and what goes to a second one. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { createServer, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import type { Plan, PlanUpstream } from '../../src/decide/index.ts'
import { createUpstreamPools, type UpstreamNews } from '../../src/gateway/node/index.ts'
import type { FakeClock } from '../support/fake-clock.ts'
import { gatewayRig, type Rig, type RigOptions } from '../support/gateway-rig.ts'
import {
  jsonAnswer,
  type ScriptedUpstream,
  scriptedUpstream,
} from '../support/scripted-upstream.ts'
import { seededChance } from '../support/seeded-chance.ts'
import { until } from '../support/until.ts'

const EJECTION = { failures: 5, baseMs: 10_000, maxMs: 60_000, maxPercent: 50 }
const RETRIES = { percent: 20, burst: 50 }
const OURS = '{"Data":{"Account":[]}}'
const NOTE = { method: 'POST', body: '{"Text":"a"}', headers: ['Content-Type: application/json'] }

const NO_CONTENT = [{ status: '204', headers: [], content: [] }]
const NOTED = 'HTTP/1.1 204 No Content\r\n\r\n'

interface Spread {
  readonly rig: Rig
  readonly second: ScriptedUpstream
  readonly news: (readonly [origin: string, news: UpstreamNews])[]
  /** Of the plan of that time, at each address. */
  readonly available: () => readonly boolean[]
}

async function spread(
  t: TestContext,
  changes: Partial<PlanUpstream> = {},
  options: RigOptions = {},
): Promise<Spread> {
  const second = await scriptedUpstream()
  t.after(() => second.close())
  second.script = (_request, socket) => socket.write(jsonAnswer(OURS))
  const news: (readonly [string, UpstreamNews])[] = []
  let pools: ReturnType<typeof createUpstreamPools> | undefined
  let planned: Plan | undefined
  const replan = (plan: Plan): Plan => {
    const { api, upstream } = only(plan)
    const own = {
      ...upstream,
      others: [second.origin],
      ejection: EJECTION,
      retries: RETRIES,
      ...changes,
    }
    const operations = api.operations.map(({ requestBody, ...one }) =>
      one.id === 'HeadAtms'
        ? { ...one, id: 'RemoveAtms', method: 'DELETE', responses: NO_CONTENT }
        : { ...one, ...(requestBody !== undefined && { requestBody }) },
    )
    return (planned = { ...plan, apis: [{ ...api, operations, upstream: own }] })
  }
  const rig = await gatewayRig(t, {
    ...options,
    replan,
    pools: (clock: FakeClock) =>
      (pools = createUpstreamPools({
        scheduler: clock,
        chance: seededChance(7),
        watcher: (...told) => news.push(told),
        plan: () => planned ?? { format: 1, digest: '', issuers: [], apis: [] },
      })),
  })
  t.after(() => pools?.close())
  return {
    rig,
    second,
    news,
    available: () => pools?.states.map(({ available }) => available) ?? [],
  }
}

function only(plan: Plan) {
  const [api] = plan.apis
  if (api?.state !== 'active') throw new Error('the API is closed')
  return { api, upstream: api.upstream }
}

test('requests are shared among the addresses, each under its own host', async (t) => {
  const { rig, second } = await spread(t)
  for (let time = 0; time < 40; time++) assert.equal((await rig.call('/aisp/accounts')).status, 200)
  const counts = [rig.upstream.seen.length, second.seen.length] as const
  assert.equal(counts[0] + counts[1], 40)
  assert.ok(counts.every((count) => count > 8))
  for (const bank of [rig.upstream, second])
    for (const { headers } of bank.seen)
      assert.deepEqual(
        headers.filter((line) => line.toLowerCase().startsWith('host:')),
        [`host: ${new URL(bank.origin).host}`],
      )
})

test('the address with fewer requests under way is the one that is asked', async (t) => {
  const { rig, second } = await spread(t)
  const held: Socket[] = []
  rig.upstream.script = (_request, socket) => held.push(socket)
  while (held.length === 0) {
    const waiting = rig.connect()
    const before = second.seen.length
    waiting.send(
      `GET /aisp/accounts HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${rig.token()}\r\n\r\n`,
    )
    await until(() => held.length > 0 || second.seen.length > before)
  }
  for (let time = 0; time < 20; time++) await rig.call('/aisp/accounts')
  assert.equal(held.length, 1)
})

test('an address that fails is left out, its neighbour is not, and it is tried again', async (t) => {
  const { rig, second, news, available } = await spread(t, { retries: { percent: 0, burst: 0 } })
  rig.upstream.script = (_request, socket) =>
    socket.write('HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n')
  while (news.length === 0) await rig.call('/aisp/accounts')
  assert.deepEqual(news, [[rig.upstream.origin, 'ejected']])
  assert.equal(rig.upstream.seen.length, 5)
  assert.deepEqual(available(), [false, true])
  for (let time = 0; time < 20; time++) assert.equal((await rig.call('/aisp/accounts')).status, 200)
  assert.equal(rig.upstream.seen.length, 5)
  // The last one left stays, however it fails.
  second.script = (_request, socket) => socket.write('HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n')
  for (let time = 0; time < 20; time++)
    assert.notEqual((await rig.call('/aisp/accounts')).status, 200)
  assert.equal(news.length, 1)
  rig.clock.advance(10_000)
  assert.deepEqual(news.at(-1), [rig.upstream.origin, 'returned'])
})

test('the breaker hears of an upstream as a whole: one dead address does not open it', async (t) => {
  const breaker = { failures: 3, openMs: 5_000 }
  const { rig, second, news } = await spread(t, {
    breaker,
    ejection: { ...EJECTION, failures: 1_000 },
  })
  rig.upstream.connected = (socket) => socket.resetAndDestroy()
  for (let time = 0; time < 40; time++) assert.equal((await rig.call('/aisp/accounts')).status, 200)
  second.connected = (socket) => socket.resetAndDestroy()
  for (const socket of second.sockets) socket.destroy()
  for (let time = 0; time < 3; time++) assert.equal((await rig.call('/aisp/accounts')).status, 502)
  assert.match((await rig.call('/aisp/accounts')).body, /GH_GATEWAY_UPSTREAM_SUSPENDED/)
  assert.deepEqual(news, [[rig.upstream.origin, 'suspended']])
})

const HEALTH = {
  path: '/health',
  intervalMs: 10_000,
  timeoutMs: 2_000,
  healthyAfter: 1,
  unhealthyAfter: 2,
}

/** Lets time pass until the next checks have been answered. */
async function checks(rig: Rig, holds: () => boolean): Promise<void> {
  while (!holds()) {
    rig.clock.advance(1_000)
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
  }
}

test('an address that fails its checks is left out until it passes them; no check reaches a decision', async (t) => {
  const { rig, second, news, available } = await spread(t, { health: HEALTH })
  let well = false
  rig.upstream.script = (request, socket) =>
    socket.write(
      request.line === 'GET /health HTTP/1.1' && !well
        ? 'HTTP/1.1 503 Oh\r\ncontent-length: 0\r\n\r\n'
        : jsonAnswer(OURS),
    )
  await checks(rig, () => news.length > 0)
  assert.deepEqual(news, [[rig.upstream.origin, 'unhealthy']])
  assert.deepEqual(available(), [false, true])
  const before = rig.upstream.seen.filter(({ line }) => line.includes('accounts')).length
  for (let time = 0; time < 20; time++) await rig.call('/aisp/accounts')
  assert.equal(rig.upstream.seen.filter(({ line }) => line.includes('accounts')).length, before)
  well = true
  await checks(rig, () => news.length > 1)
  assert.deepEqual(news.at(-1), [rig.upstream.origin, 'healthy'])
  assert.deepEqual(available(), [true, true])
  assert.equal(rig.sink.access.length, 20, 'a check is no request of anybody')
  assert.ok(second.seen.some(({ line }) => line === 'GET /health HTTP/1.1'))
  const [check] = second.seen.filter(({ line }) => line.startsWith('GET /health'))
  assert.equal(check?.header('host'), new URL(second.origin).host)
  assert.equal(check?.header('authorization'), undefined)
})

test('where no address is in order, all are asked', async (t) => {
  const { rig, second, news, available } = await spread(t, { health: HEALTH })
  const sick: ScriptedUpstream['script'] = (request, socket) => {
    if (request.line.startsWith('GET /health')) socket.destroy()
    else socket.write(jsonAnswer(OURS))
  }
  rig.upstream.script = sick
  second.script = sick
  await checks(rig, () => news.some(([, one]) => one === 'none-left'))
  assert.deepEqual(available(), [false, false])
  for (let time = 0; time < 20; time++) assert.equal((await rig.call('/aisp/accounts')).status, 200)
  second.script = (_request, socket) => socket.write(jsonAnswer(OURS))
  await checks(rig, () => news.some(([, one]) => one === 'some-left'))
  assert.deepEqual(available(), [false, true])
})

test('a check that is answered in drops, not at all or by a stranger is a bad one, and its connection ends', async (t) => {
  const { rig, second, news } = await spread(t, { health: { ...HEALTH, unhealthyAfter: 1 } })
  rig.upstream.script = (_request, socket) => socket.write('HTTP/1.1 2')
  second.script = (_request, socket) => socket.write('220 mail.bank.example ESMTP\r\n')
  await checks(rig, () => news.filter(([, one]) => one === 'unhealthy').length === 2)
  await until(() => [...rig.upstream.sockets, ...second.sockets].every((one) => one.destroyed))
})

type Stage = 'refuse' | 'accept' | 'head' | 'mid-body' | 'body' | 'mid-answer'

const ID = 'x-fapi-interaction-id'

/** A bank that ends every connection at one stage, and keeps the ids of all requests of which a head reached it. */
async function failingBank(t: TestContext, stage: Stage) {
  const arrived: string[] = []
  const server = createServer((socket) => {
    socket.on('error', () => {})
    if (stage === 'accept') return socket.resetAndDestroy()
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      const end = text.indexOf('\r\n\r\n')
      if (end < 0) return
      const [, id] = /x-fapi-interaction-id: (\S+)/i.exec(text) ?? []
      if (id !== undefined && !arrived.includes(id)) arrived.push(id)
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0)
      const body = text.length - end - 4
      if (stage === 'head' || (stage === 'mid-body' && body > 0)) return socket.resetAndDestroy()
      if (body < length) return undefined
      if (stage !== 'mid-answer') return socket.resetAndDestroy()
      socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-le', () =>
        socket.resetAndDestroy(),
      )
      return undefined
    })
    return undefined
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // sound: listening on TCP
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve())
    })
  if (stage === 'refuse') await close()
  else t.after(close)
  return { origin: `http://127.0.0.1:${port}`, arrived }
}

const COUNT = 50
for (const stage of ['refuse', 'accept', 'head', 'mid-body', 'body', 'mid-answer'] as const)
  for (const failures of [5, 1_000])
    test(`fifty at once, one of two banks ends each connection at: ${stage}; left out after ${failures}: no write arrives twice, and reads are answered`, async (t) => {
      const failing = await failingBank(t, stage)
      const { rig } = await spread(t, {
        others: [failing.origin],
        ejection: { ...EJECTION, failures },
      })
      rig.upstream.script = (request, socket) =>
        socket.write(request.line.startsWith('GET') ? jsonAnswer(OURS) : NOTED)
      const reads = await Promise.all(
        Array.from({ length: COUNT }, () => rig.call('/aisp/accounts')),
      )
      const broken = reads.filter(({ status }) => status !== 200)
      // Of an answer that had begun nobody knows what it would have been: RFC 9110 §9.2.2.
      if (stage === 'mid-answer') {
        assert.ok(broken.length > 0)
        assert.equal(
          rig.upstream.seen.length + failing.arrived.length,
          COUNT,
          'each arrived once, somewhere',
        )
      } else assert.equal(broken.length, 0)

      rig.upstream.seen.length = 0
      failing.arrived.length = 0
      rig.clock.advance(60_000)
      const ids: readonly string[] = Array.from({ length: COUNT }, () => randomUUID())
      const writes = await Promise.all(
        ids.map((id) =>
          rig.call('/aisp/accounts/A1/notes', {
            ...NOTE,
            headers: [...NOTE.headers, `${ID}: ${id}`],
          }),
        ),
      )
      const served = rig.upstream.seen.map((request) => request.header(ID) ?? '')
      const arrivals = [...served, ...failing.arrived]
      assert.equal(new Set(arrivals).size, arrivals.length, 'no write arrives twice')
      assert.ok(arrivals.every((id) => ids.includes(id)))
      const good = writes.filter(({ status }) => status === 204).length
      assert.equal(good, served.length)
      assert.ok(good > 0 && good < COUNT, 'both banks were asked')
      assert.ok(writes.every(({ status }) => status === 204 || status === 502))
    })

for (const [stage, served] of [
  ['refuse', true],
  ['head', false],
] as const)
  test(`a DELETE, which is idempotent and no read, goes to a second bank only if nothing of it left: ${stage}`, async (t) => {
    const failing = await failingBank(t, stage)
    const { rig } = await spread(t, {
      others: [failing.origin],
      ejection: { ...EJECTION, failures: 1_000 },
    })
    rig.upstream.script = (_request, socket) => socket.write(NOTED)
    const answers = await Promise.all(
      Array.from({ length: COUNT }, () => rig.call('/aisp/atms', { method: 'DELETE' })),
    )
    assert.equal(
      answers.every(({ status }) => status === 204),
      served,
    )
    const arrivals = [...rig.upstream.seen.map((one) => one.header(ID)), ...failing.arrived]
    assert.equal(new Set(arrivals).size, arrivals.length)
  })

test('what may go to a second address is bounded: a bank that is half dead does not get it all twice', async (t) => {
  const failing = await failingBank(t, 'accept')
  const { rig } = await spread(t, {
    others: [failing.origin],
    ejection: { ...EJECTION, failures: 1_000 },
    retries: { percent: 0, burst: 3 },
  })
  const answers = []
  for (let time = 0; time < 40; time++) answers.push(await rig.call('/aisp/accounts'))
  const failed = answers.filter(({ status }) => status === 502).length
  assert.ok(failed > 5)
  assert.equal(answers.length - failed, rig.upstream.seen.length)
})

test('a read that is late is not asked again elsewhere', async (t) => {
  const { rig, second } = await spread(t, { headersTimeoutMs: 50 })
  rig.upstream.script = () => undefined
  second.script = () => undefined
  assert.equal((await rig.call('/aisp/accounts')).status, 504)
  assert.equal(rig.upstream.seen.length + second.seen.length, 1)
})

test('a client that left is not asked for elsewhere', async (t) => {
  const { rig, second } = await spread(t)
  const held: Socket[] = []
  rig.upstream.script = (_request, socket) => held.push(socket)
  second.script = (_request, socket) => held.push(socket)
  const leaving = rig.connect()
  leaving.send(
    `GET /aisp/accounts HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${rig.token()}\r\n\r\n`,
  )
  await until(() => held.length === 1)
  leaving.destroy()
  await until(() => held[0]?.destroyed === true)
  assert.equal(rig.upstream.seen.length + second.seen.length, 1)
})
