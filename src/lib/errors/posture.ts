import type { ErrorEntry } from './catalog.ts'

export const postureErrors = {
  GH_POSTURE_THRESHOLD: { status: 409, title: 'A gap at or above the threshold is open' },
} as const satisfies Record<string, ErrorEntry>
