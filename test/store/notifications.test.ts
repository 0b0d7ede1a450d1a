/** Notifications that are owed, over both stores: of many who look one has it, and after a crash the next. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  forgetNotifications,
  notificationMigrations,
  oweNotification,
  postponeNotification,
  settleNotification,
  takeNotifications,
} from '../../src/store/index.ts'
import { overBothStores } from './both-stores.ts'

const body = Buffer.from('sealed')

overBothStores(({ name, skip, place }) => {
  test(
    `${name}: what is due is taken by one of 50, held, and taken again when it was not settled`,
    { skip },
    async (t) => {
      const store = await (await place(t)).open({ migrations: notificationMigrations })
      t.after(() => store.close())
      const owe = (id: string, dueAt: number) =>
        store.run(oweNotification, { id, dueAt, endsAt: 1_000, body })
      const take = (now: number, limit = 10) =>
        store.run(takeNotifications, { now, heldUntil: now + 10, limit })
      await owe('a', 5)
      await owe('a', 1)
      await owe('b', 6)
      assert.deepEqual(await take(4), [], 'who owes it already owes it no sooner')
      const all = (await Promise.all(Array.from({ length: 50 }, () => take(6)))).flat()
      assert.deepEqual(all.map(({ id, tries }) => `${id} ${tries}`).toSorted(), ['a 1', 'b 1'])
      assert.deepEqual(Buffer.from(all[0]?.body ?? []), body)
      assert.deepEqual(await take(15), [])
      assert.deepEqual(
        await take(16, 1),
        [{ ...all.find(({ id }) => id === 'a'), tries: 2 }].map((one) => ({
          ...one,
          body: one.body,
        })),
      )
      await store.run(settleNotification, { id: 'a' })
      await store.run(postponeNotification, { id: 'b', dueAt: 500 })
      assert.deepEqual(await take(499), [])
      assert.deepEqual(
        (await take(500)).map(({ id, tries }) => [id, tries]),
        [['b', 2]],
      )
      await store.run(postponeNotification, { id: 'b', dueAt: 0 })
      assert.deepEqual(await take(1_000), [], 'its time is over')
      assert.equal(await store.run(forgetNotifications, { now: 999, limit: 5 }), 0)
      assert.equal(await store.run(forgetNotifications, { now: 1_000, limit: 5 }), 1)
    },
  )
})
