import type { ErrorEntry } from './catalog.ts'

export const storeErrors = {
  GH_STORE_LOCKED: {
    status: 409,
    title: 'Another process holds this data directory',
    mend: 'Stop the other instance first, or give this one its own data directory.',
  },
  GH_STORE_NEWER: {
    status: 409,
    title: 'The data directory was written by a newer version',
    mend: 'Start the newer version again; data is never migrated backwards.',
  },
  GH_STORE_MISSING: {
    status: 404,
    title: 'There is no database at this path',
    mend: 'Check the path; a new database is only made where one is asked for.',
  },
  GH_STORE_NETWORK_FS: {
    status: 409,
    title: 'A database on a network or user-space file system can lose data',
    mend: 'Put the data directory on a local disk, or use PostgreSQL.',
  },
  GH_STORE_CORRUPT: { status: 500, title: 'The database file is damaged or is not ours' },
  GH_STORE_MIGRATION: { status: 500, title: 'A migration of the database could not be applied' },
  GH_STORE_BUSY: { status: 503, title: 'Too many units of work are waiting for the store' },
  GH_STORE_ADDRESS: {
    status: 400,
    title: 'The address of the database is not understood or not safe',
    mend: 'Write postgres://user:password@host/database; beyond this machine it is TLS with a checked certificate.',
  },
  GH_STORE_UNAVAILABLE: {
    status: 503,
    title: 'The database server does not answer, so nothing was changed',
    mend: 'Start it again; what waits for it is done then.',
  },
  GH_STORE_REFUSED: {
    status: 503,
    title: 'The database server refuses this user or database',
    mend: 'Check user, password, rights, schema and encoding (UTF8).',
  },
  GH_STORE_NOT_DURABLE: {
    status: 409,
    title: 'The database server does not keep what it acknowledges',
    mend: 'Turn fsync and full_page_writes on.',
  },
  GH_STORE_IN_DOUBT: {
    status: 503,
    title: 'The connection was lost at the commit, so it may or may not have happened',
    mend: 'Look before doing it again.',
  },
  GH_STORE_FAILED: { status: 500, title: 'The store could not finish the unit of work' },
} as const satisfies Record<string, ErrorEntry>
