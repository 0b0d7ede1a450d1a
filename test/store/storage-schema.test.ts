/** What is declared of the store is what the migrations make: no table and no column without a word on what it says of people. */
import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { openStore } from '../../src/app/open-store.ts'
import { pseudonymKey } from '../../src/app/persons/key-files.ts'
import { STORED_FILES, STORED_TABLES } from '../../src/app/storage-schema.ts'
import { systemRandomBytes } from '../../src/app/system-ports.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

test('every table and column of the store is declared, with its key, and nothing that is not there', async (t) => {
  const dir = temporaryFolder(t)
  await (await openStore({ dataDir: dir, store: null }, { create: true }))?.close()
  const db = new DatabaseSync(join(dir, 'store', 'gatehouse.db'), { readOnly: true })
  t.after(() => db.close())
  const tables = db
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .all()
    .map((row) => String(row['name']))
  assert.ok(tables.length >= 6, 'the check is blind')
  assert.deepEqual(STORED_TABLES.map(({ table }) => table).toSorted(), tables.toSorted())
  for (const { table, key, columns, owner } of STORED_TABLES) {
    const rows = db.prepare('SELECT name, pk FROM pragma_table_info(?)').all(table)
    assert.deepEqual(
      Object.keys(columns).toSorted(),
      rows.map((row) => String(row['name'])).toSorted(),
      table,
    )
    const keyed = rows
      .filter((row) => Number(row['pk']) > 0)
      .toSorted((a, b) => Number(a['pk']) - Number(b['pk']))
      .map((row) => row['name'])
    assert.deepEqual(key, keyed, table)
    assert.ok(globSync(join(import.meta.dirname, '..', '..', 'src', owner)).length === 1, owner)
    // Nothing of a customer may stand in the store but keyed hashes under keys that can be destroyed.
    for (const [name, { personal }] of Object.entries(columns))
      assert.ok(['none', 'staff', 'sealed', 'pseudonyms'].includes(personal), `${table}.${name}`)
  }
})

test('the key files that are made are declared as keys', (t) => {
  const dir = temporaryFolder(t)
  pseudonymKey(dir, systemRandomBytes)
  for (const name of globSync('*', { cwd: dir }))
    assert.equal(STORED_FILES.find(({ path }) => path === name)?.personal, 'keys', name)
})
