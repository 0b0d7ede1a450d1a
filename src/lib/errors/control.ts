import type { ErrorEntry } from './catalog.ts'

/** What the running gateway refuses of its operators. */
export const controlErrors = {
  GH_CONTROL_OPERATOR: {
    status: 400,
    title: 'Nobody is named who asks for this',
    mend: 'Name the operator with --as NAME.',
  },
  GH_CONTROL_REASON: {
    status: 400,
    title: 'A reason is needed, in plain text',
    mend: 'Say why with --reason TEXT: somebody will ask.',
  },
  GH_CONTROL_DURATION: {
    status: 400,
    title: 'The time is missing or outside what is allowed',
    mend: 'Say how long with --for, from 1m to 4h.',
  },
  GH_CONTROL_API_UNKNOWN: { status: 404, title: 'No API that is served has this name' },
  GH_CONTROL_CLIENT_UNKNOWN: {
    status: 404,
    title: 'No third party has this client_id',
    mend: 'See which there are: gatehouse clients list.',
  },
  GH_CONTROL_CLIENT_STATE: {
    status: 409,
    title: 'The third party is not in a state from which this leads anywhere',
    mend: 'See how it stands: gatehouse clients show ID.',
  },
  GH_CONTROL_CLIENT_FILED: {
    status: 409,
    title: 'The client is a file of the feed, and goes with it',
    mend: 'Remove its file from the folder clients of the feed; see where: gatehouse clients list.',
  },
  GH_CONTROL_CONSENT_UNKNOWN: {
    status: 404,
    title: 'The authorization server has no consent of this id',
    mend: 'A consent of a file is ended with: gatehouse consents revoke ID --reason TEXT.',
  },
  GH_CONTROL_CONSENT_STATE: {
    status: 409,
    title: 'The consent is over already',
    mend: 'See how it stands: gatehouse consents show ID.',
  },
  GH_CONTROL_NOTICE: {
    status: 400,
    title: 'It is not said how customers were told (PSD2 Art. 68(5))',
    mend: 'Say it with --notice TEXT: how and when, or why they were not.',
  },
  GH_CONTROL_BUSY: {
    status: 503,
    title: 'Too many changes wait already',
    mend: 'Wait for those under way.',
  },
  GH_CONTROL_UNRECORDED: {
    status: 503,
    title: 'The change could not be recorded, so it was not made',
    mend: 'Mend the spool first: see gatehouse status.',
  },
  GH_CONTROL_CONFIG_INVALID: {
    status: 409,
    title: 'The new configuration has mistakes; the last good one stays',
    mend: 'Mend what gatehouse check shows.',
  },
  GH_CONTROL_NEEDS_RESTART: {
    status: 409,
    title: 'The new configuration changes what only a restart can change',
    mend: 'Put these keys back, or stop and start the gateway.',
  },
  GH_CONTROL_WOULD_CLOSE: {
    status: 409,
    title: 'The new configuration would close an API; the last good one stays',
    mend: 'Mend what gatehouse check shows, or take the API out.',
  },
  GH_CONTROL_KEYS_MISSING: {
    status: 409,
    title: 'The keys of a new issuer cannot be loaded; the last good configuration stays',
  },
  GH_CONTROL_FAILED: {
    status: 500,
    title: 'The new configuration could not be prepared; the last good one stays',
  },
} as const satisfies Record<string, ErrorEntry>
