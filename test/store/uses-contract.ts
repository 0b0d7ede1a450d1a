/** What the units over what pays once promise, whichever database is behind them. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import {
  forgetKeys,
  idempotencyMigrations,
  releaseKey,
  reserveUse,
  settleUse,
  type Store,
} from '../../src/store/index.ts'
import type { Adapter } from './contract.ts'

const YEAR = 31_536_000_000

function asked(
  id: string,
  changes: {
    digest?: string
    owner?: string
    decision?: string
    at?: number
    abandonedBefore?: number
  } = {},
) {
  const given = { digest: 'd', owner: 'run-1', decision: 'first', at: 1_000, ...changes }
  return { id, abandonedBefore: 0, expiresAt: given.at + YEAR, ...given }
}
const next = { digest: 'e', owner: 'run-2', decision: 'second', at: 2_000 }

export function usesContract({ name, skip, place }: Omit<Adapter, 'tables'>): void {
  const check = (title: string, work: (store: Store) => Promise<void>): void => {
    test(`${name}: ${title}`, { skip }, async (t: TestContext) => {
      const store = await (await place(t)).open({ migrations: idempotencyMigrations })
      t.after(() => store.close())
      await work(store)
    })
  }

  check('of 50 payments under one consent at once, one takes it', async (store) => {
    for (let round = 0; round < 4; round++) {
      const states = await Promise.all(
        Array.from({ length: 50 }, (_, at) =>
          store.run(
            reserveUse,
            asked(`c${round}`, { digest: `p${at}`, decision: `d${at}`, owner: `run-${at}` }),
          ),
        ),
      )
      assert.equal(states.filter(({ kind }) => kind === 'taken').length, 1)
      const winner = `d${states.findIndex(({ kind }) => kind === 'taken')}`
      for (const state of states)
        if (state.kind !== 'taken') assert.deepEqual(state, { kind: 'in-use', decision: winner })
    }
  })

  check('what was used is used, and names the request that did', async (store) => {
    assert.deepEqual(await store.run(reserveUse, asked('c')), { kind: 'taken' })
    assert.ok(await store.run(settleUse, { id: 'c', decision: 'first', used: true }))
    const used = { kind: 'used', decision: 'first' }
    assert.deepEqual(await store.run(reserveUse, asked('c', next)), used)
    await store.run(releaseKey, { id: 'c', decision: 'first' })
    assert.ok(!(await store.run(settleUse, { id: 'c', decision: 'first', used: false })))
    assert.deepEqual(await store.run(reserveUse, asked('c', next)), used, 'it is never given back')
    assert.deepEqual(await store.run(reserveUse, asked('c', { ...next, digest: 'd' })), {
      kind: 'same',
    })
  })

  check('only who took it settles it or gives it back', async (store) => {
    await store.run(reserveUse, asked('c'))
    assert.ok(!(await store.run(settleUse, { id: 'c', decision: 'second', used: true })))
    await store.run(releaseKey, { id: 'c', decision: 'second' })
    const held = { kind: 'in-use', decision: 'first' }
    assert.deepEqual(await store.run(reserveUse, asked('c', next)), held)
    assert.deepEqual(
      await store.run(reserveUse, asked('c', { ...next, digest: 'd' })),
      held,
      'while its holder may give it back it is not even for the same',
    )
    await store.run(releaseKey, { id: 'c', decision: 'first' })
    assert.deepEqual(await store.run(reserveUse, asked('c', next)), { kind: 'taken' })
  })

  check('what nobody settled is in doubt, and stays so', async (store) => {
    await store.run(reserveUse, asked('c'))
    const doubt = { kind: 'in-doubt', decision: 'first' }
    const late = { ...next, abandonedBefore: 1_000 }
    assert.deepEqual(await store.run(reserveUse, asked('c', late)), doubt, 'its holder is gone')
    assert.deepEqual(
      await store.run(reserveUse, asked('c', { ...next, owner: 'run-1' })),
      doubt,
      'its own process asks only for what it does not hold',
    )
    assert.deepEqual(await store.run(reserveUse, asked('c', { ...late, digest: 'd' })), {
      kind: 'same',
    })
    assert.ok(await store.run(settleUse, { id: 'c', decision: 'first', used: false }))
    assert.deepEqual(await store.run(reserveUse, asked('c', next)), doubt)
  })

  check('it is kept until its end, and taken away after it', async (store) => {
    await store.run(reserveUse, asked('c'))
    await store.run(settleUse, { id: 'c', decision: 'first', used: true })
    assert.equal(await store.run(forgetKeys, { now: 1_000 + YEAR - 1, limit: 10 }), 0)
    const before = await store.run(reserveUse, asked('c', { ...next, at: 1_000 + YEAR - 1 }))
    assert.equal(before.kind, 'used')
    assert.equal(await store.run(forgetKeys, { now: 1_000 + YEAR, limit: 10 }), 1)
  })
}
