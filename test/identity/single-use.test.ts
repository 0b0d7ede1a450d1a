/**
 * Single use over HTTP, against the whole server: of 50 at once one wins, with the store beside it and with the store 10 ms away, on both
 * databases. The library alone lets several through (identity.md §6); this is what the adapter is for.
 */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { errors } from 'oidc-provider'
import { skipWithoutPostgres } from '../support/postgres-server.ts'
import {
  askDecoupled,
  assertion,
  authorize,
  authorizePath,
  Browser,
  codeFor,
  makeClient,
  post,
  proof,
  push,
  redeem,
} from './client.ts'
import { adapterOver, CUSTOMER, grantAll, type RigOptions, startRig } from './rig.ts'
import type { Store } from '../../src/store/index.ts'
import { postgresStore, slowStore } from './racing-stores.ts'

const RACERS = 50
/** A device that is always reached. */
const DEVICE: RigOptions['decoupled'] = {
  subjectOf: (hint) => Promise.resolve(hint === 'amira' ? CUSTOMER : undefined),
  asked: () => Promise.resolve(),
}
const GRANTS = [
  'authorization_code',
  'refresh_token',
  'client_credentials',
  'urn:openid:params:grant-type:ciba',
]

const PLACES: readonly {
  readonly name: string
  readonly skip: string | false
  readonly options: (t: TestContext) => Promise<Pick<RigOptions, 'store' | 'through'>>
}[] = [
  { name: 'SQLite', skip: false, options: () => Promise.resolve({}) },
  {
    name: 'SQLite, 10 ms away',
    skip: false,
    options: () => Promise.resolve({ through: slowStore }),
  },
  {
    name: 'PostgreSQL',
    skip: skipWithoutPostgres,
    options: async (t) => ({ store: await postgresStore(t) }),
  },
  {
    name: 'PostgreSQL, 10 ms away',
    skip: skipWithoutPostgres,
    options: async (t) => ({ store: await postgresStore(t), through: slowStore }),
  },
]

function tally(
  results: readonly { readonly status: number; readonly body: Record<string, unknown> }[],
) {
  const counts: Record<string, number> = {}
  for (const { status, body } of results) {
    const key = `${status} ${typeof body['error'] === 'string' ? body['error'] : ''}`.trim()
    counts[key] = (counts[key] ?? 0) + 1
  }
  return counts
}

const racing = <T>(work: (at: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: RACERS }, (_, at) => work(at)))

for (const { name, skip, options } of PLACES) {
  const check = (title: string, work: (t: TestContext, more: RigOptions) => Promise<void>): void =>
    void test(`${name}: ${title}`, { skip }, async (t) => {
      const decoupled = { backchannel_token_delivery_mode: 'poll' } as const
      const testClients = [await makeClient('tpp', { grant_types: GRANTS, ...decoupled })]
      await work(t, { testClients, decoupled: DEVICE, ...(await options(t)) })
    })

  check('of 50 who redeem one code, one gets a token', async (t, given) => {
    const [client] = given.testClients
    assert.ok(client)
    const { ask } = await startRig(t, given)
    const code = await codeFor(ask, client)
    const results = await racing(() => redeem(ask, client, code))
    assert.deepEqual(tally(results), { 200: 1, '400 invalid_grant': RACERS - 1 })
  })

  check('of 50 with one client assertion, one is believed', async (t, given) => {
    const [client] = given.testClients
    assert.ok(client)
    const { ask } = await startRig(t, given)
    const once = await assertion(client)
    const form = { grant_type: 'client_credentials', scope: 'accounts' }
    const results = await racing(() => post(ask, client, '/token', form, { assertion: once }))
    assert.deepEqual(tally(results), { 200: 1, '401 invalid_client': RACERS - 1 })
  })

  check('of 50 with one DPoP proof, one is believed', async (t, given) => {
    const [client] = given.testClients
    assert.ok(client)
    const { ask } = await startRig(t, given)
    const once = await proof(client, '/token')
    const form = { grant_type: 'client_credentials', scope: 'accounts' }
    const results = await racing(() => post(ask, client, '/token', form, { proof: once }))
    assert.deepEqual(tally(results), { 200: 1, '400 invalid_grant': RACERS - 1 })
  })

  check('of 20 customers with one request_uri, one comes back with a code', async (t, given) => {
    const [client] = given.testClients
    assert.ok(client)
    const { ask } = await startRig(t, given)
    const requestUri = await push(ask, client)
    const answers = await Promise.all(
      Array.from({ length: 20 }, async () => {
        // Each in a browser of their own, as far as the last step; then all at once.
        const browser = new Browser(ask)
        const ready = await browser.follow(authorizePath(client, requestUri), '/interaction/')
        return { browser, ready }
      }),
    )
    const ends = await Promise.all(
      answers.map(async ({ browser, ready }) => {
        assert.ok(ready instanceof URL)
        const end = await browser.follow(ready.pathname)
        return end instanceof URL ? end.searchParams.has('code') : false
      }),
    )
    assert.equal(ends.filter(Boolean).length, 1)
    await assert.rejects(authorize(ask, client, requestUri), /invalid_request_uri/)
  })

  check('of 50 polls with one auth_req_id, one gets a token', async (t, given) => {
    const [client] = given.testClients
    assert.ok(client)
    const { ask, provider } = await startRig(t, given)
    const asked = await askDecoupled(ask, client, {
      scope: 'openid accounts',
      login_hint: 'amira',
    })
    assert.equal(asked.status, 200, JSON.stringify(asked.body))
    const id = String(asked.body['auth_req_id'])
    const params = { client_id: 'tpp', scope: 'openid accounts' }
    await provider.backchannelResult(id, await grantAll(provider, params, CUSTOMER))
    const form = { grant_type: 'urn:openid:params:grant-type:ciba', auth_req_id: id }
    const results = await racing(() => post(ask, client, '/token', form))
    assert.deepEqual(tally(results), { 200: 1, '400 invalid_grant': RACERS - 1 })
  })

  check('of 50 who use up one refresh token, one does', async (t, given) => {
    // The server rotates none (FAPI 2.0 SP 5.3.2.1-9), so this goes to the adapter.
    const { store } = await startRig(t, given)
    const refreshTokens = adapterOver((given.through ?? ((direct: Store) => direct))(store))(
      'RefreshToken',
    )
    await refreshTokens.upsert('r', { jti: 'r', grantId: 'g' }, 60)
    const results = await Promise.allSettled(
      Array.from({ length: RACERS }, () => refreshTokens.consume('r')),
    )
    const refused = results.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
    assert.equal(refused.length, RACERS - 1)
    for (const reason of refused) assert.ok(reason instanceof errors.InvalidGrant)
    const found = await refreshTokens.find('r')
    assert.equal(typeof found?.['consumed'], 'number')
  })
}
