import type { ErrorEntry } from './catalog.ts'

export const objectiveErrors = {
  GH_OBJECTIVES_CONFLICT: {
    status: 409,
    title: 'The objectives conflict, so the API may not be activated',
  },
} as const satisfies Record<string, ErrorEntry>
