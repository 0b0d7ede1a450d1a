import type { ErrorEntry } from './catalog.ts'

export const backupErrors = {
  GH_BACKUP_TARGET: {
    status: 409,
    title: 'The place for the copy is not empty',
    mend: 'Name a folder that does not exist yet; nothing is ever overwritten.',
  },
  GH_BACKUP_DAMAGED: {
    status: 400,
    title: 'This is no whole backup: something is missing, changed or added',
    mend: 'Take another copy of it; a backup is restored whole or not at all.',
  },
  GH_BACKUP_NEWER: {
    status: 409,
    title: 'The backup was made by a newer version',
    mend: 'Restore it with that version.',
  },
  GH_BACKUP_KEYS: {
    status: 409,
    title: 'The keys that belong to this backup are needed',
    mend: 'Give the file that was made with it (--keys FILE), or give up what only they can read (--new-keys).',
  },
} as const satisfies Record<string, ErrorEntry>
