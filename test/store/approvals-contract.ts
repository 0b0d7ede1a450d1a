/** What the units over approvals promise, whichever database is behind them. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import {
  addApproval,
  approvalMigrations,
  decideApproval,
  deliveredApproval,
  forgetApprovals,
  openApproval,
  readApproval,
  type Store,
  undeliveredApprovals,
  waitingApprovals,
} from '../../src/store/index.ts'
import type { Adapter } from './contract.ts'

const T0 = 1_000_000
const row = (id: string, { subject = 'amira', client = 'tpp', createdAt = T0 } = {}) => ({
  id,
  subject,
  client,
  createdAt,
  expiresAt: createdAt + 300,
  forgetAt: createdAt + 900,
  body: Buffer.from(`sealed ${id}`),
})
const LIMITS = { maxWaiting: 10, maxUnapproved: 10, maxOfClient: 100, since: T0 - 600 }
const add = (store: Store, one: ReturnType<typeof row>, limits: Partial<typeof LIMITS> = {}) =>
  store.run(addApproval, { row: one, ...LIMITS, ...limits })
const decide = (
  store: Store,
  id: string,
  status: 'approved' | 'refused',
  { subject = 'amira', now = T0, text = '' } = {},
) => store.run(decideApproval, { id, subject, status, decision: Buffer.from(text || status), now })
const read = (store: Store, id: string, subject: string | null = null) =>
  store.run(readApproval, { id, subject })

export function approvalsContract({ name, skip, place }: Omit<Adapter, 'tables'>): void {
  const check = (title: string, work: (store: Store) => Promise<void>): void => {
    test(`${name}: ${title}`, { skip }, async (t: TestContext) => {
      const store = await (await place(t)).open({ migrations: approvalMigrations })
      t.after(() => store.close())
      await work(store)
    })
  }

  check('of 50 answers at once, approvals and refusals, one counts', async (store) => {
    for (const id of ['a', 'b', 'c']) {
      assert.equal(await add(store, row(id)), 'added')
      const done = await Promise.all(
        Array.from({ length: 50 }, (_, at) =>
          decide(store, id, at % 2 === 0 ? 'approved' : 'refused', { text: `by ${at}` }),
        ),
      )
      assert.equal(done.filter(Boolean).length, 1)
      const winner = done.indexOf(true)
      const found = await read(store, id)
      assert.equal(found?.status, winner % 2 === 0 ? 'approved' : 'refused')
      assert.equal(String(Buffer.from(found.decision ?? [])), `by ${winner}`)
    }
  })

  check('nobody decides what has expired, or is somebody else’s', async (store) => {
    await add(store, row('a'))
    assert.equal(await decide(store, 'a', 'approved', { now: T0 + 300 }), false)
    assert.equal(await decide(store, 'a', 'approved', { subject: 'ben' }), false)
    assert.equal(await decide(store, 'none', 'approved'), false)
    assert.equal((await read(store, 'a'))?.status, 'waiting')
    assert.equal(await read(store, 'a', 'ben'), null)
    await store.run(openApproval, { id: 'a', subject: 'ben' })
    assert.equal((await read(store, 'a'))?.opened, false)
    await store.run(openApproval, { id: 'a', subject: 'amira' })
    assert.equal((await read(store, 'a', 'amira'))?.opened, true)
    assert.equal(await decide(store, 'a', 'refused', { now: T0 + 299 }), true)
  })

  check(
    'each limit holds at its edge, and of 50 who ask at once no more are let in',
    async (store) => {
      const asked = await Promise.all(
        Array.from({ length: 50 }, (_, at) =>
          add(store, row(`w${at}`, { client: `tpp${at}` }), { maxWaiting: 3 }),
        ),
      )
      assert.equal(asked.filter((one) => one === 'added').length, 3)
      assert.equal(await add(store, row('late', { client: 'x' }), { maxWaiting: 3 }), 'too-many')
      const later = T0 + 300
      // What has expired waits no more.
      assert.equal(
        await add(store, row('next', { client: 'x', createdAt: later }), { maxWaiting: 3 }),
        'added',
      )
      assert.equal(await add(store, row('next', { client: 'x' })), 'asked-already')
      const often = { subject: 'ben', client: 'often' }
      for (const id of ['1', '2'])
        assert.equal(await add(store, row(id, often), { maxUnapproved: 2 }), 'added')
      await decide(store, '1', 'refused', { subject: 'ben' })
      assert.equal(
        await add(store, row('3', often), { maxUnapproved: 2 }),
        'too-many',
        'answered ones too',
      )
      assert.equal(
        await add(store, row('3', { ...often, client: 'z' }), { maxUnapproved: 2 }),
        'added',
      )
      assert.equal(await add(store, row('4', often), { maxUnapproved: 2, since: T0 }), 'added')
      // Who agreed was not pressed.
      const kept = { subject: 'cleo', client: 'kept' }
      for (const id of ['8', '9', '10']) {
        assert.equal(await add(store, row(id, kept), { maxUnapproved: 1 }), 'added')
        await decide(store, id, 'approved', { subject: 'cleo' })
      }
      for (const id of ['5', '6'])
        await add(store, row(id, { subject: id, client: 'wide' }), { maxOfClient: 2 })
      assert.equal(
        await add(store, row('7', { subject: '7', client: 'wide' }), { maxOfClient: 2 }),
        'too-many',
      )
    },
  )

  check('what waits is listed oldest first; what was answered is delivered once', async (store) => {
    await add(store, row('b', { createdAt: T0 + 1 }))
    await add(store, row('a'))
    await add(store, row('other', { subject: 'ben' }))
    const ids = async (now: number) =>
      (await store.run(waitingApprovals, { subject: 'amira', now, limit: 10 })).map(({ id }) => id)
    assert.deepEqual(await ids(T0 + 2), ['a', 'b'])
    assert.deepEqual(await ids(T0 + 300), ['b'])
    await decide(store, 'a', 'approved')
    assert.deepEqual(await ids(T0 + 2), ['b'])
    const undelivered = async () =>
      (await store.run(undeliveredApprovals, { limit: 10 })).map(({ id }) => id)
    assert.deepEqual(await undelivered(), ['a'])
    await store.run(deliveredApproval, { id: 'a' })
    assert.deepEqual(await undelivered(), [])
  })

  check('is forgotten when its time is over, so many at a time', async (store) => {
    for (const id of ['a', 'b', 'c']) await add(store, row(id))
    const forget = (now: number) => store.run(forgetApprovals, { now, limit: 2 })
    assert.equal(await forget(T0 + 899), 0)
    assert.equal(await forget(T0 + 900), 2)
    assert.equal(await forget(T0 + 900), 1)
    assert.equal(await read(store, 'a'), null)
  })
}
