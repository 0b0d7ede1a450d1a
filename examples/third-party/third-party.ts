/** Budget Buddy: what it keeps of a registration, the consents that it asks for, what it reads and pays under them. Copy what you need. */
import type { Authorization, Customer, Registration, Tokens } from './authorization.ts'
import type { Bank } from './bank.ts'
import { type Call, type CallResult, member, send } from './calls.ts'
import { type Bill, initiation, once, order, PAYMENTS, proposal } from './payment.ts'
import { type Signer, signer } from './proofs.ts'
import type { Software } from './software.ts'

export const ACCOUNTS = '/open-banking/v4.0/aisp'
/** What Budget Buddy needs to show where the money went, and nothing more. */
export const PERMISSIONS = [
  'ReadAccountsBasic',
  'ReadBalances',
  'ReadTransactionsBasic',
  'ReadTransactionsCredits',
  'ReadTransactionsDebits',
]
/** A consent counts at every gateway within a second. */
const KNOWN_WITHIN_MS = 10_000
const AGAIN_AFTER_MS = 50

export interface ThirdParty {
  readonly authorization: Authorization
  readonly registration: Registration
  /** Of the messages that it sends. */
  readonly signs: Signer
  /** Its own token, asked for once. */
  own(scope: 'accounts' | 'payments'): Promise<string>
  /** Gives the id of a consent that waits for its customer. @throws Error with the bank's answer */
  askForAccounts(): Promise<string>
  askForPayment(amount: string, bill?: Bill): Promise<string>
  /** `challenge`: what an API said was missing (RFC 9470). */
  authorise(
    consent: string,
    scope: 'accounts' | 'payments',
    customer: Customer,
    challenge?: string,
  ): Promise<Tokens>
  call(call: Call): Promise<CallResult>
  /** The call, again and again until the gateway has heard of the consent. */
  callOnceKnown(call: Call): Promise<CallResult>
  /** An order of what the customer authenticated, or of something else. `key`: of idempotency; else a new one. */
  pay(
    title: string,
    token: string,
    consent: string,
    amount: string,
    more?: { readonly key?: string; readonly bill?: Bill },
  ): Call
}

export function thirdParty(
  bank: Bank,
  software: Software,
  authorization: Authorization,
  registration: Registration,
): ThirdParty {
  const { identity, key } = software
  const { client } = registration
  const signs = signer(key.forNode, key.kid, client, () => Date.now())
  const own = new Map<string, Promise<string>>()
  const call = (one: Call): Promise<CallResult> => send(bank, identity, one)

  /** Consents are made at the authorization server. */
  async function ask(path: string, scope: 'accounts' | 'payments', body: string): Promise<string> {
    const token = await party.own(scope)
    const headers = once(signs, body)
    const asked: Call = { title: path, path, method: 'POST', token, body, headers }
    const { status, text, body: made } = await send(bank, identity, asked, bank.issuer)
    const id = member(made, 'Data', 'ConsentId')
    if (typeof id !== 'string') throw new Error(`the bank answers ${status}: ${text}`)
    return id
  }

  const party: ThirdParty = {
    authorization,
    registration,
    signs,
    own(scope) {
      const token = own.get(scope) ?? authorization.own(client, scope)
      own.set(scope, token)
      return token
    },
    askForAccounts() {
      const body = { Data: { Permissions: PERMISSIONS }, Risk: {} }
      return ask(`${ACCOUNTS}/account-access-consents`, 'accounts', JSON.stringify(body))
    },
    askForPayment: (amount, bill) =>
      ask(`${PAYMENTS}/domestic-payment-consents`, 'payments', proposal(initiation(amount, bill))),
    authorise: (consent, scope, customer, challenge) =>
      authorization.authorise(client, consent, { scope, customer, challenge }),
    call,
    async callOnceKnown(one) {
      for (const end = performance.now() + KNOWN_WITHIN_MS; ;) {
        const result = await call(one)
        if (result.code !== 'GH_GATEWAY_CONSENT_MISSING' || performance.now() > end) return result
        await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER_MS))
      }
    },
    pay(title, token, consent, amount, more = {}) {
      const body = order(consent, initiation(amount, more.bill))
      const headers = once(signs, body, more.key)
      return { title, path: `${PAYMENTS}/domestic-payments`, method: 'POST', token, body, headers }
    },
  }
  return party
}
