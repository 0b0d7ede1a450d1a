import type { ErrorEntry } from './catalog.ts'

export const identityErrors = {
  GH_IDENTITY_SECRET: {
    status: 500,
    title: 'The secret of the authorization server is too short to protect anything',
    mend: 'Make one with "openssl rand -base64 32" and keep it where identity.secret points.',
  },
  GH_IDENTITY_SECRET_MISSING: {
    status: 500,
    title: 'What the authorization server keeps is sealed under a secret that it was not given',
    mend: 'Put that secret back, as identity.secret or into identity.previousSecrets; "gatehouse status" says when it may go.',
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
  GH_IDENTITY_CUSTOMERS_UNREACHABLE: {
    status: 503,
    title: 'The accounts of a customer cannot be had from the bank',
    mend: 'Look whether identity.customers.url answers as docs/design/identity.md says, and whether its name is public or in identity.privateHosts.',
  },
  GH_IDENTITY_SEALED: {
    status: 500,
    title: 'A record of the authorization server was sealed with another secret, or was altered',
    mend: 'Give it the secret that it was written with; what nobody can open has to be granted again.',
  },
  GH_IDENTITY_REFUSED: {
    status: 400,
    title: 'The authorization server refused it',
    mend: 'The event names the error of the protocol and the reason; "gatehouse explain" with its id shows both.',
  },
  GH_IDENTITY_UNRECORDED: {
    status: 503,
    title: 'What the authorization server was asked for could not be recorded, so it was not done',
    mend: 'Make the disk of the event spool writable; until then nothing is granted and nothing is ended.',
  },
} as const satisfies Record<string, ErrorEntry>
