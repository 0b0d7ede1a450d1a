/** What is kept of the secrets of an installation: marks, from which nothing can be learned of a secret, and keys under seal. */
import type { StoredTable } from '../storage-schema.ts'

const none = (about: string) => ({ about, personal: 'none' }) as const
const MARK = 'first eight bytes that HKDF-SHA-256 gives for it'

export const SECRET_TABLES: readonly StoredTable[] = [
  {
    table: 'sealing_root',
    owner: 'store',
    key: ['id'],
    lifetime: 'for ever',
    about:
      'The keys that outlive every secret: of names of rows, passcodes and authentication codes.',
    columns: {
      id: none('root: there is one.'),
      wrapped: {
        about: 'The keys, sealed with AES-256-GCM under a key of the secret.',
        personal: 'sealed',
      },
    },
  },
  {
    table: 'sealing_secret',
    owner: 'store',
    key: ['mark'],
    lifetime: 'for ever',
    about: 'Which secrets there were, and which may still be needed.',
    columns: {
      mark: none(`Mark of the secret: the ${MARK}.`),
      state: none('sealing, opened or ended.'),
      since: none('Since when, in milliseconds since the epoch.'),
    },
  },
  {
    table: 'sealing_use',
    owner: 'store',
    key: ['process'],
    lifetime: 'three minutes after the process was last heard of',
    about: 'Processes that run, and what they seal under.',
    columns: {
      process: none('Random.'),
      first: none('Mark of what its configuration names as the secret.'),
      seals: none('Mark of the secret that it has been sealing under.'),
      seen_at: none('Milliseconds since the epoch.'),
    },
  },
  {
    table: 'sealing_pass',
    owner: 'store',
    key: ['id'],
    lifetime: 'until the next one',
    about: 'How far records have been sealed anew under another secret.',
    columns: {
      id: none('1: there is one.'),
      mark: none('Mark of the secret under which they are sealed.'),
      place: none('Table and column where it goes on.'),
      after: none('Key of the last row that is done, as JSON; the ids in it are keyed hashes.'),
      resealed: none('Payloads that were sealed anew.'),
      unreadable: none('Payloads that no known secret opens.'),
      begun_at: none('Milliseconds since the epoch.'),
      ended_at: none('Milliseconds since the epoch; null while it goes on.'),
    },
  },
]
