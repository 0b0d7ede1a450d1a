/**
 * Races of 50 on registrations and refresh tokens, through HTTP, with the store beside the server and with the store 10 ms away, on both databases:
 * what comes out is what one after the other would have made, and what is over stays over.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test, type TestContext } from 'node:test'
import { clientDesk } from '../../../src/identity/index.ts'
import { clientHistory, findClient, listClients, type Store } from '../../../src/store/index.ts'
import { systemClock } from '../../../src/app/system-ports.ts'
import { skipWithoutPostgres } from '../../support/postgres-server.ts'
import {
  codeFor,
  makeClient,
  makeGateway,
  post,
  redeem,
  refresh,
  type TestClient,
} from '../client.ts'
import { postgresStore, slowStore } from '../racing-stores.ts'
import { sqlite, startRig } from '../rig.ts'
import { holder, uk, world, type World } from './third-party.ts'

const RACERS = 50
const racing = <T>(work: (at: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: RACERS }, (_, at) => work(at)))
const PLACES = [
  { name: 'SQLite', skip: false, store: sqlite, far: false },
  { name: 'SQLite, 10 ms away', skip: false, store: sqlite, far: true },
  { name: 'PostgreSQL', skip: skipWithoutPostgres, store: postgresStore, far: false },
  { name: 'PostgreSQL, 10 ms away', skip: skipWithoutPostgres, store: postgresStore, far: true },
] as const

interface Place {
  readonly at: World
  /** As one that registered: of each request another certificate of the same holder, for one of them may do only so much. */
  readonly registered: { readonly id: string; readonly path: string; readonly token: string }
  readonly send: (
    method: string,
    token: string,
    body?: object,
  ) => Promise<{ readonly status: number; readonly body: Record<string, unknown> }>
  readonly history: () => Promise<readonly string[]>
  readonly store: Store
}

