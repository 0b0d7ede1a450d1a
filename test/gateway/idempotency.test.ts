/** Idempotency keys through a whole gateway, a real store and a bank that counts orders. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test, type TestContext } from 'node:test'
import { idempotencyKeys, MAX_KEPT_BYTES } from '../../src/app/idempotency-keys.ts'
import { installationKey } from '../../src/app/installation-key.ts'
import { prepare } from '../../src/decide/index.ts'
import type { IdempotencyKeys } from '../../src/gateway/core/index.ts'
import { MAX_TWINS } from '../../src/gateway/core/reservations.ts'
import { idempotencyMigrations, openSqliteStore } from '../../src/store/index.ts'
import { until } from '../support/until.ts'
import { type CallOptions, gatewayRig, type Rig } from '../support/gateway-rig.ts'
import { keyedPlan } from '../support/keyed-plan.ts'
import { linearRegex } from '../support/linear-regex.ts'
import type { RawAnswer } from '../support/raw-http.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const PATH = '/aisp/accounts/A1/notes'

interface Bank extends Rig {
  readonly dir: string
  orders(): number
  pay(key: string | null, text?: string, options?: CallOptions): Promise<RawAnswer>
  /** The same data under another run of the process: what the last one left is what it left. */
  restart(): void
}

function answerOf(status: string, text: string): string {
  const body = JSON.stringify({ Text: text })
  return `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\nlocation: /bank/payments/1\r\ncontent-length: ${body.length}\r\n\r\n${body}`
}

async function bank(t: TestContext, limits = {}): Promise<Bank> {
  const dir = temporaryFolder(t)
  const store = await openSqliteStore({
    dir: join(dir, 'store'),
    create: true,
    migrations: idempotencyMigrations,
  })
  t.after(() => store.close())
  let keys: IdempotencyKeys | undefined
  let begin = (): void => undefined
  const rig = await gatewayRig(t, {
    limits,
    idempotencyKeys: (clock) => {
      begin = () => {
        const made = idempotencyKeys({
          store,
          key: installationKey(dir),
          clock,
          scheduler: clock,
          owner: randomUUID(),
          alone: true,
          say: (failure) => assert.fail(String(failure)),
        })
        t.after(made.stop)
        keys = made.keys
      }
      begin()
      // Asked through: a restart swaps what is behind it.
      return {
        reserve: (asked) => keys?.reserve(asked) ?? assert.fail(),
        settle: (...settled) => keys?.settle(...settled) ?? assert.fail(),
        release: (...released) => keys?.release(...released) ?? assert.fail(),
      }
    },
  })
  rig.swap(prepare(keyedPlan({ upstream: rig.upstream.origin }), { regex: linearRegex }))
  rig.upstream.script = (_request, socket) =>
    socket.write(answerOf('201 Created', `order ${rig.upstream.seen.length}`))
  return Object.assign(rig, {
    dir,
    orders: () => rig.upstream.seen.length,
    pay: (key: string | null, text = 'pay', options: CallOptions = {}) =>
      rig.call(PATH, {
        method: 'POST',
        body: JSON.stringify({ Text: text }),
        ...options,
        headers: [
          'Content-Type: application/json',
          ...(key === null ? [] : [`X-Idempotency-Key: ${key}`]),
          ...(options.headers ?? []),
        ],
      }),
    restart: () => begin(),
  })
}

const codeOf = ({ body }: RawAnswer): unknown => (JSON.parse(body) as { code?: unknown }).code

test('the same key with the same request gets the same answer, and the bank one order', async (t) => {
  const rig = await bank(t)
  const first = await rig.pay('key-1')
  const again = await rig.pay('key-1')
  assert.deepEqual([first.status, again.status], [201, 201])
  assert.equal(again.body, first.body)
  assert.equal(again.headers.get('location'), '/aisp/payments/1')
  assert.notEqual(
    again.headers.get('x-fapi-interaction-id'),
    first.headers.get('x-fapi-interaction-id'),
  )
  assert.equal(rig.orders(), 1)
  const ends = rig.sink.access.filter(({ status }) => status !== 0)
  assert.equal(ends.length, 2)
  assert.equal(ends[1]?.first, ends[0]?.id)
  assert.equal(ends[1]?.response, null)
  rig.restart()
  assert.equal((await rig.pay('key-1')).body, first.body, 'another run of the process knows it too')
  assert.equal(rig.orders(), 1)
})

test('what a request says is the request: other members order and spaces are the same, another value is not', async (t) => {
  const rig = await bank(t)
  await rig.pay('key-1')
  const spaced = await rig.pay('key-1', '', { body: ' { "Text" : "p\\u0061y" } ' })
  assert.equal(spaced.status, 201)
  for (const other of [
    () => rig.pay('key-1', 'pay more'),
    () => rig.pay('key-1', 'pay', { token: rig.token({ consent_id: 'consent-2' }) }),
  ]) {
    rig.feed.addConsent('consent-2')
    const refused = await other()
    assert.deepEqual([refused.status, codeOf(refused)], [422, 'GH_GATEWAY_IDEMPOTENCY_KEY_REUSED'])
  }
  const elsewhere = await rig.call('/aisp/accounts/A2/notes', {
    method: 'POST',
    body: '{"Text":"pay"}',
    headers: ['Content-Type: application/json', 'x-idempotency-key: key-1'],
  })
  assert.equal(codeOf(elsewhere), 'GH_GATEWAY_IDEMPOTENCY_KEY_REUSED')
  assert.equal(rig.orders(), 1)
})

