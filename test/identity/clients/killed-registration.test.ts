/**
 * Killed with -9 while a third party registers, changes itself or goes: nothing is half done, nothing counts that is not on record, nothing that it was told
 * is lost, and it can go on. On SQLite and PostgreSQL.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { type IdentityEvent, readSpool, verifySpool } from '../../../src/events/index.ts'
import {
  clientHistory,
  findClient,
  listClients,
  openPostgresStore,
  openSqliteStore,
  type Store,
} from '../../../src/store/index.ts'
import { skipWithoutPostgres } from '../../support/postgres-server.ts'
import { realScheduler } from '../../support/real-scheduler.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { identityMigrations as migrations } from '../migrations.ts'
import { postgresUrl } from '../racing-stores.ts'
import { holder, uk, world } from './third-party.ts'

const PROGRAM = join(import.meta.dirname, 'registering-process.ts')
const STORES = [
  { name: 'SQLite', skip: false, url: () => Promise.resolve(''), only: /./ },
  // Where its transactions matter: each start costs a second.
  { name: 'PostgreSQL', skip: skipWithoutPostgres, url: postgresUrl, only: /^unit:/ },
] as const

async function place(t: TestContext, url: string) {
  const dir = temporaryFolder(t)
  /** Works beside no other process. */
  async function alone<R>(work: (store: Store) => Promise<R>): Promise<R> {
    const store =
      url === ''
        ? await openSqliteStore({ dir: join(dir, 'store'), create: true, migrations })
        : await openPostgresStore({ url, scheduler: realScheduler, migrations })
    try {
      return await work(store)
    } finally {
      await store.close()
    }
  }
  return {
    alone,
    /** What it was told before it died; empty: nothing. */
    async killed(method: string, at: { path: string; token: string }, point: string) {
      const child = spawn(process.execPath, [PROGRAM, dir, url, method, at.path, at.token, point], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      let told = ''
      child.stdout.on('data', (chunk: Buffer) => (told += chunk.toString()))
      const [, signal] = (await once(child, 'close')) as [number | null, string | null]
      assert.equal(signal, 'SIGKILL', told)
      return told
    },
    async actions(): Promise<readonly string[]> {
      const found: IdentityEvent[] = []
      const { signal } = new AbortController()
      await readSpool({ dir: join(dir, 'spool'), from: 0, signal }, (event) => {
        if (event.kind === 'identity') found.push(event)
      })
      assert.equal((await verifySpool(join(dir, 'spool'))).damage, null)
      return found.flatMap(({ action, outcome }) =>
        action.startsWith('client-') ? [`${action} ${outcome}`] : [],
      )
    },
  }
}
const NEW = { path: '/register', token: '' }
interface Told {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}
const registered = ({ body }: { readonly body: Readonly<Record<string, unknown>> }) => ({
  id: String(body['client_id']),
  path: `/register/${String(body['client_id'])}`,
  token: String(body['registration_access_token']),
})

for (const { name, skip, url, only } of STORES) {
  for (const point of ['event:client-register', 'unit:registerClientUnit', 'answer'].filter((one) =>
    only.test(one),
  ))
    test(`${name}: killed at ${point} of a registration`, { skip }, async (t) => {
      const at = await place(t, await url())
      const told = await at.killed('POST', NEW, point)
      assert.deepEqual(
        await at.actions(),
        ['client-register done'],
        'on record, whatever became of it',
      )
      await at.alone(async (store) => {
        const all = await store.run(listClients, { after: '', limit: 10 })
        assert.equal(all.length, point === 'event:client-register' ? 0 : 1)
        for (const client of all) {
          assert.equal(client.state, 'active')
          const history = await store.run(clientHistory, { id: client.id, limit: 10 })
          assert.deepEqual(
            history.map(({ what }) => what),
            ['registered'],
            'whole',
          )
        }
        const again = await world(t, { store })
        if (point === 'answer') {
          const { status, body } = JSON.parse(told) as Told
          assert.equal(status, 201)
          const { path, token } = registered({ body })
          const headers = { authorization: `Bearer ${token}` }
          assert.equal((await again.send(holder(), 'GET', path, undefined, headers)).status, 200)
        } else assert.equal(told, '')
        const { status } = await again.send(holder(), 'POST', '/register', await uk(again))
        assert.equal(status, all.length === 0 ? 201 : 400, 'one owner of one software')
        again.server.stop()
      })
    })

  const other = async (t: TestContext) => {
    const at = await place(t, await url())
    const made = await at.alone(async (store) => {
      const first = await world(t, { store })
      const answer = await first.send(holder(), 'POST', '/register', await uk(first))
      assert.equal(answer.status, 201, JSON.stringify(answer.body))
      first.server.stop()
      return registered(answer)
    })
    return { at, made }
  }

  for (const point of ['event:client-change', 'unit:reviseClientUnit', 'answer'].filter((one) =>
    only.test(one),
  ))
    test(`${name}: killed at ${point} of a change`, { skip }, async (t) => {
      const { at, made } = await other(t)
      const told = await at.killed('PUT', made, point)
      assert.deepEqual(await at.actions(), ['client-change done'])
      await at.alone(async (store) => {
        const changed = point !== 'event:client-change'
        const found = await store.run(findClient, { id: made.id })
        assert.equal(found?.name, changed ? 'New' : 'Budget Buddy')
        const history = await store.run(clientHistory, { id: made.id, limit: 10 })
        assert.equal(history.length, changed ? 2 : 1)
        const again = await world(t, { store })
        const get = async (token: string) =>
          (
            await again.send(holder(), 'GET', made.path, undefined, {
              authorization: `Bearer ${token}`,
            })
          ).status
        // Whoever did not hear of the new token goes on with the one of before.
        assert.equal(await get(made.token), 200)
        if (point === 'answer') {
          assert.equal(await get(registered(JSON.parse(told) as Told).token), 200)
          assert.equal(await get(made.token), 401, 'the new one was used')
        }
        again.server.stop()
      })
    })

  for (const point of ['event:client-remove', 'unit:removeClientUnit', 'answer'].filter((one) =>
    only.test(one),
  ))
    test(`${name}: killed at ${point} of a removal`, { skip }, async (t) => {
      const { at, made } = await other(t)
      const told = await at.killed('DELETE', made, point)
      assert.equal(told.includes('204'), point === 'answer')
      assert.deepEqual(await at.actions(), ['client-remove done'])
      await at.alone(async (store) => {
        const gone = point !== 'event:client-remove'
        const found = await store.run(findClient, { id: made.id })
        assert.equal(found?.state, gone ? 'removed' : 'active')
        assert.equal(found?.token === null, gone)
        const again = await world(t, { store })
        const headers = { authorization: `Bearer ${made.token}` }
        const { status } = await again.send(holder(), 'DELETE', made.path, undefined, headers)
        assert.equal(status, gone ? 401 : 204, 'it can be asked for again')
        const { status: anew } = await again.send(holder(), 'POST', '/register', await uk(again))
        assert.equal(anew, 201)
        again.server.stop()
      })
    })
}
