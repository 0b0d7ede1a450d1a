import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { ErrorCode } from '../../src/lib/index.ts'
import { openSqliteStore, type SqliteStoreOptions, type Store } from '../../src/store/index.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import * as tally from './tally-units.ts'

async function open(
  t: TestContext,
  options: Partial<SqliteStoreOptions> = {},
): Promise<Store & { readonly dir: string }> {
  const dir = options.dir ?? temporaryFolder(t)
  const store = await openSqliteStore({
    migrations: tally.tallyMigrations,
    create: true,
    ...options,
    dir,
  })
  t.after(() => store.close())
  return { ...store, dir }
}
const code = (expected: ErrorCode) => (error: unknown) => {
  assert.equal((error as { code?: unknown }).code, expected)
  return true
}

test('`run` lets one of 50 racing "once" units win', async (t) => {
  const store = await open(t)
  const won = await Promise.all(
    Array.from({ length: 50 }, (_, i) => store.run(tally.claim, { key: 'k', by: `unit-${i}` })),
  )
  assert.equal(won.filter(Boolean).length, 1)
  const [row] = await store.run(tally.all, undefined)
  assert.equal(row?.['winner'], `unit-${won.indexOf(true)}`)
})

test('`run` keeps what it acknowledged when the store is opened again', async (t) => {
  const first = await open(t)
  await first.run(tally.claim, { key: 'k', by: 'first' })
  await first.close()
  const second = await open(t, { dir: first.dir, create: false })
  assert.equal(await second.run(tally.claim, { key: 'k', by: 'second' }), false)
})

test('`run` undoes a failing unit alone when others share its commit', async (t) => {
  const store = await open(t)
  const results = await Promise.allSettled([
    store.run(tally.claim, { key: 'before', by: 'a' }),
    store.run(tally.thrower, 'thrown'),
    store.run(tally.orphan, 'no parent'),
    store.run(tally.claim, { key: 'after', by: 'b' }),
  ])
  assert.deepEqual(
    results.map((result) => result.status),
    ['fulfilled', 'rejected', 'rejected', 'fulfilled'],
  )
  const keys = (await store.run(tally.all, undefined)).map((row) => row['key'])
  assert.deepEqual(keys, ['after', 'before'])
})

test('`run` refuses statements that would reach outside the unit', async (t) => {
  const store = await open(t)
  const tricks = [
    'COMMIT',
    'ROLLBACK',
    'BEGIN',
    'SAVEPOINT mine',
    'RELEASE unit',
    'ROLLBACK TO unit',
    'PRAGMA synchronous = OFF',
    `ATTACH '${store.dir}/other.db' AS other`,
    'VACUUM',
    "VACUUM INTO 'copy.db'",
  ]
  for (const trick of tricks) {
    const neighbour = store.run(tally.claim, { key: trick, by: 'neighbour' })
    await assert.rejects(store.run(tally.raw, trick), code('GH_STORE_FAILED'), trick)
    assert.equal(await neighbour, true)
  }
  assert.equal((await store.run(tally.all, undefined)).length, tricks.length)
})

test('`run` fails the one unit whose argument, result, name or length is wrong', async (t) => {
  const store = await open(t)
  const failing = [
    store.run(tally.claim, { key: (() => 'k') as never, by: 'x' }),
    store.run(tally.uncloneable, undefined),
    store.run({ module: import.meta.resolve('./tally-units.ts'), name: 'nothing' }, 1),
    store.run({ module: import.meta.resolve('./tally-units.ts'), name: 'claim' }, 1),
    store.run({ module: 'file:///no/such/module.ts', name: 'claim' }, 1),
    store.run(tally.endless, undefined),
  ].map((unit) => assert.rejects(unit, code('GH_STORE_FAILED')))
  const sound = store.run(tally.claim, { key: 'sound', by: 'x' })
  await Promise.all(failing)
  assert.equal(await sound, true)
  assert.equal((await store.run(tally.all, undefined)).length, 1)
})

test('`run` binds booleans and bytes and refuses bigint, Date, undefined and NaN', async (t) => {
  const store = await open(t)
  assert.equal((await store.run(tally.bind, 'true'))[0]?.['value'], 1)
  assert.deepEqual((await store.run(tally.bind, 'bytes'))[0]?.['value'], Uint8Array.of(0, 255))
  for (const kind of ['bigint', 'date', 'undefined', 'nan'])
    await assert.rejects(store.run(tally.bind, kind), code('GH_STORE_FAILED'), kind)
  await assert.rejects(store.run(tally.raw, 'SELECT 9007199254740993 AS big'), /too large/i)
})

