/** What the units over counted accesses promise, whichever database is behind them. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import {
  forgetQuotas,
  quotaMigrations,
  quotaSecret,
  settleQuotas,
  type Store,
  takeQuotas,
} from '../../src/store/index.ts'
import { MAX_PAGES, PAGES_WITHIN_MS } from '../../src/store/quotas/units.ts'
import type { Adapter } from './contract.ts'

const DAY = 86_400_000
const START = 10 * DAY

interface Asked {
  readonly decision: string
  readonly at?: number
  readonly owner?: string
  readonly ids?: readonly string[]
  readonly page?: string
  readonly paged?: boolean
  /** What its answer leads to. */
  readonly offers?: readonly string[]
  readonly abandonedBefore?: number
}

function asked({
  ids = ['k'],
  at = START,
  owner = 'run-1',
  page,
  paged = false,
  ...rest
}: Omit<Asked, 'offers'>) {
  const pages = page === undefined ? [] : [page]
  const uses = ids.map((id) => ({ id, limit: 4, windowMs: DAY, asked: pages, paged }))
  return { abandonedBefore: at - 600_000, ...rest, at, owner, uses }
}

export function quotasContract({ name, skip, place }: Omit<Adapter, 'tables'>): void {
  const check = (title: string, work: (store: Store) => Promise<void>): void => {
    test(`${name}: ${title}`, { skip }, async (t: TestContext) => {
      const store = await (await place(t)).open({ migrations: quotaMigrations })
      t.after(() => store.close())
      await work(store)
    })
  }
  const take = async (store: Store, { offers = [], ...one }: Asked): Promise<string> => {
    const outcome = await store.run(takeQuotas, asked(one))
    if (outcome.kind === 'taken') await store.run(settleQuotas, { decision: one.decision, offers })
    return outcome.kind
  }

  check('of 50 accesses at once exactly four are taken', async (store) => {
    for (let round = 0; round < 3; round++) {
      const outcomes = await Promise.all(
        Array.from({ length: 50 }, (_, at) =>
          store.run(
            takeQuotas,
            asked({ ids: [`k${round}`], decision: `d${round}-${at}`, owner: `run-${at % 3}` }),
          ),
        ),
      )
      assert.equal(outcomes.filter(({ kind }) => kind === 'taken').length, 4)
    }
  })

  check(
    'the window is exact: an access comes back a day after it, to the millisecond',
    async (store) => {
      for (let at = 0; at < 4; at++)
        assert.equal(await take(store, { decision: `d${at}`, at: START + at * 1_000 }), 'taken')
      const refused = await store.run(takeQuotas, asked({ decision: 'e', at: START + DAY - 1 }))
      assert.deepEqual(refused, { kind: 'spent', at: 0, remaining: 0, backAt: START + DAY })
      assert.equal(await take(store, { decision: 'f', at: START + DAY }), 'taken')
      assert.equal(await take(store, { decision: 'g', at: START + DAY + 999 }), 'spent')
      assert.equal(await take(store, { decision: 'h', at: START + DAY + 1_000 }), 'taken')
    },
  )

  check('several accounts are taken all or none', async (store) => {
    for (let at = 0; at < 4; at++) await take(store, { decision: `d${at}`, ids: ['a'] })
    const refused = await store.run(takeQuotas, asked({ decision: 'e', ids: ['b', 'a'] }))
    assert.ok(refused.kind === 'spent' && refused.at === 1)
    for (let at = 0; at < 4; at++)
      assert.equal(await take(store, { decision: `f${at}`, ids: ['b'] }), 'taken')
    assert.equal(await take(store, { decision: 'g', ids: ['b'] }), 'spent')
  })

  check('what is given back was never taken; what is kept stays', async (store) => {
    for (let at = 0; at < 10; at++) {
      const decision = `d${at}`
      assert.equal((await store.run(takeQuotas, asked({ decision }))).kind, 'taken')
      await store.run(settleQuotas, { decision, offers: null })
    }
    await take(store, { decision: 'kept' })
    await store.run(settleQuotas, { decision: 'kept', offers: null })
    const next = await store.run(takeQuotas, asked({ decision: 'next' }))
    assert.ok(next.kind === 'taken')
    assert.equal(next.left[0]?.remaining, 2)
  })

  check('what a process held that has died is nobody’s; what it had kept counts', async (store) => {
    for (let at = 0; at < 2; at++) await take(store, { decision: `kept${at}`, owner: 'dead' })
    for (let at = 0; at < 2; at++)
      await store.run(takeQuotas, asked({ decision: `held${at}`, owner: 'dead' }))
    const alive = asked({ decision: 'a', at: START + 1_000 })
    assert.equal((await store.run(takeQuotas, alive)).kind, 'spent', 'it may still be there')
    const gone = asked({ decision: 'b', at: START + 1_000, abandonedBefore: START })
    const taken = await store.run(takeQuotas, gone)
    assert.ok(taken.kind === 'taken')
    assert.equal(taken.left[0]?.remaining, 1)
  })

  const three = async (store: Store): Promise<void> => {
    for (let at = 0; at < 3; at++) await take(store, { decision: `three${at}` })
  }

  check('further pages are those that an answer led to, each once, for a while', async (store) => {
    const soon = START + PAGES_WITHIN_MS - 1
    await three(store)
    assert.equal(await take(store, { decision: 'first', offers: ['2', '9'] }), 'taken')
    assert.equal(await take(store, { decision: 'none' }), 'spent')
    assert.equal(await take(store, { decision: 'made-up', page: '3' }), 'spent')
    assert.equal(await take(store, { decision: 'p2', page: '2', offers: ['3'], at: soon }), 'taken')
    assert.equal(await take(store, { decision: 'p3', page: '3', at: soon }), 'taken', 'in turn')
    assert.equal(await take(store, { decision: 'again', page: '2', at: soon }), 'spent')
    assert.equal(await take(store, { decision: 'paged', page: '4', paged: true }), 'spent')
    const elsewhere = { ids: ['other'], page: '9', at: soon }
    assert.equal(await take(store, { decision: 'else', ...elsewhere }), 'taken')
    const last = await store.run(takeQuotas, asked({ decision: 'else2', ids: ['other'], at: soon }))
    assert.ok(last.kind === 'taken' && last.left[0]?.remaining === 2, 'it was an access')
    const late = { page: '9', at: START + PAGES_WITHIN_MS }
    assert.equal(await take(store, { decision: 'late', ...late }), 'spent')
  })

  check('what was given back, or has not been answered, leads nowhere', async (store) => {
    await three(store)
    await store.run(takeQuotas, asked({ decision: 'open' }))
    assert.equal(await take(store, { decision: 'p', page: '2' }), 'spent')
    await store.run(settleQuotas, { decision: 'open', offers: null })
    assert.equal(await take(store, { decision: 'q', page: '2' }), 'taken', 'as an access')
    assert.equal(await take(store, { decision: 'r', page: '3' }), 'spent')
  })

  check('of an answer that nobody saw any query that names a page may be one', async (store) => {
    await three(store)
    await take(store, { decision: 'first', offers: ['*'] })
    assert.equal(await take(store, { decision: 'p2', page: '2', paged: true }), 'taken')
    assert.equal(await take(store, { decision: 'p3', page: '3' }), 'spent')
  })

  check(`of one access ${MAX_PAGES} pages are free`, async (store) => {
    await take(store, { decision: 'first', offers: ['2'] })
    await three(store)
    for (let at = 2; at < MAX_PAGES + 2; at++)
      assert.equal(
        await take(store, { decision: `p${at}`, page: `${at}`, offers: [`${at + 1}`] }),
        'taken',
      )
    const over = { decision: 'over', page: `${MAX_PAGES + 2}` }
    assert.equal(await take(store, over), 'spent')
  })

  check('a page without its first is an access', async (store) => {
    for (let at = 0; at < 4; at++)
      assert.equal(await take(store, { decision: `d${at}`, page: `${at + 2}` }), 'taken')
    assert.equal(await take(store, { decision: 'e', page: '9' }), 'spent')
  })

  check('what has ended is taken away, and nothing else', async (store) => {
    await take(store, { decision: 'old', ids: ['a', 'b', 'c'] })
    await take(store, { decision: 'new', at: START + 1 })
    assert.equal(await store.run(forgetQuotas, { now: START + DAY - 1, limit: 10 }), 0)
    assert.equal(await store.run(forgetQuotas, { now: START + DAY, limit: 2 }), 2)
    assert.equal(await store.run(forgetQuotas, { now: START + DAY, limit: 2 }), 1)
    assert.equal(await store.run(forgetQuotas, { now: START + DAY, limit: 2 }), 0)
  })

  check('the secret of the hashes is that of whoever asked first', async (store) => {
    const first = await store.run(quotaSecret, { fresh: Buffer.alloc(32, 1) })
    const second = await store.run(quotaSecret, { fresh: Buffer.alloc(32, 2) })
    assert.deepEqual(Buffer.from(second), Buffer.from(first))
  })
}
