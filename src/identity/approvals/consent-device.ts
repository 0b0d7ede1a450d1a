/** Consents whose third party asks for a decision on the customer's device, without the authorization endpoint: what is asked, and what an answer makes of it. */
import type { AskedOnDevice, AuthorisationDevice } from '../consents/authorisation-device.ts'
import type { ConsentBook } from '../consents/consent-book.ts'
import { isOver } from '../consents/machine.ts'
import type { Clock } from '../../lib/index.ts'
import { DECOUPLED_SECONDS } from '../lifetimes.ts'
import { chosenAccounts } from '../screens/consent-accounts.ts'
import type { Customers } from '../screens/customers.ts'
import { chooseLanguage } from '../screens/language.ts'
import type { Approval, Approvals, Deliver } from './approvals.ts'
import { subjectNamed } from './named-subject.ts'

export const AUTHORISATION = 'authorisation'
/** 10 to 99: one of ninety for whoever guesses, and there is one try. */
const NUMBERS = 90

export interface ConsentDeviceOptions {
  readonly approvals: Approvals
  readonly customers: Customers
  readonly clock: Clock
  readonly randomBytes: (count: number) => Uint8Array
}

export function consentDevice(options: ConsentDeviceOptions): AuthorisationDevice {
  const { approvals, customers, clock, randomBytes } = options
  const keyOf = (consent: string, authorisation: string): string => `${consent}/${authorisation}`
  const find = (consent: string, authorisation: string): Promise<Approval | undefined> =>
    approvals.find(AUTHORISATION, keyOf(consent, authorisation))

  return {
    async ask({ consent, authorisation, psu, locales }) {
      const asked = await approvals.ask({
        kind: AUTHORISATION,
        key: keyOf(consent.id, authorisation),
        subject: await subjectNamed(customers, psu),
        client: consent.client,
        consent: consent.id,
        number: `${10 + (Buffer.from(randomBytes(4)).readUInt32BE() % NUMBERS)}`,
        expiresAt: clock.now() + DECOUPLED_SECONDS * 1000,
      })
      const found = asked === 'too-many' ? undefined : await find(consent.id, authorisation)
      return found && told(found, locales)
    },
    async find(consent, authorisation) {
      const found = await find(consent, authorisation)
      return found && told(found, undefined)
    },
  }
}

function told(
  { status, opened, number = '' }: Approval,
  locales: string | undefined,
): AskedOnDevice {
  const psuMessage = chooseLanguage(undefined, locales)
    .say('confirmOnDevice')
    .replace('{0}', () => number)
  return { status, opened, psuMessage }
}

export const deliverToConsent =
  (book: ConsentBook, customers: Customers): Deliver =>
  async ({ consent: id, subject }, { approved, accounts: picked, acr, amr, sca }) => {
    const consent = await book.peek(id)
    if (consent === undefined || isOver(consent)) return 'over'
    if (!approved) {
      await book.act(id, { kind: 'refuse', subject })
      return 'done'
    }
    const accounts = chosenAccounts(consent, await customers.accountsOf(subject), picked)
    if (accounts === undefined) return 'over'
    const said = await book.act(id, {
      kind: 'authorise',
      subject,
      accounts: accounts.map((account) => account.id),
      signatories: Math.max(1, ...accounts.map(({ signatories }) => signatories)),
      how: { acr, amr },
      ...(sca && { sca }),
    })
    const now = said.ok ? said.value : await book.peek(id)
    if (now === undefined || isOver(now)) return 'over'
    return now.status === 'authorised' ? 'done' : 'waits'
  }
