/** What a bank API, or whoever took its place, may do to the gateway with one answer: bounded in bytes and in time. */
import assert from 'node:assert/strict'
import { createServer, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { createNodeGateway, createUpstreamPools } from '../../src/gateway/node/index.ts'
import { gatewayRig } from '../support/gateway-rig.ts'
import { RawConnection } from '../support/raw-http.ts'
import { jsonAnswer } from '../support/scripted-upstream.ts'
import { until } from '../support/until.ts'

const PATH = '/aisp/accounts'
const OURS = '{"Data":{"Account":[]}}'
const HEAD =
  'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n'
const BODY = `${OURS.length.toString(16)}\r\n${OURS}\r\n`

const DROPS: readonly (readonly [string, string, string])[] = [
  ['the trailers', `${HEAD}${BODY}0\r\nx-a: 1\r\n`, 'x-b'],
  ['a trailer', `${HEAD}${BODY}0\r\nx-a`, 'a'],
  ['the extension of a chunk', `${HEAD}5;a`, 'b'],
  ['the size of a chunk', `${HEAD}0`, '0'],
]
for (const [what, begun, drop] of DROPS)
  test(`${what} in drops: a time-out, however regular they are`, async (t) => {
    const rig = await gatewayRig(t, { patienceMs: 300 })
    rig.upstream.script = (_request, socket) => {
      socket.write(begun)
      // The limits of the plan: 300 ms each to connect, to the head, and for the body.
      setTimeout(() => {
        rig.clock.advance(901)
        const dripping = setInterval(() => socket.write(drop), 20)
        socket.on('close', () => clearInterval(dripping))
      }, 20)
    }
    const answer = await rig.call(PATH)
    assert.equal(answer.status, 504)
    assert.match(answer.body, /GH_GATEWAY_UPSTREAM_TIMEOUT/)
    await until(() => rig.upstream.sockets.every((socket) => socket.destroyed))
  })

const ENDLESS: readonly (readonly [string, string, (turn: number) => string])[] = [
  ['a head', 'HTTP/1.1 200 OK\r\n', (turn) => `x-${turn}: ${'a'.repeat(1_000)}\r\n`],
  ['one line of a head', 'HTTP/1.1 200 OK\r\nx: ', () => 'a'.repeat(1_000)],
  ['interim answers', '', () => 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'],
  ['a body in chunks', HEAD, () => `3e8\r\n${'1'.repeat(1_000)}\r\n`],
  ['a body of chunks of one byte', HEAD, () => '1\r\n1\r\n'.repeat(200)],
  ['the size of a chunk', HEAD, () => '0'.repeat(100)],
  ['trailers', `${HEAD}${BODY}0\r\n`, (turn) => `x-${turn}: ${'a'.repeat(1_000)}\r\n`],
  [
    'a body to the end of the connection',
    'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n',
    () => ' '.repeat(1_000),
  ],
]
for (const [what, begun, more] of ENDLESS)
  test(`${what} without end is refused, and the connection with it`, async (t) => {
    const rig = await gatewayRig(t)
    rig.upstream.script = (_request, socket) => {
      let turn = 0
      const write = (): void => {
        if (!socket.destroyed && turn++ < 100_000)
          socket.write(more(turn), () => setImmediate(write))
      }
      socket.write(begun, write)
    }
    const answer = await rig.call(PATH)
    assert.equal(answer.status, 502)
    assert.match(answer.body, /GH_GATEWAY_RESPONSE_REFUSED/)
    await until(() => rig.upstream.sockets.every((socket) => socket.destroyed))
  })

test('a body of pieces of one byte is the same body, however many they are', async (t) => {
  const rig = await gatewayRig(t)
  for (const count of [1_023, 1_024, 1_025, 2_049, 20_000]) {
    const body = OURS.replace('[]', `[${' '.repeat(count - OURS.length)}]`)
    rig.upstream.script = (_request, socket) =>
      socket.write(`${HEAD}${[...body].map((one) => `1\r\n${one}\r\n`).join('')}0\r\n\r\n`)
    const answer = await rig.call(PATH)
    assert.equal(answer.status, 200)
    assert.deepEqual(JSON.parse(answer.body), JSON.parse(OURS))
  }
})

test('an answer that comes before the request was whole is taken, and its connection is not used again', async (t) => {
  const connections: Socket[] = []
  const bank = createServer((socket) => {
    connections.push(socket)
    socket.on('error', () => {})
    socket.once('data', () => {
      // The rest of the request is never read.
      socket.pause()
      socket.write('HTTP/1.1 204 No Content\r\n\r\n')
    })
  })
  await new Promise<void>((resolve) => bank.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    for (const socket of connections) socket.destroy()
    bank.close()
  })
  const { port } = bank.address() as AddressInfo // sound: listening on TCP
  const rig = await gatewayRig(t, {
    upstream: `http://127.0.0.1:${port}`,
    maxBodyBytes: 16_777_216,
  })
  const body = `${' '.repeat(12_000_000)}{"Text":"a"}`
  const note = { method: 'POST', headers: ['Content-Type: application/json'], body }
  for (const count of [1, 2]) {
    assert.equal((await rig.call('/aisp/accounts/A1/notes', note)).status, 204)
    await until(() => connections.length === count)
  }
})

test('two listeners are one way to the bank: its connections, its places and its breaker', async (t) => {
  let pools: ReturnType<typeof createUpstreamPools> | undefined
  const rig = await gatewayRig(t, {
    breaker: { failures: 3, openMs: 5_000 },
    limits: { maxPerUpstream: 1 },
    pools: (clock) => (pools = createUpstreamPools({ scheduler: clock })),
  })
  assert.ok(pools)
  const { core, clock } = rig
  const second = createNodeGateway({
    core,
    clock,
    scheduler: clock,
    pools,
    limits: { maxPerUpstream: 1 },
  })
  const { port } = await second.listen({ host: '127.0.0.1', port: 0 })
  t.after(async () => {
    const closed = second.close(0)
    clock.advance(1)
    await closed
    pools?.close()
  })
  const there = async (): Promise<string> => {
    const connection = new RawConnection(port)
    t.after(() => connection.destroy())
    connection.send(
      `GET ${PATH} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${rig.token()}\r\n\r\n`,
    )
    const answer = await connection.answer()
    return answer?.status === 200 ? '200' : (/GH_[A-Z_]+/.exec(answer?.body ?? '')?.[0] ?? 'none')
  }
  rig.upstream.script = (_request, socket) => socket.write(jsonAnswer(OURS))
  assert.equal((await rig.call(PATH)).status, 200)
  assert.equal(await there(), '200')
  assert.equal(rig.upstream.sockets.length, 1, 'the connection of the one serves the other')

  const held: Socket[] = []
  rig.upstream.script = (_request, socket) => held.push(socket)
  const waiting = rig.call(PATH)
  await until(() => held.length === 1)
  assert.equal(
    await there(),
    'GH_GATEWAY_OVERLOADED',
    'the place of the one is taken for the other',
  )
  held[0]?.write(jsonAnswer(OURS))
  assert.equal((await waiting).status, 200)

  rig.upstream.script = (_request, socket) => socket.resetAndDestroy()
  for (let time = 0; time < 3; time++) assert.equal((await rig.call(PATH)).status, 502)
  assert.equal(
    await there(),
    'GH_GATEWAY_UPSTREAM_SUSPENDED',
    'what the one learnt the other knows',
  )
})
