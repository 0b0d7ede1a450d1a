/**
 * Strong customer authentication for a consent (PSD2 Art. 97): whether it is needed, what the customer is asked, and whether the answers were right.
 * What is shown, what is signed and what the consent holds are one: the code of the very transaction is redeemed against the consent as it is
 * then, so that a consent that changed in between is not authorised.
 */
import {
  amountText,
  type CanonicalPayment,
  canonicalPayment,
  type Clock,
  isSeries,
  ordersInDetails,
  type PaymentOrder,
  readAuthorizationDetails,
  Recent,
  sumOfMinorUnits,
} from '../../lib/index.ts'
import type {
  Answer,
  AskedAct,
  DeviceDesk,
  EnrolmentDesk,
  FactorKind,
  PayeeAnswer,
  Presentation,
  Purpose,
  ScaLedger,
  ScaRegisters,
  ScreenState,
  TransactionDesk,
} from '../../sca/index.ts'
import type { Consent } from '../consents/consent.ts'
import { digestOfHeld, paymentsDigest } from '../../proof/index.ts'
import type { ScaOutcome } from '../consents/sca-outcome.ts'
import type { Customers } from '../screens/customers.ts'
import { ownAccountsOf } from './own-accounts.ts'
import type { AskedKind } from './asked-part.ts'
import { sendAsk } from './asked-step.ts'
import { passkeyScript, type ServedScript } from './passkey-part.ts'

export interface StrongOptions {
  readonly transactions: TransactionDesk
  /** Questions to devices. */
  readonly devices: DeviceDesk
  /** The customers' elements. */
  readonly enrolment: EnrolmentDesk
  /** What exemptions rest on. */
  readonly registers: ScaRegisters
  readonly ledger: Pick<ScaLedger, 'decide' | 'authenticated' | 'settle' | 'evidence'>
  /** Through which API such an act comes, for the record; `undefined`: nobody can say. */
  readonly apiOf?: (act: AskedAct['kind']) => string | undefined
  /** What tokens say of a customer who was authenticated strongly, e.g. `urn:openbanking:psd2:sca`. */
  readonly acr: string
  /** Text of the script by which our pages ask for passkeys (`src/browser/passkeys.js`); absent: they ask for what can be typed. */
  readonly passkeyScript?: string
}
/** As it is shown on a page, at this moment. */
export interface StrongPresentation extends Presentation {
  readonly secondsLeft: number
}
export interface StrongAsked {
  readonly subject: string
  readonly consent: Consent
  /** Name of the journey: one decision for all pages of it. */
  readonly journey: string
}
export type StrongNeed = 'exempt' | 'required' | 'refused'
export type StrongOutcome =
  | { readonly kind: 'done'; readonly amr: readonly string[]; readonly at: number }
  /** Not right; which of them is not said (RTS Art. 4(3)(a)). */
  | { readonly kind: 'failed' }
  | { readonly kind: 'blocked' }
  /** Its time is over, or it was answered before: another transaction may be begun. */
  | { readonly kind: 'over' }

/** `too-often`: he was asked enough, or has refused (`asks.ts`). `unable`: nothing could be sent. */
export type StrongAsk = 'asked' | 'too-often' | 'unable' | 'over'

export interface Strong {
  readonly acr: string
  /** `undefined`: pages ask for what can be typed. */
  readonly passkeys: ServedScript | undefined
  /** `wanted`: the third party asks for it, exempt or not (RFC 9470). */
  need(asked: StrongAsked, wanted: boolean): Promise<StrongNeed>
  /** `undefined`: what the consent is about cannot be authenticated. `key`: who begins again with it finds what there is. */
  begin(asked: StrongAsked, key?: string): Promise<StrongPresentation | undefined>
  present(asked: StrongAsked, id: string): Promise<StrongPresentation | undefined>
  /** What was found of the payee's name and account, for every page on which he may agree; `undefined`: nobody was asked. */
  payeeCheck(asked: Pick<StrongAsked, 'journey'>): Promise<PayeeAnswer | undefined>
  /** Asks a device of his about this very transaction, or sends a code for it. */
  ask(asked: StrongAsked, id: string, kind: AskedKind): Promise<StrongAsk>
  /** `undefined`: there is no such transaction of this journey's customer and consent. */
  screen(asked: StrongAsked, id: string): Promise<ScreenState | undefined>
  verify(
    asked: StrongAsked,
    of: { readonly id: string; readonly answers: readonly Answer[]; readonly network: string },
  ): Promise<StrongOutcome>
  /** Last, before the consent is authorised. `undefined`: it is neither exempt nor authenticated, whatever was said before. */
  settled(asked: Pick<StrongAsked, 'journey' | 'consent'>): Promise<ScaOutcome | undefined>
  /** The customer does not want it, or the journey ended otherwise. */
  gaveUp(asked: Pick<StrongAsked, 'journey'>): Promise<void>
}

