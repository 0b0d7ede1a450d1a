/** What the units over the authorization server's records promise, whichever database is behind them. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import fc from 'fast-check'
import {
  authorizationMigrations,
  claimAuthorization,
  consumeAuthorization,
  countAuthorizations,
  findAuthorization,
  findFirstAuthorization,
  forgetAuthorizations,
  type NewRecord,
  putAuthorization,
  removeAuthorization,
  removeGranted,
  type Store,
} from '../../src/store/index.ts'
import type { Adapter } from './contract.ts'

const NOW = 1_000_000
const RUNS = Math.max(20, Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 0) / 100)
const CODE = 'AuthorizationCode'

function record(id: string, changes: Partial<NewRecord> = {}): NewRecord {
  const names = { grantId: null, uid: null, userCode: null }
  const payload = Buffer.from(`sealed ${id}`)
  return { model: CODE, id, ...names, payload, expiresAt: NOW + 60_000, ...changes }
}
type By = 'id' | 'uid' | 'user_code'
const find = (
  store: Store,
  value: string,
  { model = CODE, by = 'id', now = NOW }: { model?: string; by?: By; now?: number } = {},
) => store.run(findAuthorization, { model, by, value, now })
const consume = (store: Store, id: string, { model = CODE, now = NOW } = {}) =>
  store.run(consumeAuthorization, { model, id, now })

/** The same store behind a slow line: what is read and then written elsewhere would let two in. */
function slow(store: Store): Store {
  const slowly = async <T>(work: () => Promise<T>): Promise<T> => {
    await pause(10)
    const value = await work()
    await pause(10)
    return value
  }
  return {
    run: (unit, arg) => slowly(() => store.run(unit, arg)),
    runBuffered: (unit, arg) => slowly(() => store.runBuffered(unit, arg)),
    sync: () => slowly(() => store.sync()),
    close: () => store.close(),
  }
}

