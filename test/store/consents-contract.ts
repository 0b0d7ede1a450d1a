/** What the units over consents promise, whichever database is behind them. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import {
  addConsent,
  changeConsent,
  changedConsents,
  consentMigrations,
  type ConsentRow,
  consentsOf,
  endedConsents,
  forgetConsents,
  liveConsents,
  readConsent,
  type Store,
} from '../../src/store/index.ts'
import type { Adapter } from './contract.ts'

const row = (id: string, changes: Partial<ConsentRow> = {}): ConsentRow => ({
  id,
  client: 'hash-of-tpp',
  status: 'awaiting',
  live: false,
  endsAt: null,
  forgetAt: null,
  body: Buffer.from(`sealed ${id}`),
  ...changes,
})
const add = (store: Store, one: ConsentRow, maxWaiting = 100) =>
  store.run(addConsent, { row: one, maxWaiting })
const change = (store: Store, one: ConsentRow, version: number, subject: string | null = null) =>
  store.run(changeConsent, { row: one, version, subject })
const read = (store: Store, id: string, client: string | null = null) =>
  store.run(readConsent, { id, client })
const changes = async (store: Store, after: number) =>
  (await store.run(changedConsents, { after, limit: 1000 })).map(({ id, changed }) => [id, changed])

export function consentsContract({ name, skip, place }: Omit<Adapter, 'tables'>): void {
  const check = (title: string, work: (store: Store) => Promise<void>): void => {
    test(`${name}: ${title}`, { skip }, async (t: TestContext) => {
      const store = await (await place(t)).open({ migrations: consentMigrations })
      t.after(() => store.close())
      await work(store)
    })
  }

  check('of 50 who change what they all read, one does', async (store) => {
    assert.ok(await add(store, row('c')))
    for (let version = 1; version <= 3; version++) {
      const done = await Promise.all(
        Array.from({ length: 50 }, (_, at) =>
          change(store, row('c', { body: Buffer.from(`by ${at}`) }), version),
        ),
      )
      assert.equal(done.filter(Boolean).length, 1)
      const found = await read(store, 'c')
      assert.equal(found?.version, version + 1)
      assert.equal(String(Buffer.from(found.body)), `by ${done.indexOf(true)}`)
    }
  })

  check('changes of 50 at once have places without gap, and none comes late', async (store) => {
    await Promise.all(Array.from({ length: 50 }, (_, at) => add(store, row(`c${at}`))))
    const places = (await changes(store, 0)).map(([, place_]) => place_)
    assert.deepEqual(
      places,
      Array.from({ length: 50 }, (_, at) => at + 1),
    )
    assert.ok(await change(store, row('c7'), 1))
    assert.deepEqual(await changes(store, 50), [['c7', 51]])
    assert.deepEqual(await changes(store, 51), [])
    const few = await store.run(changedConsents, { after: 10, limit: 3 })
    assert.deepEqual(
      few.map(({ changed }) => changed),
      [11, 12, 13],
    )
  })

  check('an id is given once, and what another client owns is not there', async (store) => {
    assert.ok(await add(store, row('c')))
    assert.ok(!(await add(store, row('c', { body: Buffer.from('other') }))))
    assert.equal(String(Buffer.from((await read(store, 'c'))?.body ?? [])), 'sealed c')
    assert.equal((await read(store, 'c', 'hash-of-tpp'))?.id, 'c')
    assert.equal(await read(store, 'c', 'hash-of-another'), null)
    assert.equal(await read(store, 'd', 'hash-of-tpp'), null)
  })

  check(
    'a client has no more that wait than it may; of others it has any number',
    async (store) => {
      for (const id of ['a', 'b']) assert.ok(await add(store, row(id), 2))
      assert.ok(!(await add(store, row('c'), 2)))
      assert.ok(await add(store, row('d', { client: 'hash-of-another' }), 2))
      assert.ok(await change(store, row('a', { status: 'authorised', live: true }), 1))
      assert.ok(await add(store, row('c'), 2))
    },
  )

  check('the snapshot holds those in force, page by page, with its place', async (store) => {
    for (const id of ['a', 'b', 'c', 'd']) await add(store, row(id))
    for (const id of ['a', 'c', 'd']) await change(store, row(id, { live: true }), 1)
    await change(store, row('c'), 2)
    const first = await store.run(liveConsents, { after: '', limit: 1 })
    assert.equal(first.place, 8)
    assert.deepEqual(
      first.consents.map(({ id, live }) => [id, live]),
      [['a', true]],
    )
    const next = await store.run(liveConsents, { after: 'a', limit: 5 })
    assert.deepEqual(
      next.consents.map(({ id }) => id),
      ['d'],
    )
  })

  check('a customer finds what they authorised, newest change first', async (store) => {
    for (const id of ['a', 'b', 'c']) await add(store, row(id))
    await change(store, row('a'), 1, 'amira')
    await change(store, row('b'), 1, 'amira')
    await change(store, row('c'), 1, 'ben')
    await change(store, row('a'), 2, 'amira')
    const of = async (subject: string, limit = 10) =>
      (await store.run(consentsOf, { subject, limit })).map(({ id }) => id)
    assert.deepEqual(await of('amira'), ['a', 'b'])
    assert.deepEqual(await of('amira', 1), ['a'])
    assert.deepEqual(await of('ben'), ['c'])
    assert.deepEqual(await of('nobody'), [])
  })

  check('what ends is found at its time, what is over is forgotten at its time', async (store) => {
    await add(store, row('a', { endsAt: 100 }))
    await add(store, row('b', { endsAt: 50 }))
    const ended = (now: number) => store.run(endedConsents, { now, limit: 10 })
    assert.deepEqual(await ended(49), [])
    assert.deepEqual(await ended(50), ['b'])
    assert.deepEqual(await ended(100), ['b', 'a'])
    await change(store, row('a', { forgetAt: 500 }), 1, 'amira')
    assert.equal(await store.run(forgetConsents, { now: 499, limit: 10 }), 0)
    assert.equal(await store.run(forgetConsents, { now: 500, limit: 10 }), 1)
    assert.equal(await read(store, 'a'), null)
    assert.deepEqual(await store.run(consentsOf, { subject: 'amira', limit: 10 }), [])
  })
}
