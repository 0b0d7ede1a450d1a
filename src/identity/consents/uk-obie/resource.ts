/** What all consents of this face have in common: their codes, and how one is found and ended. */
import type { ConsentBook } from '../consent-book.ts'
import type { Consent, ConsentStatus } from '../consent.ts'
import type { FaceAnswer, Operation } from '../face.ts'
import { unknown } from './answers.ts'

export const UK_OBIE = 'uk-obie'

/** v4 code sets of accounts (`OBReadConsentResponse1`) and of payments, which know no end but refusal and use. */
const ACCOUNT_WORDS: Readonly<Record<ConsentStatus, string>> = {
  awaiting: 'AWAU',
  'partly-authorised': 'AWAU',
  authorised: 'AUTH',
  rejected: 'RJCT',
  withdrawn: 'CANC',
  cancelled: 'CANC',
  terminated: 'CANC',
  expired: 'EXPD',
  consumed: 'EXPD',
}
const PAYMENT_WORDS: Readonly<Record<ConsentStatus, string>> = {
  awaiting: 'AWAU',
  'partly-authorised': 'AWAU',
  authorised: 'AUTH',
  rejected: 'RJCT',
  withdrawn: 'RJCT',
  cancelled: 'RJCT',
  terminated: 'RJCT',
  expired: 'RJCT',
  consumed: 'COND',
}
export function statusWord({ kind, status }: Pick<Consent, 'kind' | 'status'>): string {
  return (kind === 'payment' ? PAYMENT_WORDS : ACCOUNT_WORDS)[status]
}

/** As paths write the resource that it is for (`domestic-payments`): a consent for one kind of payment pays no other. */
export function permissionsOf({ kind, purpose, permissions }: Consent): readonly string[] {
  return kind === 'account-access' ? permissions : [purpose.replace(/-consents$/, 's')]
}

export interface Parts {
  readonly book: ConsentBook
  readonly now: () => number
  readonly self: (path: string) => string
}

/** A resource that can be made, and read or ended by its id. */
export interface Resource {
  readonly create: Operation
  readonly read: Operation
  readonly end?: Operation
}

export async function findOf(
  book: ConsentBook,
  path: readonly string[],
  client: string,
  purpose: string,
): Promise<Consent | undefined> {
  const found = await book.find(path[2] ?? '', client)
  return found?.regime === UK_OBIE && found.purpose === purpose ? found : undefined
}

/** Gone for gateways before the answer; a second time it is still gone. */
export async function endOf(
  book: ConsentBook,
  path: readonly string[],
  client: string,
  purpose: string,
): Promise<FaceAnswer> {
  const consent = await findOf(book, path, client, purpose)
  if (consent === undefined) return unknown
  await book.act(consent.id, { kind: 'cancel', client })
  return { status: 204 }
}