export function authorizationContract({ name, skip, place }: Omit<Adapter, 'tables'>): void {
  const check = (title: string, work: (store: Store) => Promise<void>): void => {
    test(`${name}: ${title}`, { skip }, async (t: TestContext) => {
      const store = await (await place(t)).open({ migrations: authorizationMigrations })
      t.after(() => store.close())
      await work(store)
    })
  }
  const fifty = <T>(work: (at: number) => Promise<T>): Promise<T[]> =>
    Promise.all(Array.from({ length: 50 }, (_, at) => work(at)))

  for (const [how, through] of [
    ['', (store: Store) => store],
    [', through 10 ms of delay', slow],
  ] as const) {
    check(`of 50 who consume one record at once, one wins${how}`, async (direct) => {
      const store = through(direct)
      for (const model of [
        CODE,
        'RefreshToken',
        'PushedAuthorizationRequest',
        'BackchannelAuthenticationRequest',
      ]) {
        await store.run(putAuthorization, record('r', { model }))
        const won = await fifty(async (at) => {
          const found = await find(store, 'r', { model })
          return found !== null && consume(store, 'r', { model, now: NOW + at })
        })
        assert.equal(won.filter(Boolean).length, 1, model)
        const found = await find(store, 'r', { model })
        assert.equal(found?.consumedAt, NOW + won.indexOf(true), model)
      }
    })

    check(`of 50 who bring one id at once, one is the first${how}`, async (direct) => {
      const store = through(direct)
      const claimed = await fifty((at) =>
        store.run(claimAuthorization, {
          record: record('jti', { payload: Buffer.from(`by ${at}`) }),
          now: NOW,
        }),
      )
      assert.equal(claimed.filter(Boolean).length, 1)
      const found = await find(store, 'jti')
      assert.equal(String(Buffer.from(found?.payload ?? [])), `by ${claimed.indexOf(true)}`)
    })
  }

  check('a record is found by its id and its other names, in its own kind only', async (store) => {
    await store.run(putAuthorization, record('a', { uid: 'u', userCode: 'c' }))
    for (const [by, value] of [
      ['id', 'a'],
      ['uid', 'u'],
      ['user_code', 'c'],
    ] as const) {
      const found = await find(store, value, { by })
      assert.equal(found?.id, 'a')
      assert.deepEqual(Buffer.from(found.payload), Buffer.from('sealed a'))
      assert.equal(found.consumedAt, null)
      assert.equal(await find(store, value, { by, model: 'Session' }), null)
      assert.equal(await find(store, `${value}x`, { by }), null)
    }
  })

  check(
    'of several names the first that there is is found, whichever was written first',
    async (store) => {
      const first = async (names: readonly (readonly [string, string])[], now = NOW) => {
        const asked = names.map(([model, id]) => ({ model, id }))
        const found = await store.run(findFirstAuthorization, { names: asked, now })
        return found && [found.model, found.id, Buffer.from(found.payload).toString()]
      }
      await store.run(
        putAuthorization,
        record('b', { model: 'ClientCredentials', expiresAt: NOW + 120_000 }),
      )
      await store.run(putAuthorization, record('a', { model: 'AccessToken' }))
      const [access, own] = [
        ['AccessToken', 'a'],
        ['ClientCredentials', 'b'],
      ] as const
      assert.deepEqual(await first([access, own]), ['AccessToken', 'a', 'sealed a'])
      assert.deepEqual(await first([own, access]), ['ClientCredentials', 'b', 'sealed b'])
      assert.deepEqual(await first([['AccessToken', 'b'], own]), [...own, 'sealed b'])
      assert.equal(await first([['AccessToken', 'b']]), null, 'each id in its own kind')
      assert.equal(await first([]), null)
      // What has ended hides nothing that comes after it.
      assert.deepEqual(await first([access, own], NOW + 60_000), [...own, 'sealed b'])
      assert.equal(await first([access, own], NOW + 120_000), null)
      assert.ok(await consume(store, 'a', { model: 'AccessToken' }))
      const used = await store.run(findFirstAuthorization, {
        names: [{ model: 'AccessToken', id: 'a' }],
        now: NOW,
      })
      assert.equal(used?.consumedAt, NOW)
    },
  )

  check('what was consumed stays consumed, whoever writes over it', async (store) => {
    await store.run(putAuthorization, record('a'))
    assert.ok(await consume(store, 'a'))
    await store.run(putAuthorization, record('a', { payload: Buffer.from('again') }))
    const found = await find(store, 'a')
    assert.deepEqual(Buffer.from(found?.payload ?? []), Buffer.from('again'))
    assert.equal(found?.consumedAt, NOW)
    assert.ok(!(await consume(store, 'a')))
  })

  check(
    'at its end a record is gone: not found, not consumed, its id free again',
    async (store) => {
      const end = NOW + 60_000
      await store.run(putAuthorization, record('a'))
      assert.ok((await find(store, 'a', { now: end - 1 })) !== null)
      assert.equal(await find(store, 'a', { now: end }), null)
      assert.ok(!(await consume(store, 'a', { now: end })))
      const again = { record: record('a', { expiresAt: end + 60_000 }), now: end - 1 }
      assert.ok(!(await store.run(claimAuthorization, again)))
      assert.ok(await store.run(claimAuthorization, { ...again, now: end }))
      assert.ok((await find(store, 'a', { now: end })) !== null)
      assert.ok(!(await consume(store, 'nobody')))
    },
  )

  check('a record without end stays', async (store) => {
    await store.run(putAuthorization, record('a', { model: 'Client', expiresAt: null }))
    assert.equal(await store.run(forgetAuthorizations, { now: 2 ** 52, limit: 10 }), 0)
    assert.ok((await find(store, 'a', { model: 'Client', now: 2 ** 52 })) !== null)
    assert.ok(await consume(store, 'a', { model: 'Client', now: 2 ** 52 }))
  })

  check('removing takes one record; removing by grant takes that kind of it', async (store) => {
    const grants = [
      ['a', 'g', CODE],
      ['b', 'g', CODE],
      ['c', 'other', CODE],
      ['d', 'g', 'RefreshToken'],
    ] as const
    for (const [id, grantId, model] of grants)
      await store.run(putAuthorization, record(id, { grantId, model }))
    await store.run(removeGranted, { model: CODE, grantId: 'g' })
    assert.equal(await find(store, 'a'), null)
    assert.equal(await find(store, 'b'), null)
    assert.ok((await find(store, 'c')) !== null)
    assert.ok((await find(store, 'd', { model: 'RefreshToken' })) !== null)
    await store.run(removeAuthorization, { model: CODE, id: 'd' })
    assert.ok((await find(store, 'd', { model: 'RefreshToken' })) !== null, 'another kind')
    await store.run(removeAuthorization, { model: 'RefreshToken', id: 'd' })
    assert.equal(await find(store, 'd', { model: 'RefreshToken' }), null)
  })

  check('what has ended is taken away, no more at once than asked', async (store) => {
    for (let at = 0; at < 7; at++)
      await store.run(putAuthorization, record(`r${at}`, { expiresAt: NOW + at }))
    assert.equal(await store.run(forgetAuthorizations, { now: NOW + 4, limit: 3 }), 3)
    assert.equal(await store.run(forgetAuthorizations, { now: NOW + 4, limit: 3 }), 2)
    assert.equal(await store.run(forgetAuthorizations, { now: NOW + 4, limit: 3 }), 0)
    assert.ok((await find(store, 'r5')) !== null)
    assert.ok((await find(store, 'r6')) !== null)
  })

  check('records of a kind are counted as far as asked', async (store) => {
    for (let at = 0; at < 5; at++) await store.run(putAuthorization, record(`r${at}`))
    for (const [limit, want] of [
      [4, 4],
      [5, 5],
      [6, 5],
    ])
      assert.equal(await store.run(countAuthorizations, { model: CODE, limit: limit ?? 0 }), want)
    assert.equal(await store.run(countAuthorizations, { model: 'Session', limit: 10 }), 0)
  })

  check('any order of writes, uses and removals gives what a plain map gives', async (store) => {
    const step = fc.record({
      what: fc.constantFrom('put', 'claim', 'consume', 'remove', 'forget', 'find'),
      id: fc.constantFrom('a', 'b'),
      now: fc.integer({ min: NOW, max: NOW + 20 }),
      life: fc.integer({ min: 1, max: 20 }),
    })
    let round = 0
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const model = `Kind${round++}`
        const kept = new Map<string, { end: number; consumed: number | null }>()
        for (const { what, id, now, life } of steps) {
          const new_ = record(id, { model, expiresAt: now + life })
          const row = kept.get(id)
          const alive = row !== undefined && row.end > now
          if (what === 'put') {
            await store.run(putAuthorization, new_)
            kept.set(id, { end: now + life, consumed: row?.consumed ?? null })
          } else if (what === 'claim') {
            assert.equal(await store.run(claimAuthorization, { record: new_, now }), !alive)
            if (!alive) kept.set(id, { end: now + life, consumed: row?.consumed ?? null })
          } else if (what === 'consume') {
            const free = alive && row.consumed === null
            assert.equal(await consume(store, id, { model, now }), free)
            if (free) row.consumed = now
          } else if (what === 'remove') {
            await store.run(removeAuthorization, { model, id })
            kept.delete(id)
          } else if (what === 'forget') {
            await store.run(forgetAuthorizations, { now, limit: 1_000 })
            for (const [key, { end }] of kept) if (end <= now) kept.delete(key)
          } else {
            const found = await find(store, id, { model, now })
            assert.deepEqual(found?.consumedAt, alive ? row.consumed : undefined)
          }
        }
      }),
      { numRuns: RUNS },
    )
  })
}
