import assert from 'node:assert/strict'
import { test } from 'node:test'
import { postgresDdl } from './postgres-ddl.ts'

const SAID: readonly (readonly [string, string])[] = [
  [
    'CREATE TABLE a (k TEXT PRIMARY KEY, n INTEGER NOT NULL, b BLOB) STRICT',
    'CREATE TABLE a (k TEXT COLLATE "C" PRIMARY KEY, n BIGINT NOT NULL, b BYTEA)',
  ],
  ['CREATE UNIQUE INDEX a_at ON a (k, n)', 'CREATE UNIQUE INDEX a_at ON a (k, n)'],
  ['ALTER TABLE a ADD COLUMN t TEXT', 'ALTER TABLE a ADD COLUMN t TEXT COLLATE "C"'],
  [
    "INSERT INTO a VALUES ('INTEGER; -- STRICT', 1, 'it''s TEXT')",
    "INSERT INTO a VALUES ('INTEGER; -- STRICT', 1, 'it''s TEXT')",
  ],
  ['UPDATE a SET "TEXT" = 1', 'UPDATE a SET "TEXT" = 1'],
]
for (const [sqlite, postgres] of SAID)
  test(`\`postgresDdl\` says ${sqlite}`, () => assert.equal(postgresDdl(sqlite), postgres))

for (const refused of [
  'CREATE TABLE a (n INTEGER)',
  'CREATE TABLE a (n INTEGER) STRICT, WITHOUT ROWID',
  'CREATE TABLE a (n INTEGER) WITHOUT ROWID, STRICT',
  'CREATE TABLE a (n REAL) STRICT',
  'CREATE TABLE a (n ANY) STRICT',
  'CREATE TABLE a (k text) STRICT',
  'CREATE TABLE a (n INTEGER PRIMARY KEY AUTOINCREMENT) STRICT',
  'CREATE TABLE a (k TEXT COLLATE NOCASE) STRICT',
  'CREATE INDEX i ON a (n); DROP TABLE a',
  'CREATE INDEX i ON a (n) -- why',
  'CREATE VIRTUAL TABLE a USING fts5 (x)',
  'CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END',
  'PRAGMA user_version = 1',
  'SELECT 1',
  '',
])
  test(`\`postgresDdl\` refuses ${refused}`, () =>
    assert.throws(() => postgresDdl(refused), TypeError))
