import type { ErrorEntry } from './catalog.ts'

export const eventErrors = {
  GH_EVENTS_SPOOL_FAILED: {
    status: 503,
    title: 'The decision could not be recorded, so it was not taken',
  },
  GH_EVENTS_SPOOL_CORRUPT: { status: 500, title: 'The event spool is damaged' },
  GH_EVENTS_NOT_FOUND: { status: 404, title: 'No event has this id' },
} as const satisfies Record<string, ErrorEntry>
