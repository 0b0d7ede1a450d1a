/** What the units over what pays once promise, whichever database is behind them. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import {
  addConsent,
  changeConsent,
  changeMigrations,
  consentMigrations,
  forgetKeys,
  idempotencyMigrations,
  releaseKey,
  reserveUse,
  settleUse,
  type Store,
  toldUses,
  untoldUses,
  usesOf,
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
    consent?: string
    payments?: number
  } = {},
) {
  const given = {
    digest: 'd',
    owner: 'run-1',
    decision: 'first',
    at: 1_000,
    consent: null,
    payments: 1,
    ...changes,
  }
  return { id, abandonedBefore: 0, expiresAt: given.at + YEAR, ...given }
}
const next = { digest: 'e', owner: 'run-2', decision: 'second', at: 2_000 }

export function usesContract({ name, skip, place }: Omit<Adapter, 'tables'>): void {
  const check = (title: string, work: (store: Store) => Promise<void>): void => {
    test(`${name}: ${title}`, { skip }, async (t: TestContext) => {
      const store = await (
        await place(t)
      ).open({
        migrations: [...idempotencyMigrations, ...changeMigrations, ...consentMigrations],
      })
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

  /** Whoever keeps the consent has told gateways of it under this name. */
  async function keep(store: Store, feedKey: string): Promise<void> {
    const row = {
      id: `hash of ${feedKey}`,
      client: 'hash-of-tpp',
      status: 'authorised',
      changed: 1,
      feedKey,
      endsAt: null,
      forgetAt: null,
      body: Buffer.from('sealed'),
    }
    assert.ok(await store.run(addConsent, { row, maxWaiting: 100 }))
    const told = { kind: 'consent', key: feedKey, at: 1, value: '"sealed"' } as const
    assert.ok(await store.run(changeConsent, { row, version: 1, subject: null, told }))
  }
  const untold = (store: Store) => store.run(untoldUses, { limit: 10 })
  const uses = async (store: Store, consent: string) =>
    (await store.run(usesOf, { consent, limit: 10 })).map(({ id, state, untold: waits }) => [
      id,
      waits ? `${state}, untold` : state,
    ])

  check(
    'a use of a consent that is kept here is told once, in its own transaction',
    async (store) => {
      await keep(store, 'kept')
      await store.run(reserveUse, asked('c', { consent: 'kept', payments: 2 }))
      assert.deepEqual(await untold(store), [], 'nothing was sent yet')
      assert.deepEqual(await uses(store, 'kept'), [['c', 'pending']])
      await store.run(settleUse, { id: 'c', decision: 'first', used: true })
      assert.deepEqual(await untold(store), ['kept'])
      assert.deepEqual(await store.run(usesOf, { consent: 'kept', limit: 10 }), [
        { id: 'c', state: 'used', decision: 'first', at: 1_000, payments: 2, untold: true },
      ])
      await store.run(toldUses, { ids: ['c'] })
      assert.deepEqual(await untold(store), [])
      assert.deepEqual(await uses(store, 'kept'), [['c', 'used']], 'it is still known')
    },
  )

  check('what is in doubt, given back or of another provider is not told', async (store) => {
    await keep(store, 'kept')
    await store.run(reserveUse, asked('doubt', { consent: 'kept' }))
    await store.run(settleUse, { id: 'doubt', decision: 'first', used: false })
    await store.run(reserveUse, asked('free', { consent: 'kept' }))
    await store.run(releaseKey, { id: 'free', decision: 'first' })
    for (const consent of ['a file holds it', undefined]) {
      const id = `of ${consent}`
      await store.run(reserveUse, asked(id, consent === undefined ? {} : { consent }))
      await store.run(settleUse, { id, decision: 'first', used: true })
      assert.equal((await store.run(reserveUse, asked(id, next))).kind, 'used', 'it is used still')
      if (consent !== undefined) assert.deepEqual(await uses(store, consent), [])
    }
    assert.deepEqual(await untold(store), [])
    assert.deepEqual(await uses(store, 'kept'), [['doubt', 'doubt']])
  })

  check('of one consent several payments are told together', async (store) => {
    await keep(store, 'one')
    await keep(store, 'two')
    for (const [at, id] of ['a', 'b', 'c'].entries()) {
      await store.run(reserveUse, asked(id, { consent: id === 'c' ? 'two' : 'one', at: 10 - at }))
      await store.run(settleUse, { id, decision: 'first', used: true })
    }
    assert.deepEqual((await untold(store)).toSorted(), ['one', 'two'])
    assert.deepEqual(await store.run(untoldUses, { limit: 1 }).then(({ length }) => length), 1)
    assert.deepEqual(
      await uses(store, 'one'),
      [
        ['b', 'used, untold'],
        ['a', 'used, untold'],
      ],
      'oldest first',
    )
    await store.run(toldUses, { ids: ['a', 'b'] })
    assert.deepEqual(await untold(store), ['two'])
  })

  check('a use whose window ended begins anew, of another consent or of none', async (store) => {
    await keep(store, 'kept')
    await store.run(reserveUse, asked('c', { consent: 'kept' }))
    await store.run(settleUse, { id: 'c', decision: 'first', used: true })
    await store.run(reserveUse, asked('c', { ...next, at: 1_000 + YEAR }))
    assert.deepEqual(await untold(store), [])
    await store.run(settleUse, { id: 'c', decision: 'second', used: true })
    assert.deepEqual(await untold(store), [])
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
