import type { ErrorEntry } from './catalog.ts'

export const auditErrors = {
  GH_AUDIT_UNAVAILABLE: {
    status: 503,
    title: 'The decision could not be recorded, so it was not taken',
    mend: 'Make the disk of the data directory writable again; the gateway goes on by itself.',
  },
  GH_AUDIT_TIME_INVALID: {
    status: 400,
    title: 'The time is not understood',
    mend: 'Write a duration before now (90m, 2h, 7d), a day (2026-10-31) or an instant with its zone (2026-10-31T09:00Z).',
  },
  GH_AUDIT_QUERY_INVALID: { status: 400, title: 'The question about events is not understood' },
  GH_AUDIT_QUERY_TOO_WIDE: {
    status: 400,
    title: 'The question has too many different answers to add up',
    mend: 'Narrow it by client, by API or by a shorter time.',
  },
  GH_AUDIT_INDEX_MISSING: {
    status: 503,
    title: 'There is no event index that can be asked',
    mend: 'Run gatehouse events reindex, which makes it from the spool.',
  },
  GH_AUDIT_INDEX_NOT_READY: {
    status: 503,
    title: 'The event index is still being made from the spool',
    mend: 'Ask again when it has caught up; gatehouse doctor says how far it is.',
  },
  GH_AUDIT_HOLD_INVALID: { status: 400, title: 'The hold is not valid' },
} as const satisfies Record<string, ErrorEntry>
