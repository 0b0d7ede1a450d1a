import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Migration, openSqliteStore } from '../../src/store/index.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { all, claim, raw, tallyMigrations } from './tally-units.ts'

const second: Migration = { id: 'tally/002', up: ['CREATE TABLE more (n INTEGER) STRICT'] }
const broken: Migration = {
  id: 'tally/003',
  up: ['CREATE TABLE half (n INTEGER) STRICT', 'CREATE TABLE half (n INTEGER) STRICT'],
}

async function reopen(dir: string, migrations: readonly Migration[]): Promise<unknown> {
  const store = await openSqliteStore({ dir, migrations, create: true })
  try {
    return await store.run(raw, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
  } finally {
    await store.close()
  }
}

test('`openSqliteStore` applies each migration once and keeps the data', async (t) => {
  const dir = temporaryFolder(t)
  const first = await openSqliteStore({ dir, migrations: tallyMigrations, create: true })
  await first.run(claim, { key: 'k', by: 'x' })
  await first.close()
  await reopen(dir, [second, ...tallyMigrations])
  const store = await openSqliteStore({ dir, migrations: [...tallyMigrations, second] })
  assert.equal((await store.run(all, undefined)).length, 1)
  await store.close()
})

test('`openSqliteStore` refuses a database that a newer version has migrated', async (t) => {
  const dir = temporaryFolder(t)
  await reopen(dir, [...tallyMigrations, second])
  await assert.rejects(reopen(dir, tallyMigrations), { code: 'GH_STORE_NEWER' })
})

test('`openSqliteStore` undoes a whole migration when one statement fails', async (t) => {
  const dir = temporaryFolder(t)
  await assert.rejects(reopen(dir, [...tallyMigrations, broken]), { code: 'GH_STORE_MIGRATION' })
  const tables = JSON.stringify(await reopen(dir, tallyMigrations))
  assert.match(tables, /once/)
  assert.doesNotMatch(tables, /half/)
})

test('`openSqliteStore` refuses edited, doubled and loose migrations', async (t) => {
  const dir = temporaryFolder(t)
  await reopen(dir, tallyMigrations)
  const edited = [
    { id: 'tally/001', up: ['CREATE TABLE other (n INTEGER) STRICT'] },
    ...tallyMigrations.slice(1),
  ]
  await assert.rejects(reopen(dir, edited), { code: 'GH_STORE_MIGRATION' })
  const doubled = [...tallyMigrations, ...tallyMigrations]
  await assert.rejects(reopen(dir, doubled), { code: 'GH_STORE_MIGRATION' })
  const loose = [{ id: 'loose', up: ['CREATE TABLE loose (n INTEGER)'] }]
  await assert.rejects(reopen(temporaryFolder(t), loose), { code: 'GH_STORE_MIGRATION' })
})