export function onPage(of: Presentation, now: number): StrongPresentation {
  return { ...of, secondsLeft: Math.max(0, Math.floor((of.expiresAt - now) / 1000)) }
}

/** RFC 8176 §2. A key that is copied between devices is not secured by hardware; where the key of an app stands nobody has attested, which is `pop` (OpenID Connect EAP ACR Values 1.0). */
const SYNCED_AMR = ['swk', 'user']
const AMR: Readonly<Record<FactorKind, readonly string[]>> = {
  approval: ['pop', 'mca'],
  'one-time-code': ['otp', 'mca'],
  passcode: ['pin'],
  passkey: ['hwk', 'user'],
  totp: ['otp'],
  'transaction-code': ['otp'],
}
export const CATEGORY = {
  approval: ['possession'],
  'one-time-code': ['possession'],
  passcode: ['knowledge'],
  passkey: ['possession', 'inherence'],
  totp: ['possession'],
  'transaction-code': ['possession'],
} as const
/** What an answer that did not count means for who gave it. */
export function outcomeOf(code: string): Exclude<StrongOutcome['kind'], 'done'> {
  if (WRONG.has(code)) return 'failed'
  return BLOCKED.has(code) ? 'blocked' : 'over'
}
const BLOCKED: ReadonlySet<string> = new Set([
  'GH_SCA_BLOCKED',
  'GH_SCA_LOCKED',
  'GH_SCA_THROTTLED',
])
const WRONG: ReadonlySet<string> = new Set(['GH_SCA_FAILED', 'GH_SCA_FACTORS'])
/** From a page's decision to the page: whose an account is is shown, and kept nowhere. */
const MAX_PAYEE_ANSWERS = 10_000
const AUDIENCE = 'urn:gatehouse:sca:consent'

