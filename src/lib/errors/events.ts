import type { ErrorEntry } from './catalog.ts'

export const eventErrors = {
  /** Inside only: what a client hears of it is `GH_AUDIT_UNAVAILABLE`. */
  GH_EVENTS_SPOOL_FAILED: { status: 503, title: 'The event spool cannot take a record' },
  GH_EVENTS_SPOOL_CORRUPT: {
    status: 500,
    title: 'The event spool is damaged',
    mend: 'Keep the folder as evidence, move it away, and start with a new one.',
  },
  GH_EVENTS_SPOOL_LOCKED: {
    status: 409,
    title: 'Another process writes this event spool',
    mend: 'Stop the other instance first, or give this one its own data directory.',
  },
  GH_EVENTS_SPOOL_MISSING: {
    status: 404,
    title: 'There is no event spool at this path',
    mend: 'Check the path; a new spool is only made where one is asked for.',
  },
  GH_EVENTS_NOT_FOUND: { status: 404, title: 'No event has this id' },
} as const satisfies Record<string, ErrorEntry>
