import type { ErrorEntry } from './catalog.ts'

export const identityErrors = {
  GH_IDENTITY_SECRET: {
    status: 500,
    title: 'The secret of the authorization server is too short to protect anything',
    mend: 'Make one with "openssl rand -base64 32" and keep it where identity.secret points.',
  },
  GH_IDENTITY_CLIENT: {
    status: 400,
    title: 'The metadata of a client is not what FAPI 2.0 allows',
    mend: 'Mend the file that identity.clients names; gatehouse says which member it is.',
  },
  GH_IDENTITY_CUSTOMERS: {
    status: 400,
    title: 'The file of development customers cannot be used',
    mend: 'Mend the file that identity.developmentCustomers names; gatehouse says which customer and member it is.',
  },
  GH_IDENTITY_SEALED: {
    status: 500,
    title: 'A record of the authorization server was sealed with another secret, or was altered',
    mend: 'Give it the secret that it was written with; what nobody can open has to be granted again.',
  },
} as const satisfies Record<string, ErrorEntry>
