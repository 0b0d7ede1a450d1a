/** What the units over payments that wait for their authorisation promise, whichever database is behind them. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import {
  findInitiated,
  forgetInitiated,
  initiatedMigrations,
  keepInitiated,
  type Store,
} from '../../src/store/index.ts'
import type { Adapter } from './contract.ts'

const sealed = Buffer.from('sealed')
const row = (id: string, digest = 'a', at = 1_000) => ({
  id,
  digest,
  decision: 'first',
  sealed,
  at,
  expiresAt: at + 1_000,
})

export function initiatedContract({ name, skip, place }: Omit<Adapter, 'tables'>): void {
  const check = (title: string, work: (store: Store) => Promise<void>): void => {
    test(`${name}: ${title}`, { skip }, async (t: TestContext) => {
      const store = await (await place(t)).open({ migrations: initiatedMigrations })
      t.after(() => store.close())
      await work(store)
    })
  }

  check('what was made is found under its id, in the order asked for', async (store) => {
    assert.equal(await store.run(keepInitiated, row('a')), 'kept')
    const [none, found] = await store.run(findInitiated, { ids: ['b', 'a'], now: 1_500 })
    assert.equal(none, 'unknown')
    assert.ok(found instanceof Uint8Array)
    assert.deepEqual(Buffer.from(found), sealed)
  })

  check('the same again is the same; another under its id leaves neither', async (store) => {
    await store.run(keepInitiated, row('a'))
    assert.equal(await store.run(keepInitiated, row('a')), 'kept')
    assert.equal(await store.run(keepInitiated, row('a', 'b')), 'doubt')
    assert.deepEqual(await store.run(findInitiated, { ids: ['a'], now: 1_500 }), ['doubt'])
    // Nobody gets it back by making the first one again.
    assert.equal(await store.run(keepInitiated, row('a')), 'doubt')
    assert.deepEqual(await store.run(findInitiated, { ids: ['a'], now: 1_500 }), ['doubt'])
  })

  check('of 50 different payments at once under one id none is released', async (store) => {
    const states = await Promise.all(
      Array.from({ length: 50 }, (_, at) => store.run(keepInitiated, row('a', `d${at}`))),
    )
    assert.equal(states.filter((state) => state === 'kept').length, 1)
    assert.deepEqual(await store.run(findInitiated, { ids: ['a'], now: 1_500 }), ['doubt'])
  })

  check('50 times the same payment at once is one', async (store) => {
    const states = await Promise.all(
      Array.from({ length: 50 }, () => store.run(keepInitiated, row('a'))),
    )
    assert.deepEqual([...new Set(states)], ['kept'])
  })

  check('what has ended is not found, makes room, and goes', async (store) => {
    await store.run(keepInitiated, row('a'))
    await store.run(keepInitiated, row('b'))
    assert.notEqual((await store.run(findInitiated, { ids: ['a'], now: 1_999 }))[0], 'unknown')
    assert.deepEqual(await store.run(findInitiated, { ids: ['a'], now: 2_000 }), ['unknown'])
    assert.equal(await store.run(keepInitiated, row('a', 'b', 2_000)), 'kept')
    assert.equal(await store.run(forgetInitiated, { now: 2_000, limit: 10 }), 1)
    assert.equal(await store.run(forgetInitiated, { now: 3_000, limit: 10 }), 1)
  })
}
