/** What the units over consents promise, whichever database is behind them. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import {
  addConsent,
  changeConsent,
  changeMigrations,
  consentMigrations,
  type ConsentRow,
  consentsOf,
  endedConsents,
  forgetConsents,
  listConsents,
  readConsent,
  type Store,
} from '../../src/store/index.ts'
import { changesAfter, changesNow } from '../../src/store/changes/units.ts'
import type { Adapter } from './contract.ts'

const row = (id: string, changes: Partial<ConsentRow> = {}): ConsentRow => ({
  id,
  client: 'hash-of-tpp',
  status: 'awaiting',
  changed: 1,
  feedKey: `name of ${id}`,
  endsAt: null,
  forgetAt: null,
  body: Buffer.from(`sealed ${id}`),
  ...changes,
})
const add = (store: Store, one: ConsentRow, maxWaiting = 100) =>
  store.run(addConsent, { row: one, maxWaiting })
const change = (store: Store, one: ConsentRow, version: number, subject: string | null = null) =>
  store.run(changeConsent, { row: one, version, subject, told: null })
/** As `change`, and gateways are told. */
const tell = (store: Store, one: ConsentRow, version: number, value: string | null) =>
  store.run(changeConsent, {
    row: one,
    version,
    subject: null,
    told: { kind: 'consent', key: one.feedKey, at: 1, value },
  })
const read = (store: Store, id: string, client: string | null = null) =>
  store.run(readConsent, { id, client })
const changes = async (store: Store, after: number) =>
  (await store.run(changesAfter, { seq: after, limit: 1000 })).map(({ key, seq }) => [key, seq])

export function consentsContract({ name, skip, place }: Omit<Adapter, 'tables'>): void {
  const check = (title: string, work: (store: Store) => Promise<void>): void => {
    test(`${name}: ${title}`, { skip }, async (t: TestContext) => {
      const store = await (
        await place(t)
      ).open({
        migrations: [...consentMigrations, ...changeMigrations],
      })
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

  check(
    'what gateways are told of 50 at once has places without gap, and none comes late',
    async (store) => {
      const ids = Array.from({ length: 50 }, (_, at) => `c${at}`)
      await Promise.all(ids.map((id) => add(store, row(id))))
      assert.deepEqual(await changes(store, 0), [], 'what waits is nothing to gateways')
      const done = await Promise.all(ids.map((id) => tell(store, row(id), 1, '"sealed"')))
      assert.ok(done.every(Boolean))
      const places = (await changes(store, 0)).map(([, seq]) => seq)
      assert.deepEqual(
        places,
        ids.map((_, at) => at + 1),
      )
      assert.ok(
        !(await tell(store, row('c7'), 1, '"late"')),
        'an old version tells nobody anything',
      )
      assert.deepEqual(await changes(store, 50), [])
      assert.ok(await tell(store, row('c7'), 2, null))
      assert.deepEqual(await changes(store, 50), [['name of c7', 51]])
      const few = await store.run(changesAfter, { seq: 10, limit: 3 })
      assert.deepEqual(
        few.map(({ seq }) => seq),
        [11, 12, 13],
      )
    },
  )

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
      assert.ok(await change(store, row('a', { status: 'authorised' }), 1))
      assert.ok(await add(store, row('c'), 2))
    },
  )

  check(
    'the snapshot holds what is there, page by page over all kinds, with its place',
    async (store) => {
      for (const id of ['a', 'b', 'c', 'd']) await add(store, row(id))
      for (const id of ['a', 'c', 'd']) await tell(store, row(id), 1, `"${id}"`)
      await tell(store, row('c'), 2, null)
      const first = await store.run(changesNow, { after: null, limit: 1 })
      assert.equal(first.place, 4)
      assert.deepEqual(
        first.changes.map(({ key, value }) => [key, value]),
        [['name of a', '"a"']],
      )
      const [after = null] = first.changes
      const next = await store.run(changesNow, { after, limit: 5 })
      assert.deepEqual(
        next.changes.map(({ key }) => key),
        ['name of d'],
      )
      const later = await store.run(changesNow, { after: { kind: 'client', key: 'z' }, limit: 5 })
      assert.equal(later.changes.length, 2, 'a later kind begins at its first name')
    },
  )

  check('a customer finds what they authorised, newest change first', async (store) => {
    for (const id of ['a', 'b', 'c']) await add(store, row(id))
    await change(store, row('a', { changed: 10 }), 1, 'amira')
    await change(store, row('b', { changed: 11 }), 1, 'amira')
    await change(store, row('c', { changed: 12 }), 1, 'ben')
    await change(store, row('a', { changed: 13 }), 2, 'amira')
    const of = async (subject: string, limit = 10) =>
      (await store.run(consentsOf, { subject, limit })).map(({ id }) => id)
    assert.deepEqual(await of('amira'), ['a', 'b'])
    assert.deepEqual(await of('amira', 1), ['a'])
    assert.deepEqual(await of('ben'), ['c'])
    assert.deepEqual(await of('nobody'), [])
  })

  check('consents are listed by id after one, of one client and in one status', async (store) => {
    for (const id of ['c', 'a', 'd', 'b'])
      await add(store, row(id, id === 'd' ? { client: 'hash-of-other' } : {}))
    await change(store, row('a', { status: 'authorised' }), 1)
    const list = async (asked: object) => {
      const all = { after: '', limit: 9, client: null, status: null }
      return (await store.run(listConsents, { ...all, ...asked })).map(({ id }) => id)
    }
    assert.deepEqual(await list({}), ['a', 'b', 'c', 'd'])
    assert.deepEqual(await list({ limit: 2 }), ['a', 'b'])
    assert.deepEqual(await list({ after: 'b', limit: 2 }), ['c', 'd'])
    assert.deepEqual(await list({ client: 'hash-of-tpp', status: 'awaiting' }), ['b', 'c'])
    assert.deepEqual(await list({ client: 'hash-of-nobody' }), [])
  })

  check('what ends is found at its time, what is over is forgotten at its time', async (store) => {
    await add(store, row('a', { endsAt: 100 }))
    await add(store, row('b', { endsAt: 50 }))
    const ended = (now: number) => store.run(endedConsents, { now, limit: 10 })
    assert.deepEqual(await ended(49), [])
    assert.deepEqual(await ended(50), ['b'])
    assert.deepEqual(await ended(100), ['b', 'a'])
    await change(store, row('a', { forgetAt: 500 }), 1, 'amira')
    await tell(store, row('a', { forgetAt: 500 }), 2, null)
    assert.equal((await changes(store, 0)).length, 1)
    assert.equal(await store.run(forgetConsents, { now: 499, limit: 10 }), 0)
    assert.equal(await store.run(forgetConsents, { now: 500, limit: 10 }), 1)
    assert.equal(await read(store, 'a'), null)
    assert.deepEqual(await store.run(consentsOf, { subject: 'amira', limit: 10 }), [])
    assert.deepEqual(await changes(store, 0), [], 'and so is what gateways were told')
  })
}
