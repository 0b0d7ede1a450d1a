import type { ErrorEntry } from './catalog.ts'

export const postureErrors = {
  GH_POSTURE_THRESHOLD: { status: 409, title: 'A gap at or above the threshold is open' },
  GH_POSTURE_RECORD_INVALID: { status: 500, title: 'An observation in the store cannot be read' },
  GH_POSTURE_CONSUMER_TWICE: {
    status: 500,
    title: 'Two traffic consumers run on one store',
    mend: 'Let one process derive the posture of an installation.',
  },
  GH_POSTURE_AT_UNKNOWN: {
    status: 404,
    title: 'Nothing is known of that time',
    mend: 'Ask for a later time; gatehouse retention says how long observations are kept.',
  },
} as const satisfies Record<string, ErrorEntry>
