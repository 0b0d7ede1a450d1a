/**
 * What a decision is about, in the form in which an authentication is compared with it (RTS Art. 5(1)(b)): the customer, the program that
 * asked, the act, its amount and its payees. An authentication of anything else is none of that decision.
 */
import { hash } from 'node:crypto'
import {
  amountText,
  canonicalJson,
  type CanonicalPayment,
  isSeries,
  sumOfMinorUnits,
} from '../../lib/index.ts'
import type { Act, RiskyAct } from '../decision/context.ts'
import { boundByChange, type ReadChange } from '../registers/change.ts'
import type { ScaName, ScaNames } from './ports.ts'

/** What the customer agreed to. */
export interface AuthenticatedAct {
  readonly subject: string
  readonly client: string
  readonly kind: 'payment' | 'account-access' | 'risky-act'
  readonly what?: RiskyAct['what']
  /** Of a list or series: exactly what. */
  readonly change?: ReadChange
  /** Empty unless it is about payments. */
  readonly payments: readonly Pick<CanonicalPayment, 'fields'>[]
}

/** As it crosses to the unit of work. */
export interface Bound {
  readonly payer: string
  readonly client: string
  /** Digests, one of which the decision has; none: what was agreed to fits no decision. */
  readonly acts: readonly string[]
}

/** `payees`: keyed hashes. Of a terminal nobody knew them when it was decided. */
export function digestOfAct(act: Act, payees: readonly string[]): string {
  if (act.kind === 'account-access') return digestOf([act.kind])
  if (act.kind === 'risky-act') return digestOf([act.kind, act.what])
  if (act.kind !== 'remote-payment') return digestOfTerminal(act.amount.agreed)
  const { amount, payments = 1, beginsSeries = false } = act
  return digestOfRemote(amount.agreed, payments, payees, beginsSeries)
}

/** `undefined`: the keys of the customer were destroyed. */
export function boundOf(act: AuthenticatedAct, names: ScaNames): Bound | undefined {
  const { subject, client, kind, what = '', change } = act
  const payer = names.subject(subject)
  if (payer === undefined) return undefined
  const acts = {
    'account-access': () => [digestOf(['account-access'])],
    'risky-act': () => {
      if (change === undefined) return [digestOf(['risky-act', what])]
      const bound = digestOfChange(change, (name, value) => names.of(subject, name, value))
      return bound === undefined ? [] : [bound]
    },
    payment: () => digestsOfPayments(act, names),
  }[kind]()
  return { payer, client, acts }
}

/** Of what has no amount, no payee or several currencies nothing was decided. */
function digestsOfPayments({ subject, payments }: AuthenticatedAct, names: ScaNames): string[] {
  const read = payments.map(({ fields }) => fields)
  const currency = read[0]?.get('currency') ?? ''
  const amounts = read.map((fields) => fields.get('amount') ?? '')
  const payees = read.map((fields) => {
    const account = fields.get('creditorAccount')
    return account === undefined ? '' : (names.of(subject, 'account', account) ?? '')
  })
  const whole = read.every((fields) => fields.get('currency') === currency)
  if (!whole || currency === '' || [...amounts, ...payees].includes('')) return []
  const agreed = `${amountText(sumOfMinorUnits(amounts), currency)} ${currency}`
  // Who is shown one payment has not agreed to those that follow it, and the other way round.
  const remote = digestOfRemote(agreed, payments.length, payees, payments.some(isSeries))
  return payments.length === 1 ? [remote, digestOfTerminal(agreed)] : [remote]
}

const digestOfRemote = (
  agreed: string,
  payments: number,
  payees: readonly string[],
  series: boolean,
): string =>
  digestOf([series ? 'series' : 'payment', agreed, payments, ...[...new Set(payees)].toSorted()])
const digestOfTerminal = (agreed: string): string => digestOf(['terminal', agreed])

/** `undefined`: the keys of the customer were destroyed. */
export function digestOfChange(
  change: ReadChange,
  hashed: (kind: ScaName, value: string) => string | undefined,
): string | undefined {
  const parts = boundByChange(change, hashed)
  return parts && digestOf(parts)
}

function digestOf(parts: readonly (string | number)[]): string {
  return hash('sha256', canonicalJson(parts), 'base64url')
}