export function strongAuthentication(
  {
    transactions,
    devices,
    ledger,
    acr,
    apiOf,
    passkeyScript: script,
  }: Omit<StrongOptions, 'enrolment' | 'registers'>,
  {
    clock,
    origin,
    customers,
  }: {
    readonly clock: Clock
    readonly origin: string
    /** Who knows whose accounts are; absent: nobody. */
    readonly customers?: Pick<Customers, 'accountsOf'>
  },
): Strong {
  const payees = new Recent<PayeeAnswer>(MAX_PAYEE_ANSWERS)
  const idOf = (journey: string): string => `consent.${journey}`

  return {
    acr,
    passkeys: script === undefined ? undefined : passkeyScript(script, origin),
    async need({ subject, consent, journey }, wanted) {
      const act = actOf(consent)
      if (act === undefined) return 'refused'
      const api = apiOf?.(act.kind)
      const { outcome, payeeCheck } = await ledger.decide({
        id: idOf(journey),
        subject,
        act,
        ...(await ownAccountsOf(customers, subject, act)),
        ...(api === undefined ? {} : { api }),
      })
      if (payeeCheck === null) payees.delete(journey)
      else payees.set(journey, payeeCheck)
      return outcome === 'exempt' && wanted ? 'required' : outcome
    },
    async begin(asked, key) {
      const { subject, consent } = asked
      const purpose = purposeOf(consent)
      if (purpose === undefined) return undefined
      const made = await transactions.create(
        { subject, client: consent.client, audience: AUDIENCE, consentId: consent.id, purpose },
        key,
      )
      return made.ok ? this.present(asked, made.value.id) : undefined
    },
    async present(asked, id) {
      const shown = await transactions.present(id)
      if (!shown.ok) return undefined
      const payeeCheck = await this.payeeCheck(asked)
      return { ...onPage(shown.value, clock.now()), ...(payeeCheck && { payeeCheck }) }
    },
    async payeeCheck({ journey }) {
      const told = payees.get(journey)
      if (told !== undefined) return told
      // Decided by another node, or before a restart: whose the account is nobody kept.
      const found = (await ledger.evidence(idOf(journey)))?.evidence.context.payeeCheck
      return found && { result: found.result }
    },
    screen: ({ subject, consent }, id) =>
      devices.screen(id, {
        subject,
        client: consent.client,
        audience: AUDIENCE,
        consentId: consent.id,
      }),
    async ask(asked, id, kind) {
      if ((await this.screen(asked, id))?.state !== 'open') return 'over'
      return sendAsk(transactions, id, kind)
    },
    async verify({ subject, consent, journey }, { id, answers, network }) {
      const began = clock.now()
      const verified = await transactions.verify({ id, answers, network })
      if (!verified.ok) return { kind: outcomeOf(verified.error.code) }
      const issued = await transactions.issue(verified.value)
      const purpose = purposeOf(consent)
      if (!issued.ok || purpose === undefined) return { kind: 'over' }
      const redeemed = await transactions.redeem({
        code: issued.value.code,
        client: consent.client,
        subject,
        expectedAudience: AUDIENCE,
        consentId: consent.id,
        purpose,
      })
      if (!redeemed.ok) return { kind: 'over' }
      const { factors } = redeemed.value
      const kinds = factors.map(({ kind }) => kind)
      await ledger.authenticated(idOf(journey), {
        result: 'succeeded',
        method: kinds.join('+'),
        durationMs: Math.max(0, clock.now() - began),
        factors: kinds.flatMap((kind) => CATEGORY[kind]),
      })
      const said = factors.flatMap(({ kind, synced }) => (synced ? SYNCED_AMR : AMR[kind]))
      const amr = [...new Set(said), 'mfa']
      return { kind: 'done', amr, at: redeemed.value.verifiedAt }
    },
    async settled({ journey, consent }) {
      const decision = idOf(journey)
      const outcome = await ledger.settle(decision, 'done')
      if (outcome !== 'settled' && outcome !== 'already') return undefined
      const record = await ledger.evidence(decision)
      const digest = digestOfHeld(readAuthorizationDetails(consent.payments)) ?? paymentsDigest([])
      if (record?.decision.authentication === 'succeeded')
        return { outcome: 'authenticated', decision, digest }
      const found = record?.evidence.decision
      const by = found?.outcome === 'exempt' ? found.by : undefined
      const clause = by && { exemption: by.exemption, article: by.article }
      return { outcome: 'exempt', decision, digest, ...clause }
    },
    async gaveUp({ journey }) {
      await ledger.settle(idOf(journey), 'void')
    },
  }
}

function purposeOf(consent: Consent): Purpose | undefined {
  if (consent.kind !== 'payment') return { kind: 'account-access' }
  const payments = ordersInDetails(consent.payments)
  return payments === undefined || payments.length === 0 ? undefined : { kind: 'payment', payments }
}

/** `undefined`: no amount, or several currencies: nothing can be decided about it. */
function actOf(consent: Consent): AskedAct | undefined {
  const purpose = purposeOf(consent)
  if (purpose?.kind !== 'payment')
    return (
      purpose && {
        kind: 'account-access',
        through: 'third-party',
        asks: 'more',
        client: consent.client,
      }
    )
  const [first] = purpose.payments
  const read = purpose.payments.map(fieldsOf)
  const amounts = read.map((fields) => fields.get('amount') ?? '')
  const currency = first?.currency ?? ''
  const whole = read.every((fields) => fields.get('currency') === currency)
  const payees = read.map((fields) => fields.get('creditorAccount') ?? '')
  if (!whole || [...amounts, ...payees].includes('')) return undefined
  // One account or none: what is said of the first would be believed of all.
  const debtors = new Set(read.map((fields) => fields.get('debtorAccount')))
  const [debtor] = debtors.size === 1 ? debtors : []
  const name = read.length === 1 ? first?.creditorName : undefined
  return {
    kind: 'remote-payment',
    instrument: 'credit-transfer',
    amount: { value: amountText(sumOfMinorUnits(amounts), currency), currency },
    payees: [...new Set(payees)],
    payments: read.length,
    ...(debtor === undefined ? {} : { debtor }),
    ...(read.some((fields) => isSeries({ fields })) ? { beginsSeries: true as const } : {}),
    ...(name === undefined ? {} : { payeeName: name }),
  }
}
function fieldsOf(order: PaymentOrder): CanonicalPayment['fields'] {
  const read = canonicalPayment(order)
  return read.ok ? read.payment.fields : new Map()
}
