/** What a store promises, whichever database is behind it: one suite, run over every adapter (DESIGN §6). */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import fc from 'fast-check'
import type { ErrorCode } from '../../src/lib/index.ts'
import type { Migration, Store } from '../../src/store/index.ts'
import * as tally from './tally-units.ts'

export interface OpenOptions {
  readonly migrations?: readonly Migration[]
  readonly maxWaitingUnits?: number
}
/** One database: opened as often as a test likes. */
export interface Place {
  open(options?: OpenOptions): Promise<Store>
}
export interface Adapter {
  readonly name: string
  readonly skip: string | false
  place(t: TestContext): Promise<Place>
  /** SQL that reads the names of all tables, as rows with `name`. */
  readonly tables: string
}

const code = (expected: ErrorCode) => (error: unknown) => {
  assert.equal((error as { code?: unknown }).code, expected)
  return true
}
const FAILED = code('GH_STORE_FAILED')
const RUNS = Math.max(20, Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 0) / 100)
const second: Migration = { id: 'tally/second', up: ['CREATE TABLE more (n INTEGER) STRICT'] }

export function storeContract({ name, skip, place, tables }: Adapter): void {
  const check = (title: string, work: (t: TestContext, place: Place) => Promise<void>): void => {
    test(`${name}: ${title}`, { skip }, async (t) => work(t, await place(t)))
  }
  const opened = async (t: TestContext, at: Place, options?: OpenOptions): Promise<Store> => {
    const store = await at.open(options)
    t.after(() => store.close())
    return store
  }

  check('`run` lets one of 50 racing "once" units win', async (t, at) => {
    const store = await opened(t, at)
    for (let round = 0; round < 5; round++) {
      const key = `k${round}`
      const won = await Promise.all(
        Array.from({ length: 50 }, (_, i) => store.run(tally.claim, { key, by: `unit-${i}` })),
      )
      assert.equal(won.filter(Boolean).length, 1)
      const row = (await store.run(tally.all, undefined)).find((one) => one['key'] === key)
      assert.equal(row?.['winner'], `unit-${won.indexOf(true)}`)
    }
  })

  check(
    '`run` gives a quota to as many as it has, of 50 that read and write at once',
    async (t, at) => {
      const store = await opened(t, at)
      const given = await Promise.all(
        Array.from({ length: 50 }, () => store.run(tally.take, { name: 'a day', limit: 4 })),
      )
      assert.equal(given.filter(Boolean).length, 4)
      assert.equal(await store.run(tally.take, { name: 'a day', limit: 4 }), false)
      assert.equal(await store.run(tally.take, { name: 'another', limit: 4 }), true)
    },
  )

  check(
    'what is buffered and what is not are one order: of 50 that race one wins',
    async (t, at) => {
      const store = await opened(t, at)
      const won = await Promise.all(
        Array.from({ length: 50 }, (_, i) =>
          store[i % 3 === 0 ? 'run' : 'runBuffered'](tally.claim, { key: 'k', by: `unit-${i}` }),
        ),
      )
      assert.equal(won.filter(Boolean).length, 1)
      const [row] = await store.runBuffered(tally.all, undefined)
      assert.equal(row?.['winner'], `unit-${won.indexOf(true)}`)
      assert.equal(await store.run(tally.claim, { key: 'k', by: 'late' }), false)
    },
  )

  check('what was buffered and synced is there when the store is opened again', async (t, at) => {
    const first = await at.open()
    assert.equal(await first.runBuffered(tally.claim, { key: 'k', by: 'first' }), true)
    await assert.rejects(first.runBuffered(tally.thrower, 'thrown'), FAILED)
    await Promise.all([first.sync(), first.sync(), first.sync()])
    await first.close()
    await assert.rejects(first.runBuffered(tally.all, undefined), FAILED)
    const second = await opened(t, at)
    assert.equal(await second.runBuffered(tally.claim, { key: 'k', by: 'second' }), false)
  })

  check('a unit sees what every unit that resolved before it did', async (t, at) => {
    const store = await opened(t, at)
    for (let count = 1; count <= 12; count++) {
      await Promise.all(
        [1, 2].map((i) => store.run(tally.claim, { key: `${count}-${i}`, by: 'x' })),
      )
      assert.equal((await store.run(tally.all, undefined)).length, 2 * count)
    }
  })

  check('`run` undoes a failing unit alone, whatever runs beside it', async (t, at) => {
    const store = await opened(t, at)
    const results = await Promise.allSettled([
      store.run(tally.claim, { key: 'before', by: 'a' }),
      store.run(tally.thrower, 'thrown'),
      store.run(tally.orphan, 'no parent'),
      store.run(tally.uncloneable, undefined),
      store.run(tally.claim, { key: 'after', by: 'b' }),
    ])
    assert.deepEqual(
      results.map((result) => (result.status === 'fulfilled' ? result.value : 'rejected')),
      [true, 'rejected', 'rejected', 'rejected', true],
    )
    for (const result of results) if (result.status === 'rejected') assert.ok(FAILED(result.reason))
    const found = (await store.run(tally.all, undefined)).map((row) => row['key'])
    assert.deepEqual(found, ['after', 'before'])
  })

  check(
    '`run` keeps exactly what it acknowledged of any mixture of honest and failing units',
    async (t, at) => {
      const store = await opened(t, at)
      const kinds = [
        'claim',
        'again',
        'thrower',
        'orphan',
        'commit',
        'uncloneable',
        'bigint',
      ] as const
      let round = 0
      await fc.assert(
        fc.asyncProperty(fc.array(fc.constantFrom(...kinds), { maxLength: 20 }), async (units) => {
          const prefix = `r${++round}`
          const before = (await store.run(tally.all, undefined)).length
          const results = await Promise.allSettled(
            units.map((kind, i): Promise<unknown> => {
              const key = `${prefix}-${i}`
              if (kind === 'claim') return store.run(tally.claim, { key, by: prefix })
              if (kind === 'again')
                return store.run(tally.claim, { key: `${prefix}-same`, by: prefix })
              if (kind === 'thrower') return store.run(tally.thrower, key)
              if (kind === 'orphan') return store.run(tally.orphan, key)
              if (kind === 'commit') return store.run(tally.raw, 'COMMIT')
              if (kind === 'uncloneable') return store.run(tally.uncloneable, undefined)
              return store.run(tally.bind, 'bigint')
            }),
          )
          for (const [i, { status }] of results.entries())
            assert.equal(
              status === 'fulfilled',
              ['claim', 'again'].includes(units[i] ?? ''),
              units[i],
            )
          const won = results.filter(
            (one) => one.status === 'fulfilled' && one.value === true,
          ).length
          const claims = units.filter((kind) => kind === 'claim').length
          assert.equal(won, claims + (units.includes('again') ? 1 : 0))
          assert.equal((await store.run(tally.all, undefined)).length, before + won)
        }),
        { numRuns: RUNS },
      )
    },
  )

  check('`run` refuses statements that would reach outside the unit', async (t, at) => {
    const store = await opened(t, at)
    const tricks = [
      'COMMIT',
      'ROLLBACK',
      'BEGIN',
      'SAVEPOINT mine',
      'RELEASE unit',
      'VACUUM',
      ' COMMIT',
    ]
    for (const trick of tricks) {
      const neighbour = store.run(tally.claim, { key: trick, by: 'neighbour' })
      await assert.rejects(store.run(tally.raw, trick), FAILED, trick)
      assert.equal(await neighbour, true)
    }
    await assert.rejects(store.run(tally.raw, '-- why\nCOMMIT'), FAILED)
    assert.equal((await store.run(tally.all, undefined)).length, tricks.length)
  })

  check('`run` runs one statement at a time: nothing after the first counts', async (t, at) => {
    const store = await opened(t, at)
    await store.run(tally.claim, { key: 'k', by: 'x' })
    await store.run(tally.raw, 'DELETE FROM child; DELETE FROM once').catch(() => undefined)
    assert.equal((await store.run(tally.all, undefined)).length, 1)
  })

  check('`run` fails the one unit whose argument, result or name is wrong', async (t, at) => {
    const store = await opened(t, at)
    const module = import.meta.resolve('./tally-units.ts')
    await Promise.all(
      [
        store.run(tally.claim, { key: (() => 'k') as never, by: 'x' }),
        store.run(tally.uncloneable, undefined),
        store.run({ module, name: 'nothing' }, 1),
        store.run({ module, name: 'claim' }, 1),
        store.run({ module: 'file:///no/such/module.ts', name: 'claim' }, 1),
      ].map((unit) => assert.rejects(unit, FAILED)),
    )
    assert.equal(await store.run(tally.claim, { key: 'sound', by: 'x' }), true)
  })

  const SAME: readonly (readonly [string, Partial<tally.Kept>, Partial<tally.Kept>])[] = [
    ['nothing', {}, { n: null, s: null, b: null }],
    ['true and false', { n: true }, { n: 1 }],
    ['the largest whole number', { n: Number.MAX_SAFE_INTEGER }, { n: Number.MAX_SAFE_INTEGER }],
    ['the smallest', { n: Number.MIN_SAFE_INTEGER }, { n: Number.MIN_SAFE_INTEGER }],
    ['money as text', { s: '12345678901234567890.10' }, { s: '12345678901234567890.10' }],
    ['an empty text', { s: '' }, { s: '' }],
    ['quotes and backslashes', { s: `'"\\\n\t$1 ?` }, { s: `'"\\\n\t$1 ?` }],
    ['astral and combining', { s: '😀é\u0301\u202e\ufeff' }, { s: '😀é\u0301\u202e\ufeff' }],
    ['no bytes', { b: new Uint8Array() }, { b: new Uint8Array() }],
    [
      'every byte',
      { b: Uint8Array.from({ length: 256 }, (_, i) => i) },
      { b: Uint8Array.from({ length: 256 }, (_, i) => i) },
    ],
    ['a megabyte of text', { s: 'ü'.repeat(1 << 20) }, { s: 'ü'.repeat(1 << 20) }],
    [
      'a megabyte of bytes',
      { b: new Uint8Array(1 << 20).fill(7) },
      { b: new Uint8Array(1 << 20).fill(7) },
    ],
  ]
  check('what goes into a column comes out the same', async (t, at) => {
    const store = await opened(t, at)
    for (const [what, put, want] of SAME) {
      const [row] = await store.run(tally.keep, { key: 'k', ...put })
      for (const [column, value] of Object.entries(want))
        assert.deepEqual(row?.[column], value, what)
    }
  })

  check('any text, whole number and bytes come out the same', async (t, at) => {
    const store = await opened(t, at)
    await fc.assert(
      fc.asyncProperty(
        fc.maxSafeInteger(),
        fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => text.replaceAll('\0', '')),
        fc.uint8Array({ maxLength: 40 }),
        async (n, s, b) => {
          const [row] = await store.run(tally.keep, { key: 'k', n, s, b })
          assert.deepEqual({ ...row }, { key: 'k', n, s, b })
        },
      ),
      { numRuns: RUNS * 5 },
    )
  })

  const WRONG: readonly (readonly [string, Partial<tally.Kept>])[] = [
    ['a whole number beyond 2^53', { n: 2 ** 53 }],
    ['a fraction in a column of whole numbers', { n: 1.5 }],
    ['NaN', { n: Number.NaN }],
    ['a word in a column of numbers', { n: 'many' }],
    ['a bigint', { n: 1n }],
    ['a date', { n: new Date(0) }],
    ['U+0000', { s: 'a\0b' }],
    ['half a surrogate pair', { s: '\ud800' }],
    ['a list', { s: ['a'] }],
    ['bytes in a column of text', { s: Uint8Array.of(1) }],
    ['text in a column of bytes', { b: 'abc' }],
  ]
  check('what one database would change or refuse, both refuse', async (t, at) => {
    const store = await opened(t, at)
    for (const [what, put] of WRONG)
      await assert.rejects(store.run(tally.keep, { key: 'wrong', ...put }), FAILED, what)
    assert.deepEqual(await store.run(tally.keys, undefined), [])
  })

  check('text sorts by its bytes, and a sum is a number', async (t, at) => {
    const store = await opened(t, at)
    const words = ['b', 'B', 'a', 'Z', 'ä', 'z', '_', '10', '9', '😀', 'ﬀ']
    for (const key of words) await store.run(tally.keep, { key, n: 2 })
    assert.deepEqual(
      (await store.run(tally.keys, undefined)).map((row) => row['key']),
      words.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
    )
    assert.deepEqual({ ...(await store.run(tally.sum, undefined))[0] }, { rows: 11, sum: 22 })
    for (const key of ['x', 'y']) await store.run(tally.keep, { key, n: Number.MAX_SAFE_INTEGER })
    await assert.rejects(store.run(tally.sum, undefined), FAILED)
  })

  check('`run` refuses the unit past the limit and takes the one at it', async (t, at) => {
    const store = await opened(t, at, { maxWaitingUnits: 3 })
    const claims = [1, 2, 3].map((i) => store.run(tally.claim, { key: `k${i}`, by: 'x' }))
    await assert.rejects(store.run(tally.claim, { key: 'k4', by: 'x' }), code('GH_STORE_BUSY'))
    assert.deepEqual(await Promise.all(claims), [true, true, true])
    assert.equal(await store.run(tally.claim, { key: 'k4', by: 'x' }), true)
  })

  check('`close` answers every unit that was given before it and none after', async (_, at) => {
    const store = await at.open()
    const given = Array.from({ length: 100 }, (__, i) =>
      store.run(tally.claim, { key: `k${i}`, by: 'x' }),
    )
    const closing = [store.close(), store.close()]
    await assert.rejects(store.run(tally.all, undefined), FAILED)
    assert.ok((await Promise.all(given)).every(Boolean))
    await Promise.all(closing)
    const again = await at.open()
    assert.equal((await again.run(tally.all, undefined)).length, 100)
    assert.equal(await again.run(tally.claim, { key: 'k7', by: 'late' }), false)
    await again.close()
  })

  check('each migration is applied once, in its own transaction, and data stays', async (_, at) => {
    const names = async (migrations: readonly Migration[]): Promise<readonly unknown[]> => {
      const store = await at.open({ migrations })
      try {
        return (await store.run(tally.raw, tables)).map((row) => row['name'])
      } finally {
        await store.close()
      }
    }
    const first = await at.open()
    await first.run(tally.claim, { key: 'k', by: 'x' })
    await first.close()
    assert.ok((await names([second, ...tally.tallyMigrations])).includes('more'))
    await assert.rejects(names(tally.tallyMigrations), code('GH_STORE_NEWER'))
    const all = [...tally.tallyMigrations, second]
    const edited = { ...second, up: ['CREATE TABLE more (m INTEGER) STRICT'] }
    await assert.rejects(names([...tally.tallyMigrations, edited]), code('GH_STORE_MIGRATION'))
    await assert.rejects(names([...all, second]), code('GH_STORE_MIGRATION'))
    const half = {
      id: 'x',
      up: ['CREATE TABLE half (n INTEGER) STRICT', 'CREATE TABLE half (n INTEGER) STRICT'],
    }
    await assert.rejects(names([...all, half]), code('GH_STORE_MIGRATION'))
    const loose = { id: 'y', up: ['CREATE TABLE loose (n INTEGER)'] }
    await assert.rejects(names([...all, loose]), code('GH_STORE_MIGRATION'))
  })
}
