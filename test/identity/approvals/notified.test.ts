/** CIBA ping, at least once: whatever becomes of the process that answered and of the third party, it is told, a bounded number of times. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test, type TestContext } from 'node:test'
import { systemClock } from '../../../src/app/system-ports.ts'
import { FIRST_LOOK_MS, MAX_TRIES, RETRY_MS } from '../../../src/identity/notifications.ts'
import type { Store } from '../../../src/store/index.ts'
import { askDecoupled } from '../client.ts'
import { startBank } from '../consents/bank.ts'
import { page } from '../consents/journey.ts'
import { assertAnswer } from '../refusals.ts'
import { decoupledClient, phoneOf, poll } from './phone.ts'

const READ = { type: 'account_access', permissions: ['ReadBalances'], accounts: ['22200'] }
const TOKEN = 'a-notification-token-of-the-client'

async function house(t: TestContext, metadata: object = {}) {
  const clients = [
    await decoupledClient('tpp', {
      backchannel_token_delivery_mode: 'ping',
      backchannel_client_notification_endpoint: 'https://third-party.example/ping',
      ...metadata,
    }),
  ]
  const [client] = clients
  assert.ok(client)
  const secret = randomBytes(32).toString('base64url')
  const pings: string[] = []
  let status: number | 'away' = 204
  let shift = 0
  const clock = { ...systemClock, now: () => Date.now() + shift }
  const open = (store?: Store) =>
    startBank(t, {
      testClients: clients,
      secret,
      clock,
      decoupled: 'page',
      ...(store === undefined ? {} : { store }),
      outside(_, { body, headers }) {
        assert.equal(new Headers(headers).get('authorization'), `Bearer ${TOKEN}`)
        assert.ok(typeof body === 'string')
        pings.push((JSON.parse(body) as { auth_req_id: string }).auth_req_id) // sound: what CIBA says
        if (status === 'away') return Promise.reject(new TypeError('away'))
        return Promise.resolve(new Response(null, { status }))
      },
    })
  const bank = await open()
  const begin = async (): Promise<string> => {
    const answer = await askDecoupled(bank.ask, client, {
      scope: 'openid accounts',
      login_hint: 'amira',
      authorization_details: JSON.stringify([READ]),
      client_notification_token: TOKEN,
    })
    assertAnswer(answer, '200', 'asked')
    return String(answer.body['auth_req_id'])
  }
  const answered = async (refuses = false): Promise<string> => {
    const id = await begin()
    const phone = await phoneOf(bank.ask)
    const shown = await phone.open()
    page(await (refuses ? phone.refuse(shown) : phone.approve(shown)))
    return id
  }
  return {
    ...bank,
    client,
    pings,
    open,
    answered,
    is: (now: number | 'away'): void => void (status = now),
    later: (ms: number): void => void (shift += ms),
  }
}

test('who was away is told by another process, after a restart, and once', async (t) => {
  const at = await house(t)
  at.is('away')
  const ids = [await at.answered(), await at.answered(true)]
  assert.deepEqual(at.pings, ids, 'tried at once')
  at.server.stop()
  const [next, other] = [await at.open(at.store), await at.open(at.store)]
  at.is(204)
  await next.server.look()
  assert.equal(at.pings.length, 2, 'whoever answered may still be trying')
  at.later(FIRST_LOOK_MS)
  await Promise.all([next.server.look(), other.server.look()])
  assert.deepEqual(at.pings.slice(2).toSorted(), ids.toSorted(), 'of two processes one tells it')
  at.later(FIRST_LOOK_MS)
  await next.server.look()
  assert.equal(at.pings.length, 4)
  assertAnswer(await poll(next.ask, at.client, ids[0] ?? ''), '200', 'approved')
  assertAnswer(await poll(next.ask, at.client, ids[1] ?? ''), '400 access_denied', 'refused')
})

test('what was told at once is not told again', async (t) => {
  const at = await house(t)
  const id = await at.answered()
  at.later(FIRST_LOOK_MS)
  await at.server.look()
  assert.deepEqual(at.pings, [id])
})

test('a third party that stays away is tried a bounded number of times, with longer and longer waits', async (t) => {
  const at = await house(t)
  at.is(503)
  const id = await at.answered()
  at.later(FIRST_LOOK_MS)
  const waits: number[] = []
  for (let looks = 0, since = 0; looks < 200; looks++) {
    const before = at.pings.length
    await at.server.look()
    if (at.pings.length > before) {
      waits.push(since)
      since = 0
    }
    since += 1_000
    at.later(1_000)
  }
  assert.equal(at.pings.length, 1 + MAX_TRIES)
  for (const [n, wait] of waits.entries())
    if (n > 0) assert.ok(Math.abs(wait - RETRY_MS * 2 ** (n - 1)) <= 3_000, `${n}: ${wait}`)
  assert.ok(at.pings.every((one) => one === id))
})

test('who says that the request is wrong is not asked a third time, and who has the token already never', async (t) => {
  const at = await house(t)
  at.is(404)
  await at.answered()
  for (let looks = 0; looks < 4; looks++) {
    at.later(FIRST_LOOK_MS)
    await at.server.look()
  }
  assert.equal(at.pings.length, 2)
  at.is('away')
  const taken = await at.answered()
  assertAnswer(await poll(at.ask, at.client, taken), '200', 'it asked all the same')
  at.later(FIRST_LOOK_MS)
  await at.server.look()
  assert.equal(at.pings.length, 3)
})

test('of a request that ended nobody is told, and a client that polls is owed nothing', async (t) => {
  const at = await house(t)
  at.is('away')
  await at.answered()
  at.later(400_000)
  await at.server.look()
  assert.equal(at.pings.length, 1)
  const polls = await house(t, {
    backchannel_token_delivery_mode: 'poll',
    backchannel_client_notification_endpoint: undefined,
  })
  await polls.answered()
  polls.later(FIRST_LOOK_MS)
  await polls.server.look()
  assert.deepEqual(polls.pings, [])
})
