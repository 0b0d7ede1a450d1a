import type { ErrorEntry } from './catalog.ts'

export const auditErrors = {
  GH_AUDIT_UNAVAILABLE: {
    status: 503,
    title: 'The decision could not be recorded, so it was not taken',
    mend: 'Make the disk of the data directory writable again; the gateway goes on by itself.',
  },
} as const satisfies Record<string, ErrorEntry>
