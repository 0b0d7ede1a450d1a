import type { ErrorEntry } from './catalog.ts'

export const postureErrors = {
  GH_POSTURE_THRESHOLD: { status: 409, title: 'A gap at or above the threshold is open' },
  GH_POSTURE_RECORD_INVALID: { status: 500, title: 'An observation in the store cannot be read' },
} as const satisfies Record<string, ErrorEntry>
