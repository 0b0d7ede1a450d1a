/**
 * A migration is written once, in SQLite's words; this puts it into PostgreSQL's. It knows the few words that migrations use and
 * refuses the rest, so that nothing means one thing here and another there. What it cannot say stands in `Migration.postgres`.
 */

/** Both keep the same values: 64-bit integers, text that sorts by its bytes whatever the locale of the server, bytes. */
const WORDS = new Map([
  ['INTEGER', 'BIGINT'],
  ['TEXT', 'TEXT COLLATE "C"'],
  ['BLOB', 'BYTEA'],
])
const BEGINS =
  /^\s*(?:CREATE TABLE|CREATE (?:UNIQUE )?INDEX|ALTER TABLE|DROP TABLE|DROP INDEX|INSERT INTO|UPDATE|DELETE FROM)\s/
const STRICT = /\)\s*STRICT\s*$/
/** They exist in one of the two only, or differ. A type in small letters would escape the table above. */
const REFUSED =
  /\b(?:REAL|ANY|NUMERIC|AUTOINCREMENT|ROWID|PRAGMA|VACUUM|ATTACH|GLOB|REPLACE|COLLATE|integer|text|blob|real)\b|--|\/\*|;/

/** @throws TypeError on what it does not know. */
export function postgresDdl(statement: string): string {
  if (!BEGINS.test(statement)) throw new TypeError('a migration begins with a statement it may use')
  const table = /^\s*CREATE TABLE\s/.test(statement)
  if (table && !STRICT.test(statement)) throw new TypeError('a table must be STRICT')
  const body = table ? statement.replace(STRICT, ')') : statement
  // Odd parts stand in quotes, of which a doubled one ends and begins another part.
  return body
    .split(/('[^']*'|"[^"]*")/)
    .map((part, at) => (at % 2 === 1 ? part : translated(part)))
    .join('')
}

function translated(part: string): string {
  const refused = REFUSED.exec(part)?.[0]
  if (refused !== undefined) throw new TypeError(`a migration cannot say ${refused}`)
  return part.replace(/\b(?:INTEGER|TEXT|BLOB)\b/g, (word) => WORDS.get(word) ?? word)
}
