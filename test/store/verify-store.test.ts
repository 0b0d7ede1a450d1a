/** `verifyStore` over each kind of damage, on both databases; and every schema that was ever released, brought up to date with its data. */
import assert from 'node:assert/strict'
import { copyFileSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { MIGRATIONS, openStore } from '../../src/app/open-store.ts'
import { verifyStore } from '../../src/app/verify-store.ts'
import { listApis } from '../../src/inventory/record/index.ts'
import { readObservations } from '../../src/posture/index.ts'
import { openPostgresStore, type Store } from '../../src/store/index.ts'
import { skipWithoutPostgres, startPostgres } from '../support/postgres-server.ts'
import { realScheduler } from '../support/real-scheduler.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const SCHEMAS = join(import.meta.dirname, 'schemas')
const starting = skipWithoutPostgres === false ? startPostgres() : undefined

/** A sound database with rows in it, closed. */
function filled(dir: string): string {
  const file = join(dir, 'store', 'gatehouse.db')
  mkdirSync(join(dir, 'store'), { recursive: true, mode: 0o700 })
  const db = new DatabaseSync(file)
  db.exec(readFileSync(globSync(join(SCHEMAS, 'sqlite-*.sql')).toSorted().at(-1) ?? '', 'utf8'))
  db.close()
  return file
}
const config = (dataDir: string) => ({ dataDir, store: null })

test('`verifyStore` finds nothing in a sound store, counts its rows, and looks on while it is written', async (t) => {
  const dir = temporaryFolder(t)
  filled(dir)
  const store = await openStore(config(dir), { create: false })
  const report = await verifyStore(config(dir))
  assert.deepEqual(report.findings, [])
  assert.equal(report.tables.find(({ name }) => name === 'inventory_api')?.rows, 1)
  assert.ok(store !== undefined && (await listApis(store)).length === 1)
  await store.close()
})

test('`verifyStore` names the place of whatever is wrong', async (t) => {
  const cases: readonly (readonly [string, (file: string) => void, RegExp])[] = [
    ['a page', (file) => overwrite(file, 3 * 4096 + 8, 64), /GH_STORE_CORRUPT pages: .*page 4/s],
    ['the header', (file) => overwrite(file, 0, 100), /GH_STORE_CORRUPT header/],
    [
      'a file of nothing',
      (file) => writeFileSync(file, 'x'.repeat(8192)),
      /GH_STORE_CORRUPT header/,
    ],
    [
      'a row without the one that it refers to',
      (file) => run(file, 'DELETE FROM inventory_api'),
      /GH_STORE_CORRUPT inventory_operation row 1: it refers to a row of inventory_api/,
    ],
    [
      'a schema of a newer version',
      (file) => run(file, "INSERT INTO schema_migration VALUES ('zz/001', 'x')"),
      /GH_STORE_NEWER schema_migration: migration zz\/001/,
    ],
    [
      'a migration that was changed',
      (file) =>
        run(file, "UPDATE schema_migration SET digest = 'x' WHERE id = 'inventory/001-apis'"),
      /GH_STORE_MIGRATION schema_migration: migration inventory\/001-apis was changed/,
    ],
    [
      'a schema without its list',
      (file) => run(file, 'DROP TABLE schema_migration'),
      /GH_STORE_CORRUPT/,
    ],
  ]
  for (const [what, damage, says] of cases) {
    const dir = temporaryFolder(t)
    damage(filled(dir))
    const { findings } = await verifyStore(config(dir))
    const said = findings.map(({ code, where, what: text }) => `${code} ${where}: ${text}`)
    assert.match(said.join('\n'), says, what)
  }
  await assert.rejects(verifyStore(config(temporaryFolder(t))), { code: 'GH_STORE_MISSING' })
})

test('`verifyStore` says of every flipped byte of the header that it is damage, or that all is sound, and soon', async (t) => {
  const dir = temporaryFolder(t)
  const file = filled(dir)
  const sound = readFileSync(file)
  let found = 0
  for (let at = 0; at < 100; at++) {
    const bytes = Buffer.from(sound)
    bytes[at] = (bytes[at] ?? 0) ^ 0xff
    writeFileSync(file, bytes)
    const began = performance.now()
    const { findings } = await verifyStore(config(dir))
    assert.ok(performance.now() - began < 2_000, `byte ${at}`)
    if (findings.length > 0) found++
  }
  assert.ok(found >= 30, `${found}`)
})

const released = globSync('sqlite-*.sql', { cwd: SCHEMAS })
test('there is a fixture of each released schema', () => assert.ok(released.length > 0))

async function holdsItsData(store: Store): Promise<void> {
  const [api, ...more] = await listApis(store)
  assert.deepEqual([api?.name, api?.owner, more.length], ['meadow', 'Meadow’s “team” 😀', 0])
  const observations = await readObservations(store)
  assert.deepEqual(
    observations.map(({ control, outcome, population }) => [control, outcome, population]),
    [['authn-token', 'pass', 41]],
  )
}

for (const fixture of released)
  test(`SQLite: ${basename(fixture)} is brought up to date with its data`, async (t) => {
    const dir = temporaryFolder(t)
    mkdirSync(join(dir, 'store'), { mode: 0o700 })
    const db = new DatabaseSync(join(dir, 'store', 'gatehouse.db'))
    db.exec(readFileSync(join(SCHEMAS, fixture), 'utf8'))
    db.close()
    copyFileSync(join(dir, 'store', 'gatehouse.db'), join(dir, 'before.db'))
    for (let again = 0; again < 2; again++) {
      const store = await openStore(config(dir), { create: false })
      assert.ok(store !== undefined)
      await holdsItsData(store)
      await store.close()
    }
    assert.deepEqual((await verifyStore(config(dir))).findings, [])
  })

for (const fixture of globSync('postgres-*.sql', { cwd: SCHEMAS }))
  test(
    `PostgreSQL: ${fixture} is brought up to date with its data`,
    { skip: skipWithoutPostgres },
    async (t) => {
      const pg = await starting
      assert.ok(pg !== undefined)
      const url = await pg.database()
      pg.psql(readFileSync(join(SCHEMAS, fixture), 'utf8'), url)
      const store = await openPostgresStore({
        url,
        migrations: MIGRATIONS,
        scheduler: realScheduler,
      })
      t.after(() => store.close())
      await holdsItsData(store)
      const file = join(temporaryFolder(t), 'url')
      writeFileSync(file, url)
      const place = { dataDir: '/nowhere', store: { postgres: { url: { file }, feed: false } } }
      const report = await verifyStore(place)
      assert.deepEqual(report.findings, [])
      pg.psql("INSERT INTO schema_migration VALUES ('zz/001', 'x')", url)
      assert.equal((await verifyStore(place)).findings[0]?.code, 'GH_STORE_NEWER')
      await assert.rejects(
        openPostgresStore({ url, migrations: MIGRATIONS, scheduler: realScheduler }),
        { code: 'GH_STORE_NEWER' },
      )
    },
  )

function overwrite(file: string, at: number, count: number): void {
  const bytes = readFileSync(file)
  bytes.fill(0xa5, at, at + count)
  writeFileSync(file, bytes)
}

function run(file: string, text: string): void {
  const db = new DatabaseSync(file, { enableForeignKeyConstraints: false })
  db.exec(text)
  db.close()
}
