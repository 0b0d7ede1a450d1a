import { STORED_FILES, STORED_TABLES } from '../../../src/app/storage-schema.ts'
import { code, codes, markdownTable, page } from '../page.ts'

const PERSONAL = {
  none: 'nothing',
  pseudonyms: 'keyed hashes; `gatehouse erase` destroys the key of one person',
  staff: 'names of the bank’s own staff',
  sealed: 'encrypted under a key of the installation',
  keys: 'keys, mode 0600, never in a backup folder',
}

export const storageSchema = {
  file: 'storage-schema.md',
  render: () =>
    page(
      'What is kept',
      'Everything in the data directory (mode 0700), and every table of the store, the same in SQLite and PostgreSQL. No name, account number, token or body of a customer is kept anywhere.',
      markdownTable(
        ['path', 'what', 'lifetime', 'of people'],
        STORED_FILES.map(({ path, what, lifetime, personal }) => [
          code(path),
          what,
          lifetime,
          PERSONAL[personal],
        ]),
      ),
      ...STORED_TABLES.flatMap(({ table, owner, key, lifetime, about, columns }) => [
        `## ${code(table)}`,
        `${about} Owner: ${owner}. Key: ${codes(key)}. Lifetime: ${lifetime}.`,
        markdownTable(
          ['column', 'meaning', 'of people'],
          Object.entries(columns).map(([name, column]) => [
            code(name),
            column.about,
            PERSONAL[column.personal],
          ]),
        ),
      ]),
    ),
}
