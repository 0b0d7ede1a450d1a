/** What the units over idempotency keys promise, whichever database is behind them. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import {
  forgetKeys,
  idempotencyMigrations,
  releaseKey,
  reserveKey,
  settleKey,
  type Store,
} from '../../src/store/index.ts'
import type { Adapter } from './contract.ts'

const ANSWER = Buffer.from('sealed')
const DAY = 86_400_000

function asked(id: string, changes: Partial<Parameters<typeof reservation>[0]> = {}) {
  return reservation({ id, digest: 'd', owner: 'run-1', decision: 'first', at: 1_000, ...changes })
}
function reservation(given: {
  id: string
  digest: string
  owner: string
  decision: string
  at: number
  abandonedBefore?: number
}) {
  return { abandonedBefore: 0, expiresAt: given.at + DAY, ...given }
}

export function idempotencyContract({ name, skip, place }: Omit<Adapter, 'tables'>): void {
  const check = (title: string, work: (store: Store) => Promise<void>): void => {
    test(`${name}: ${title}`, { skip }, async (t: TestContext) => {
      const store = await (await place(t)).open({ migrations: idempotencyMigrations })
      t.after(() => store.close())
      await work(store)
    })
  }

  check('of 50 requests with one key at once, one takes it', async (store) => {
    for (let round = 0; round < 4; round++) {
      const states = await Promise.all(
        Array.from({ length: 50 }, (_, at) =>
          store.run(reserveKey, asked(`k${round}`, { decision: `d${at}`, owner: `run-${at}` })),
        ),
      )
      assert.equal(states.filter(({ kind }) => kind === 'taken').length, 1)
      const winner = `d${states.findIndex(({ kind }) => kind === 'taken')}`
      for (const state of states)
        if (state.kind !== 'taken') assert.deepEqual(state, { kind: 'pending', decision: winner })
    }
  })

  check('an answer is given again to the same request, and to no other', async (store) => {
    assert.deepEqual(await store.run(reserveKey, asked('k')), { kind: 'taken' })
    assert.ok(await store.run(settleKey, { id: 'k', decision: 'first', answer: ANSWER }))
    const again = await store.run(reserveKey, asked('k', { owner: 'run-2', decision: 'second' }))
    assert.ok(again.kind === 'answered' && again.decision === 'first')
    assert.deepEqual(Buffer.from(again.answer), ANSWER)
    const other = await store.run(reserveKey, asked('k', { digest: 'e' }))
    assert.deepEqual(other, { kind: 'other-request' })
  })

  check('only who took a key settles it, and once', async (store) => {
    await store.run(reserveKey, asked('k'))
    assert.ok(!(await store.run(settleKey, { id: 'k', decision: 'other', answer: ANSWER })))
    await store.run(releaseKey, { id: 'k', decision: 'other' })
    assert.ok(await store.run(settleKey, { id: 'k', decision: 'first', answer: null }))
    assert.ok(!(await store.run(settleKey, { id: 'k', decision: 'first', answer: ANSWER })))
    await store.run(releaseKey, { id: 'k', decision: 'first' })
    const doubt = { kind: 'in-doubt', decision: 'first' }
    assert.deepEqual(await store.run(reserveKey, asked('k', { owner: 'run-2' })), doubt)
  })

  check(
    'a key given back is free; one left pending is in doubt once its holder is gone',
    async (store) => {
      await store.run(reserveKey, asked('k'))
      await store.run(releaseKey, { id: 'k', decision: 'first' })
      assert.deepEqual(await store.run(reserveKey, asked('k', { digest: 'e' })), { kind: 'taken' })
      const doubt = { kind: 'in-doubt', decision: 'first' }
      const same = { digest: 'e', decision: 'second' }
      assert.deepEqual(await store.run(reserveKey, asked('k', same)), doubt, 'its own process')
      const other = { ...same, owner: 'run-2', at: 2_000 }
      const pending = { kind: 'pending', decision: 'first' }
      assert.deepEqual(
        await store.run(reserveKey, asked('k', { ...other, abandonedBefore: 999 })),
        pending,
      )
      assert.deepEqual(
        await store.run(reserveKey, asked('k', { ...other, abandonedBefore: 1_000 })),
        doubt,
      )
    },
  )

  check('a key lives until its window ends, and is taken away after it', async (store) => {
    for (const id of ['a', 'b', 'c']) await store.run(reserveKey, asked(id))
    await store.run(settleKey, { id: 'a', decision: 'first', answer: ANSWER })
    const last = await store.run(reserveKey, asked('a', { at: 1_000 + DAY - 1 }))
    assert.equal(last.kind, 'answered')
    assert.equal(await store.run(forgetKeys, { now: 1_000 + DAY - 1, limit: 10 }), 0)
    const anew = await store.run(reserveKey, asked('a', { at: 1_000 + DAY, decision: 'anew' }))
    assert.equal(anew.kind, 'taken')
    assert.equal(await store.run(forgetKeys, { now: 1_000 + DAY, limit: 1 }), 1)
    assert.equal(await store.run(forgetKeys, { now: 1_000 + DAY, limit: 10 }), 1)
  })
}
