import type { ErrorEntry } from './catalog.ts'

export const storeErrors = {
  GH_STORE_LOCKED: { status: 409, title: 'Another process holds this data directory' },
  GH_STORE_NEWER: { status: 409, title: 'The data directory was written by a newer version' },
  GH_STORE_FAILED: { status: 500, title: 'The store could not finish the unit of work' },
} as const satisfies Record<string, ErrorEntry>
