import type { ErrorEntry } from './catalog.ts'

export const feedErrors = {
  GH_FEED_RECORD_INVALID: {
    status: 400,
    title: 'A consent, client or revocation file is not valid',
  },
} as const satisfies Record<string, ErrorEntry>
