/** Units that do what they should not, side by side with honest ones; and a store whose files, worker or lock fail. */
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import fc from 'fast-check'
import { openSqliteStore } from '../../src/store/index.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import * as tally from './tally-units.ts'

const FAILED = { code: 'GH_STORE_FAILED' }

test('`run` keeps exactly what it acknowledged, whatever honest and failing units are mixed in one turn', async (t) => {
  const dir = temporaryFolder(t)
  const store = await openSqliteStore({ dir, migrations: tally.tallyMigrations, create: true })
  t.after(() => store.close())
  let round = 0
  const kinds = ['claim', 'again', 'thrower', 'orphan', 'commit', 'uncloneable', 'bigint'] as const
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...kinds), { maxLength: 25 }), async (units) => {
      const name = `r${++round}`
      const before = (await store.run(tally.all, undefined)).length
      const results = await Promise.allSettled(
        units.map((kind, at): Promise<unknown> => {
          const key = `${name}-${at}`
          if (kind === 'claim') return store.run(tally.claim, { key, by: name })
          if (kind === 'again') return store.run(tally.claim, { key: `${name}-same`, by: name })
          if (kind === 'thrower') return store.run(tally.thrower, key)
          if (kind === 'orphan') return store.run(tally.orphan, key)
          if (kind === 'commit') return store.run(tally.raw, 'COMMIT')
          if (kind === 'uncloneable') return store.run(tally.uncloneable, undefined)
          return store.run(tally.bind, 'bigint')
        }),
      )
      const honest = (kind: string): boolean => kind === 'claim' || kind === 'again'
      for (const [at, { status }] of results.entries())
        assert.equal(status, honest(units[at] ?? '') ? 'fulfilled' : 'rejected', units[at])
      const won = results.filter((one) => one.status === 'fulfilled' && one.value === true).length
      const claims = units.filter((kind) => kind === 'claim').length
      assert.equal(won, claims + (units.includes('again') ? 1 : 0))
      assert.equal((await store.run(tally.all, undefined)).length, before + won)
    }),
    { numRuns: 25 },
  )
})

test('`run` gives results in the order of the units, each seeing what the ones before it wrote', async (t) => {
  const dir = temporaryFolder(t)
  const store = await openSqliteStore({ dir, migrations: tally.tallyMigrations, create: true })
  t.after(() => store.close())
  const counts: Promise<number>[] = []
  for (let at = 0; at < 30; at++) {
    void store.run(tally.claim, { key: `k${String(at).padStart(2, '0')}`, by: 'x' })
    counts.push(store.run(tally.all, undefined).then((rows) => rows.length))
  }
  assert.deepEqual(
    await Promise.all(counts),
    Array.from({ length: 30 }, (_, at) => at + 1),
  )
})

test('`openSqliteStore` refuses a database of somebody else, and does not change a byte of it', async (t) => {
  const dir = temporaryFolder(t)
  const file = join(dir, 'gatehouse.db')
  const foreign = new DatabaseSync(file)
  foreign.exec('CREATE TABLE theirs (n); INSERT INTO theirs VALUES (1); PRAGMA application_id = 7')
  foreign.close()
  const before = readFileSync(file)
  const opening = openSqliteStore({ dir, migrations: tally.tallyMigrations, create: true })
  await assert.rejects(opening, { code: 'GH_STORE_CORRUPT' })
  assert.deepEqual(readFileSync(file), before)
})

test('`openSqliteStore` refuses a database whose header is overwritten, and frees its lock each time', async (t) => {
  const dir = temporaryFolder(t)
  const options = { dir, migrations: tally.tallyMigrations }
  await (await openSqliteStore({ ...options, create: true })).close()
  const file = join(dir, 'gatehouse.db')
  const sound = readFileSync(file)
  writeFileSync(file, Buffer.concat([Buffer.alloc(100, 1), sound.subarray(100)]))
  for (let again = 0; again < 2; again++)
    await assert.rejects(openSqliteStore(options), { code: 'GH_STORE_CORRUPT' })
  writeFileSync(file, sound)
  await (await openSqliteStore(options)).close()
})

test('`openSqliteStore` frees its lock when migrations, folder or options are wrong', async (t) => {
  const dir = temporaryFolder(t)
  const broken = [{ id: 'x', up: ['oops'] }]
  for (let again = 0; again < 2; again++)
    await assert.rejects(openSqliteStore({ dir, migrations: broken, create: true }), {
      code: 'GH_STORE_MIGRATION',
    })
  await (await openSqliteStore({ dir, migrations: tally.tallyMigrations, create: true })).close()
})

test('`openSqliteStore` makes a database private again that was opened to others', async (t) => {
  const dir = join(temporaryFolder(t), 'data')
  mkdirSync(dir)
  const options = { dir, migrations: tally.tallyMigrations }
  await (await openSqliteStore({ ...options, create: true })).close()
  chmodSync(join(dir, 'gatehouse.db'), 0o644)
  await (await openSqliteStore(options)).close()
  assert.equal(statSync(join(dir, 'gatehouse.db')).mode & 0o777, 0o600)
})

test('`close` answers every unit that was given before it, also those of the same turn, and none after', async (t) => {
  const dir = temporaryFolder(t)
  const store = await openSqliteStore({ dir, migrations: tally.tallyMigrations, create: true })
  const given = Array.from({ length: 600 }, (_, at) =>
    store.run(tally.claim, { key: `k${at}`, by: 'x' }),
  )
  const [first, second] = [store.close(), store.close()]
  await assert.rejects(store.run(tally.all, undefined), FAILED)
  // More than one batch: the worker goes on until all are done.
  assert.ok((await Promise.all(given)).every(Boolean))
  await Promise.all([first, second])
  const again = await openSqliteStore({ dir, migrations: tally.tallyMigrations })
  assert.equal((await again.run(tally.all, undefined)).length, 600)
  await again.close()
})