test('keys of another client are other keys; after 24 hours a key is a new one', async (t) => {
  const rig = await bank(t)
  await rig.pay('key-1')
  rig.feed.addClient('tpp-b')
  rig.feed.addConsent('consent-b', { client: 'tpp-b' as never }) // sound: a test's own id
  const other = { token: rig.token({ client_id: 'tpp-b', consent_id: 'consent-b' }) }
  assert.equal((await rig.pay('key-1', 'pay', other)).status, 201)
  assert.equal(rig.orders(), 2)
  rig.clock.advance(86_400_000 - 1)
  assert.equal((await rig.pay('key-1')).status, 201)
  assert.equal(rig.orders(), 2)
  rig.clock.advance(1)
  assert.equal((await rig.pay('key-1')).status, 201)
  assert.equal(rig.orders(), 3)
})

test('50 twins at once: one order, and one answer for all', async (t) => {
  const rig = await bank(t)
  const held: Socket[] = []
  rig.upstream.script = (_request, socket) => void held.push(socket)
  const twins = Array.from({ length: 50 }, () => rig.pay('key-1'))
  const other = await until(() => rig.orders() === 1).then(() => rig.pay('key-1', 'another'))
  assert.equal(codeOf(other), 'GH_GATEWAY_IDEMPOTENCY_KEY_REUSED')
  held[0]?.write(answerOf('201 Created', 'the order'))
  const answers = await Promise.all(twins)
  assert.equal(rig.orders(), 1)
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([201]))
  assert.equal(new Set(answers.map(({ body }) => body)).size, 1)
})

test(`more than ${MAX_TWINS} twins are told to come again`, async (t) => {
  const rig = await bank(t)
  let bankSocket: Socket | undefined
  rig.upstream.script = (_request, socket) => (bankSocket = socket)
  const twins = Array.from({ length: MAX_TWINS + 2 }, () => rig.pay('key-1'))
  const early = await Promise.race(twins)
  assert.deepEqual([early.status, codeOf(early)], [409, 'GH_GATEWAY_IDEMPOTENCY_IN_PROGRESS'])
  assert.equal(early.headers.get('retry-after'), '1')
  await until(() => bankSocket !== undefined)
  bankSocket?.write(answerOf('201 Created', 'the order'))
  const answers = await Promise.all(twins)
  assert.equal(answers.filter(({ status }) => status === 201).length, MAX_TWINS + 1)
})

test('a call whose end nobody saw is in doubt: told with the first decision, never sent again', async (t) => {
  const rig = await bank(t)
  rig.upstream.script = (_request, socket) => socket.destroy()
  const first = await rig.pay('key-1')
  assert.equal(first.status, 502)
  for (let at = 0; at < 2; at++) {
    const again = await rig.pay('key-1')
    assert.deepEqual([again.status, codeOf(again)], [409, 'GH_GATEWAY_IDEMPOTENCY_IN_DOUBT'])
    assert.equal(
      (JSON.parse(again.body) as { first: string }).first,
      JSON.parse(first.body).decision,
    )
    rig.restart()
  }
  assert.equal(rig.orders(), 1)
})

for (const [status, then] of [
  ['500 Internal Server Error', 'GH_GATEWAY_IDEMPOTENCY_IN_DOUBT'],
  ['503 Service Unavailable', 'GH_GATEWAY_IDEMPOTENCY_IN_DOUBT'],
] as const)
  test(`an error of the bank leaves open what it did: ${status}`, async (t) => {
    const rig = await bank(t)
    rig.upstream.script = (_request, socket) => socket.write(answerOf(status, 'x'))
    assert.ok((await rig.pay('key-1')).status >= 500)
    assert.equal(codeOf(await rig.pay('key-1')), then)
    assert.equal(rig.orders(), 1)
  })

test('a refusal of the bank is its answer; "too many requests" did nothing, and the key is free again', async (t) => {
  const rig = await bank(t)
  rig.upstream.script = (_request, socket) => socket.write(answerOf('400 Bad Request', 'no'))
  const first = await rig.pay('key-1')
  assert.equal(first.status, 400)
  assert.equal((await rig.pay('key-1')).body, first.body)
  assert.equal(rig.orders(), 1)
  rig.upstream.script = (_request, socket) =>
    socket.write(answerOf('429 Too Many Requests', 'later'))
  await rig.pay('key-2')
  rig.upstream.script = (_request, socket) => socket.write(answerOf('201 Created', 'now'))
  assert.equal((await rig.pay('key-2')).status, 201)
  assert.equal(rig.orders(), 3)
})

