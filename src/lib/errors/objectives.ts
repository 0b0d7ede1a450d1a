import type { ErrorEntry } from './catalog.ts'

export const objectiveErrors = {
  GH_OBJECTIVES_CONFLICT: {
    status: 409,
    title: 'The objectives conflict, so the API may not be activated',
    mend: 'Ask for a token with another template, such as ais; or, if these data are about nobody, say so: dataClasses: [public-reference].',
  },
  GH_OBJECTIVES_UNKNOWN_WORD: {
    status: 400,
    title: 'The profile of the API uses a word that the catalogue does not know',
    mend: 'Use one of the words that the message lists.',
  },
  GH_OBJECTIVES_UNDECLARED: {
    status: 409,
    title: 'The specification shows personal data that the declaration leaves out',
    mend: 'Add the classes to dataClasses, or leave the key out and let them be derived.',
  },
  GH_OBJECTIVES_LOOSENS: {
    status: 409,
    title: 'A number of an objective may be tightened, not loosened',
    mend: 'Take the number back, or ask for an exception with a reason, a compensating control and an end.',
  },
} as const satisfies Record<string, ErrorEntry>