for (const { name, skip, store: made, far } of PLACES) {
  const opened = async (t: TestContext): Promise<Store> => {
    const direct = await made(t)
    return far ? slowStore(direct) : direct
  }
  const check = (title: string, work: (place: Place, t: TestContext) => Promise<void>): void =>
    void test(`${name}: ${title}`, { skip }, async (t) => {
      const store = await opened(t)
      const at = await world(t, { store })
      const { status, body } = await at.send(holder(), 'POST', '/register', await at.signed())
      assert.equal(status, 201, JSON.stringify(body))
      const id = String(body['client_id'])
      const path = `/register/${id}`
      const token = String(body['registration_access_token'])
      await work(
        {
          at,
          store,
          registered: { id, path, token },
          send: (method, by, sent) =>
            at.send(holder(), method, path, sent, { authorization: `Bearer ${by}` }),
          history: async () =>
            (await store.run(clientHistory, { id, limit: 1_000 })).map(({ what }) => what),
        },
        t,
      )
      assert.deepEqual(at.problems, [])
    })
  const tokenOf = ({ body }: { readonly body: Record<string, unknown> }): string =>
    String(body['registration_access_token'])

  check(
    'of 50 changes at once each that was answered was made, and the last is what stands',
    async (place) => {
      const { at, registered, send, history, store } = place
      const requests = await racing(async (n) => ({
        ...(await uk(at)),
        software_statement: await at.statement({ software_client_name: `Name ${n}` }),
      }))
      const answers = await racing((n) => send('PUT', registered.token, requests[n]))
      const won = answers.filter(({ status }) => status === 200)
      const lost = answers.filter(({ status }) => status !== 200)
      assert.ok(won.length > 0)
      for (const { status, body } of lost)
        assert.equal(`${status} ${String(body['error'])}`, '401 invalid_token')
      const changes = (await history()).filter((what) => what === 'changed')
      assert.equal(changes.length, won.length, 'none that was not answered, none twice')
      const good = []
      for (const one of won) {
        const seen = await send('GET', tokenOf(one))
        if (seen.status === 200) good.push({ one, seen })
      }
      assert.equal(good.length, 1, 'one token is good: that of the last')
      assert.equal(good[0]?.seen.body['client_name'], good[0]?.one.body['client_name'])
      const { name: stands } = (await store.run(findClient, { id: registered.id })) ?? {}
      assert.equal(stands, good[0]?.one.body['client_name'])
      const events = at.evidence.entries.filter(({ action }) => action === 'client-change')
      const done = events.filter(({ outcome }) => outcome === 'done').length
      assert.equal(done, won.length, 'what did not come to be is corrected')
    },
  )

  check(
    'of changes and removals at once nothing is left, and nobody was told of a change after it',
    async (place) => {
      const { at, registered, send, history, store } = place
      const requests = await racing(() => uk(at))
      const answers = await racing(async (n) => {
        if (n % 2 === 0) return send('PUT', registered.token, requests[n])
        return send('DELETE', registered.token)
      })
      const statuses = (parity: number) =>
        answers.filter((_, n) => n % 2 === parity).map(({ status }) => status)
      for (const status of statuses(0)) assert.ok([200, 401].includes(status), String(status))
      for (const status of statuses(1)) assert.ok([204, 401].includes(status), String(status))
      assert.ok(statuses(1).includes(204))
      const happened = await history()
      assert.equal(happened.filter((what) => what === 'removed').length, 1)
      assert.equal(
        happened.filter((what) => what === 'changed').length,
        statuses(0).filter((status) => status === 200).length,
      )
      assert.equal(happened[0], 'removed', 'the newest')
      const found = await store.run(findClient, { id: registered.id })
      assert.deepEqual(
        [found?.state, found?.token, found?.tokenBefore, found?.software],
        ['removed', null, null, null],
      )
      for (const answer of [{ body: { registration_access_token: registered.token } }, ...answers])
        assert.equal((await send('GET', tokenOf(answer))).status, 401)
      const events = at.evidence.entries.filter(({ action }) => action === 'client-remove')
      const done = events.filter(({ outcome }) => outcome === 'done').length
      assert.equal(done, 1, 'one removal is on record')
      const again = await at.send(holder(), 'POST', '/register', await at.signed())
      assert.equal(again.status, 201, 'the software is free')
    },
  )

  check('of 50 registrations of one software at once, one owns it', async ({ at, store }) => {
    const software = { software_id: `software ${randomBytes(4).toString('hex')}` }
    const answers = await racing(async () => {
      const request = { ...(await uk(at)), software_statement: await at.statement(software) }
      return at.send(holder(), 'POST', '/register', request)
    })
    const won = answers.filter(({ status }) => status === 201)
    assert.equal(won.length, 1)
    for (const { status, body } of answers)
      if (status !== 201) assert.equal(body['error'], 'invalid_client_metadata')
    const all = await store.run(listClients, { after: '', limit: 100 })
    assert.equal(all.length, 2, 'this one, and the one of before')
  })

  check(
    'of 50 removals by the bank beside registrations and tokens one counts, and one new client owns the software',
    async ({ at, registered, store, history }) => {
      const desk = clientDesk({ store, clock: systemClock, check: () => undefined })
      const client: TestClient = {
        metadata: { client_id: registered.id },
        key: at.software,
        algorithm: 'PS256',
        proofKey: at.software,
        certificate: undefined,
      }
      const headers = () => ({ 'test-certificate': at.present(holder()) })
      const form = { grant_type: 'client_credentials', scope: 'accounts' }
      const tokenFor = () => post(at.ask, client, '/token', form, { headers: headers() })
      assert.equal((await tokenFor()).status, 200)
      const requests = await racing(() => uk(at))
      const [removals, registrations, tokens] = await Promise.all([
        racing((n) => desk.remove(registered.id, { by: `op ${n}`, reason: 'INC-90' })),
        racing((n) => at.send(holder(), 'POST', '/register', requests[n])),
        racing(tokenFor),
      ])
      assert.equal(removals.filter((one) => one !== undefined).length, 1)
      assert.equal((await history()).filter((what) => what === 'removed').length, 1)
      for (const { status, body } of tokens)
        if (status !== 200) assert.equal(`${status} ${String(body['error'])}`, '401 invalid_client')
      const won = registrations.filter(({ status }) => status === 201)
      for (const { status, body } of registrations)
        if (status !== 201) assert.equal(body['error'], 'invalid_client_metadata')
      assert.ok(won.length <= 1)
      assert.equal((await tokenFor()).status, 401)
      const late = await at.send(holder(), 'POST', '/register', await at.signed())
      assert.equal(late.status, won.length === 1 ? 400 : 201)
      const live = (await store.run(listClients, { after: '', limit: 100 })).filter(
        ({ state }) => state !== 'removed',
      )
      assert.equal(live.length, 1, 'the software has one owner')
    },
  )

  check('whoever changes itself while the bank suspends it is suspended', async (place) => {
    const { at, registered, send, store } = place
    const desk = clientDesk({ store, clock: systemClock, check: () => undefined })
    const requests = await racing(() => uk(at))
    const suspended = (async () => {
      await desk.suspend(registered.id, { by: 'ops', reason: 'fraud' }, 'told')
      const found = await store.run(findClient, { id: registered.id })
      assert.equal(found?.state, 'suspended')
    })()
    const answers = await racing((n) => send('PUT', registered.token, requests[n]))
    await suspended
    for (const { status } of answers) assert.ok([200, 401, 403].includes(status), String(status))
    const found = await store.run(findClient, { id: registered.id })
    assert.equal(found?.state, 'suspended', 'no change takes it back')
    for (const token of new Set([registered.token, ...answers.map(tokenOf)])) {
      const { status } = await send('PUT', token, await uk(at))
      assert.ok([401, 403].includes(status), String(status))
    }
    const again = await at.send(holder(), 'POST', '/register', await at.signed())
    assert.equal(again.status, 400, 'nor does it register anew beside itself')
  })

  test(
    `${name}: of 50 refreshes with one refresh token none counts once it was revoked`,
    { skip },
    async (t) => {
      const client = await makeClient('tpp', { access_token_format: 'opaque' })
      const gateway = await makeGateway()
      const store = await made(t)
      const { ask, ended } = await startRig(t, {
        testClients: [client, gateway],
        store,
        ...(far ? { through: slowStore } : {}),
      })
      const { body } = await redeem(ask, client, await codeFor(ask, client))
      const long = String(body['refresh_token'])
      const all = await racing(() => refresh(ask, client, long))
      for (const { status } of all) assert.equal(status, 200, 'it does not rotate')
      const [revoked, ...during] = await Promise.all([
        post(ask, client, '/revoke', { token: long }),
        ...Array.from({ length: RACERS }, () => refresh(ask, client, long)),
      ])
      assert.equal(revoked.status, 200, JSON.stringify(revoked.body))
      for (const { status } of during) assert.ok(status === 200 || status === 400, String(status))
      assert.equal(ended.length, 1, 'the consent ended once')
      const late = await racing(() => refresh(ask, client, long))
      for (const one of late) assert.equal(one.body['error'], 'invalid_grant')
      for (const one of [...all, ...during]) {
        const token = one.body['access_token']
        if (typeof token !== 'string') continue
        const told = await post(ask, gateway, '/introspect', { token })
        assert.equal(told.body['active'], false)
      }
    },
  )
}