test('a bank that cannot be reached was sent nothing: the same key works when it is back', async (t) => {
  const rig = await bank(t)
  const nowhere = keyedPlan({ upstream: 'http://127.0.0.1:1' })
  rig.swap(prepare(nowhere, { regex: linearRegex }))
  assert.equal((await rig.pay('key-1')).status, 502)
  rig.swap(prepare(keyedPlan({ upstream: rig.upstream.origin }), { regex: linearRegex }))
  assert.equal((await rig.pay('key-1')).status, 201)
})

test('a client that leaves does not undo what the bank does: its key has the answer', async (t) => {
  const rig = await bank(t)
  let bankSocket: Socket | undefined
  rig.upstream.script = (_request, socket) => (bankSocket = socket)
  const connection = rig.connect()
  const body = '{"Text":"pay"}'
  connection.send(
    `POST ${PATH} HTTP/1.1\r\nHost: b\r\nAuthorization: Bearer ${rig.token()}\r\nContent-Type: application/json\r\nX-Idempotency-Key: key-1\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  )
  await until(() => bankSocket !== undefined)
  connection.destroy()
  const again = rig.pay('key-1')
  bankSocket?.write(answerOf('201 Created', 'the order'))
  const answer = await again
  assert.deepEqual([answer.status, JSON.parse(answer.body)], [201, { Text: 'the order' }])
  assert.equal(rig.orders(), 1)
})

test('keys are asked for in the form of the specification, and a refused request uses none up', async (t) => {
  const rig = await bank(t)
  assert.equal(codeOf(await rig.pay(null)), 'GH_GATEWAY_IDEMPOTENCY_KEY_MISSING')
  for (const key of ['x'.repeat(41), 'ü', 'a\tb', '']) {
    const refused = await rig.pay(key)
    assert.equal(refused.status, 400, key)
  }
  const twice = await rig.pay('a', 'pay', { headers: ['X-Idempotency-Key: b'] })
  assert.equal(twice.status, 400)
  assert.equal((await rig.pay('key-1', 'x'.repeat(101))).status, 400)
  assert.equal(rig.orders(), 0)
  assert.equal((await rig.pay('x'.repeat(40))).status, 201)
  assert.equal((await rig.pay('a b')).status, 201)
  assert.equal((await rig.pay('key-1')).status, 201)
})

test('a store that fails refuses before anything is sent; an intent that cannot be recorded frees the key', async (t) => {
  const rig = await gatewayRig(t, {
    idempotencyKeys: () => ({
      reserve: () => Promise.reject(new Error('disk full')),
      settle: assert.fail,
      release: assert.fail,
    }),
  })
  rig.swap(prepare(keyedPlan({ upstream: rig.upstream.origin }), { regex: linearRegex }))
  const options = {
    method: 'POST',
    body: '{"Text":"x"}',
    headers: ['Content-Type: application/json', 'X-Idempotency-Key: k'],
  }
  const answer = await rig.call(PATH, options)
  assert.deepEqual([answer.status, codeOf(answer)], [503, 'GH_GATEWAY_IDEMPOTENCY_UNAVAILABLE'])
  assert.equal(answer.headers.get('retry-after'), '1')
  assert.equal(rig.upstream.seen.length, 0)

  const other = await bank(t)
  other.sink.failure = new Error('disk full')
  assert.equal((await other.pay('key-1')).status, 503)
  assert.equal(other.orders(), 0)
  delete (other.sink as { failure?: Error }).failure
  assert.equal((await other.pay('key-1')).status, 201)
})

test('a gateway without a place for keys refuses what needs one', async (t) => {
  const rig = await gatewayRig(t)
  rig.swap(prepare(keyedPlan({ upstream: rig.upstream.origin }), { regex: linearRegex }))
  const answer = await rig.call(PATH, {
    method: 'POST',
    body: '{"Text":"x"}',
    headers: ['Content-Type: application/json', 'X-Idempotency-Key: k'],
  })
  assert.deepEqual([answer.status, rig.upstream.seen.length], [500, 0])
})

test('neither key, nor client, nor a word of request or answer stands in the store', async (t) => {
  const rig = await bank(t)
  rig.upstream.script = (_request, socket) =>
    socket.write(answerOf('201 Created', 'GB29NWBK60161331926819'))
  await rig.pay('secret-key', 'DE02100100109307118603')
  const db = new DatabaseSync(join(rig.dir, 'store', 'gatehouse.db'), { readOnly: true })
  t.after(() => db.close())
  const rows = db.prepare('SELECT * FROM idempotency_key').all()
  assert.equal(rows.length, 1)
  const kept = rows
    .flatMap((row) => Object.values(row))
    .map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value))
    .join(' ')
  for (const secret of ['secret-key', 'DE02', 'GB29', 'tpp-a', 'Text'])
    assert.ok(!kept.includes(secret), secret)
  assert.ok(MAX_KEPT_BYTES > 65_536)
})
