import type { ErrorEntry } from './catalog.ts'

export const scaErrors = {
  GH_SCA_QUESTION: {
    status: 400,
    title: 'The question about strong customer authentication cannot be decided as it was asked',
    mend: 'The detail names the member: an amount is a decimal above zero with an ISO 4217 code, accounts and ids are not empty and not too long.',
  },
  GH_SCA_ID_REUSED: {
    status: 409,
    title: 'Another act was decided under this id',
    mend: 'Give each act an id of its own; the same id with the same act is answered as before.',
  },
  GH_SCA_PERSON_ERASED: {
    status: 410,
    title: 'The keys of this customer were destroyed',
    mend: 'Nothing more can be decided for somebody who was erased; a customer who comes back gets a new identifier.',
  },
} as const satisfies Record<string, ErrorEntry>