test('`run` refuses the unit past the limit and takes the one at it', async (t) => {
  const store = await open(t, { maxWaitingUnits: 3 })
  const claims = [1, 2, 3].map((i) => store.run(tally.claim, { key: `k${i}`, by: 'x' }))
  await assert.rejects(store.run(tally.claim, { key: 'k4', by: 'x' }), code('GH_STORE_BUSY'))
  assert.deepEqual(await Promise.all(claims), [true, true, true])
  assert.equal(await store.run(tally.claim, { key: 'k4', by: 'x' }), true)
})

test('`close` finishes what was begun and refuses what comes later', async (t) => {
  const store = await open(t)
  const begun = store.run(tally.claim, { key: 'k', by: 'x' })
  const closed = store.close()
  await assert.rejects(store.run(tally.all, undefined), code('GH_STORE_FAILED'))
  assert.equal(await begun, true)
  await closed
  await store.close()
})

test('`openSqliteStore` refuses a path without database when not asked to create', async (t) => {
  const dir = join(temporaryFolder(t), 'typo')
  const opening = openSqliteStore({ dir, migrations: [] })
  await assert.rejects(opening, code('GH_STORE_MISSING'))
  assert.throws(() => statSync(dir))
})

test('`openSqliteStore` keeps folder and files to their owner', async (t) => {
  const store = await open(t, { dir: join(temporaryFolder(t), 'data') })
  await store.run(tally.claim, { key: 'k', by: 'x' })
  assert.equal(statSync(store.dir).mode & 0o777, 0o700)
  const names = readdirSync(store.dir).filter((name) => name.startsWith('gatehouse.db'))
  assert.ok(names.length >= 2, 'database and its write-ahead log')
  for (const name of names) assert.equal(statSync(join(store.dir, name)).mode & 0o077, 0, name)
})

test('`openSqliteStore` refuses a network file system and takes a local one', async (t) => {
  for (const type of [0x6969, 0xff534d42, 0xff534d42 | 0, 0x65735546])
    await assert.rejects(
      openSqliteStore({
        dir: temporaryFolder(t),
        migrations: [],
        create: true,
        fileSystemType: async () => type,
      }),
      code('GH_STORE_NETWORK_FS'),
    )
  await open(t, { fileSystemType: async () => 0xef53 })
})

test('`openSqliteStore` refuses a second opener, also in the same process', async (t) => {
  const store = await open(t)
  const again = openSqliteStore({ dir: store.dir, migrations: tally.tallyMigrations })
  await assert.rejects(again, code('GH_STORE_LOCKED'))
  assert.equal(await store.run(tally.claim, { key: 'k', by: 'x' }), true)
})

test('`openSqliteStore` refuses a file that is no database of ours', async (t) => {
  const dir = temporaryFolder(t)
  mkdirSync(dir, { recursive: true })
  writeFileSync(
    join(dir, 'gatehouse.db'),
    'this is a letter to a friend, not a database '.repeat(40),
  )
  await assert.rejects(openSqliteStore({ dir, migrations: [] }), code('GH_STORE_CORRUPT'))
  // The lock is free again after a refusal.
  await assert.rejects(openSqliteStore({ dir, migrations: [] }), code('GH_STORE_CORRUPT'))
})

test('a disk that does not sync ends the store: a later sync that succeeds would say nothing of what was lost', async (t) => {
  let broken = false
  const store = await open(t, {
    syncFile: (_, done) => setImmediate(done, broken ? new Error('EIO') : null),
  })
  assert.equal(await store.runBuffered(tally.claim, { key: 'k', by: 'x' }), true)
  await store.sync()
  broken = true
  assert.equal(await store.runBuffered(tally.claim, { key: 'l', by: 'x' }), true)
  await assert.rejects(store.sync(), code('GH_STORE_FAILED'))
  broken = false
  for (const asked of [store.sync(), store.run(tally.all, undefined)])
    await assert.rejects(asked, code('GH_STORE_FAILED'))
  await store.close()
  const again = await open(t, { dir: store.dir })
  assert.equal((await again.run(tally.all, undefined)).length, 2)
})

test('a store that is closed does not say that it synced', async (t) => {
  const store = await open(t)
  await store.close()
  await assert.rejects(store.sync(), code('GH_STORE_FAILED'))
})
