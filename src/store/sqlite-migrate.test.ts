import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import type { Migration } from './migration.ts'
import { migrate } from './sqlite-migrate.ts'

const table = (name: string): string => `CREATE TABLE ${name} (n INTEGER) STRICT`
const one: Migration = { id: 'm/001', up: [table('a')] }
const two: Migration = { id: 'm/002', up: [table('b'), 'INSERT INTO b VALUES (1)'] }
const three: Migration = { id: 'm/003', up: [table('c')] }

/** Everything that the schema and the tables hold. */
function contents(db: DatabaseSync): string {
  const tables = db
    .prepare("SELECT name, sql FROM sqlite_schema WHERE type IN ('table', 'index') ORDER BY name")
    .all()
  return JSON.stringify(
    tables.map((row) => [
      row['sql'],
      String(row['name']).startsWith('sqlite_')
        ? null
        : db.prepare(`SELECT * FROM "${String(row['name'])}" ORDER BY 1`).all(),
    ]),
  )
}

test('`migrate` applies what is missing, in the order of the list, and the same list twice changes nothing', () => {
  const db = new DatabaseSync(':memory:')
  migrate(db, [one])
  migrate(db, [one, two, three])
  const after = contents(db)
  migrate(db, [one, two, three])
  assert.equal(contents(db), after)
  assert.equal(db.prepare('SELECT count(*) AS n FROM b').get()?.['n'], 1)
  // One list at once, or in another order of modules, leads to the same.
  const other = new DatabaseSync(':memory:')
  migrate(other, [three, one, two])
  assert.equal(contents(other), after)
})

const REFUSED: readonly {
  readonly name: string
  readonly list: readonly Migration[]
  readonly code: string
  readonly says: RegExp
}[] = [
  { name: 'nothing', list: [], code: 'GH_STORE_NEWER', says: /m\/001/ },
  { name: 'a list without the last one', list: [one], code: 'GH_STORE_NEWER', says: /m\/002/ },
  {
    name: 'one that is called otherwise',
    list: [{ ...one, id: 'm/1' }, two],
    code: 'GH_STORE_NEWER',
    says: /m\/001/,
  },
  {
    name: 'an edited statement',
    list: [{ ...one, up: [table('z')] }, two],
    code: 'GH_STORE_MIGRATION',
    says: /m\/001 was changed/,
  },
  {
    name: 'another white space',
    list: [{ ...one, up: [` ${table('a')}`] }, two],
    code: 'GH_STORE_MIGRATION',
    says: /m\/001 was changed/,
  },
  {
    name: 'a statement taken out',
    list: [one, { ...two, up: [table('b')] }],
    code: 'GH_STORE_MIGRATION',
    says: /m\/002 was changed/,
  },
  {
    name: 'a statement put in',
    list: [one, { ...two, up: [...two.up, 'SELECT 1'] }],
    code: 'GH_STORE_MIGRATION',
    says: /m\/002 was changed/,
  },
  {
    name: 'two statements as one',
    list: [one, { ...two, up: [two.up.join(';')] }],
    code: 'GH_STORE_MIGRATION',
    says: /m\/002 was changed/,
  },
  {
    name: 'statements in another order',
    list: [one, { ...two, up: two.up.toReversed() }],
    code: 'GH_STORE_MIGRATION',
    says: /m\/002 was changed/,
  },
  {
    name: 'the same id twice',
    list: [one, two, { ...three, id: 'm/001' }],
    code: 'GH_STORE_MIGRATION',
    says: /same id/,
  },
  {
    name: 'no SQL',
    list: [one, two, { id: 'm/009', up: ['CREATE TABEL x (n)'] }],
    code: 'GH_STORE_MIGRATION',
    says: /m\/009/,
  },
  {
    name: 'a table that is there',
    list: [one, two, { id: 'm/009', up: [table('a')] }],
    code: 'GH_STORE_MIGRATION',
    says: /m\/009/,
  },
  {
    name: 'a late mistake',
    list: [
      one,
      two,
      { id: 'm/009', up: [table('x'), 'INSERT INTO b VALUES (2)', 'DROP TABLE a', 'oops'] },
    ],
    code: 'GH_STORE_MIGRATION',
    says: /m\/009/,
  },
  {
    name: 'its own commit, then a mistake',
    list: [one, two, { id: 'm/009', up: ['ROLLBACK', 'oops'] }],
    code: 'GH_STORE_MIGRATION',
    says: /m\/009/,
  },
]
for (const { name, list, code, says } of REFUSED)
  test(`\`migrate\` refuses ${name}, and leaves everything as it was`, () => {
    const db = new DatabaseSync(':memory:')
    migrate(db, [one, two])
    const before = contents(db)
    assert.throws(
      () => migrate(db, list),
      (error: unknown) => {
        // sound: only members are looked at
        const { code: found, message } = error as { code?: unknown; message?: unknown }
        assert.equal(found, code)
        assert.match(String(message), says)
        return true
      },
    )
    assert.equal(contents(db), before)
    assert.equal(db.isTransaction, false)
    migrate(db, [one, two, three]) // and a right list still works
  })

test('`migrate` keeps what came before the migration that fails, and tries that one again', () => {
  const db = new DatabaseSync(':memory:')
  const broken: Migration = { id: 'm/002', up: [table('b'), 'oops'] }
  assert.throws(() => migrate(db, [one, broken, three]), { code: 'GH_STORE_MIGRATION' })
  assert.deepEqual(
    db
      .prepare('SELECT id FROM schema_migration')
      .all()
      .map((row) => row['id']),
    ['m/001'],
  )
  migrate(db, [one, two, three])
  assert.equal(db.prepare('SELECT count(*) AS n FROM schema_migration').get()?.['n'], 3)
})

test('`migrate` names every table that is not STRICT, whoever made it', () => {
  const db = new DatabaseSync(':memory:')
  migrate(db, [one])
  db.exec('CREATE TABLE loose (n); CREATE TABLE "looser still" (n); CREATE VIEW fine AS SELECT 1')
  assert.throws(() => migrate(db, [one]), {
    code: 'GH_STORE_MIGRATION',
    message: /loose.*looser still|looser still.*loose/,
  })
})
