import type { ErrorEntry } from './catalog.ts'

export const feedErrors = {
  GH_FEED_RECORD_INVALID: {
    status: 400,
    title: 'A consent, client or revocation file is not valid',
  },
  GH_FEED_RECORD_TWICE: {
    status: 409,
    title: 'Two files hold a record of the same id, so neither counts',
    mend: 'Keep one of them.',
  },
  GH_FEED_UNREADABLE: {
    status: 500,
    title: 'The folder of consents, clients and revocations cannot be read',
  },
} as const satisfies Record<string, ErrorEntry>
