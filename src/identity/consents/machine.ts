/** What may become of a consent: one table, pure. Whoever wants something else is refused, and nothing changes. */
import {
  type Actor,
  type Authorisation,
  type Consent,
  type ConsentStatus,
  type ConsentStep,
  type ConsentTerms,
  type DeviceAuthentication,
  endOf,
  MAX_STEPS,
} from './consent.ts'
import type { Result } from '../../lib/index.ts'
import type { ScaOutcome } from './sca-outcome.ts'

export type Act =
  /** A customer authenticated for it; again, when it is in force: then the time of the authentication is new. */
  | {
      readonly kind: 'authorise'
      readonly subject: string
      /** Those that the customer picked, or that the third party named and are theirs. */
      readonly accounts: readonly string[]
      /** Customers who must agree for these accounts. */
      readonly signatories: number
      /** Where no request for a token waits. */
      readonly how?: DeviceAuthentication
      /** Absent: there is no such step here. */
      readonly sca?: ScaOutcome
    }
  | { readonly kind: 'refuse'; readonly subject: string }
  | { readonly kind: 'withdraw'; readonly subject: string }
  | { readonly kind: 'cancel'; readonly client: string }
  | { readonly kind: 'terminate'; readonly staff: string; readonly why: string }
  | { readonly kind: 'expire' }
  | { readonly kind: 'consume'; readonly client: string }
export type ActKind = Act['kind']

export type ActRefused =
  /** Not in this state. */
  | 'not-possible'
  /** Somebody else's. */
  | 'not-theirs'
  /** This customer has said so already; another one must. */
  | 'said-already'
  /** There must be an account, and there is none; or there are some, and this is another. */
  | 'accounts'

export const ACTS: readonly ActKind[] = [
  'authorise',
  'refuse',
  'withdraw',
  'cancel',
  'terminate',
  'expire',
  'consume',
]
export const STATUSES: readonly ConsentStatus[] = [
  'awaiting',
  'partly-authorised',
  'authorised',
  'rejected',
  'withdrawn',
  'cancelled',
  'terminated',
  'expired',
  'consumed',
]

type Row = Partial<Readonly<Record<ActKind, ConsentStatus>>>
const ENDS = { cancel: 'cancelled', terminate: 'terminated', expire: 'expired' } as const
/** Where an act leads. What is not here is refused; what is over stays over. */
export const TRANSITIONS: ReadonlyMap<ConsentStatus, Row> = new Map<ConsentStatus, Row>([
  ['awaiting', { authorise: 'authorised', refuse: 'rejected', ...ENDS }],
  [
    'partly-authorised',
    { authorise: 'authorised', refuse: 'rejected', withdraw: 'withdrawn', ...ENDS },
  ],
  ['authorised', { authorise: 'authorised', withdraw: 'withdrawn', consume: 'consumed', ...ENDS }],
])

export const isOver = ({ status }: Pick<Consent, 'status'>): boolean => !TRANSITIONS.has(status)

export function newConsent(
  terms: ConsentTerms,
  of: { readonly id: string; readonly client: string; readonly regime: string },
  now: number,
): Consent {
  const by: Actor = { kind: 'third-party', id: of.client }
  const first: ConsentStep = { at: now, from: null, to: 'awaiting', by, why: 'created' }
  return {
    ...terms,
    ...of,
    status: 'awaiting',
    authorisations: [],
    history: [first],
    createdAt: now,
    changedAt: now,
  }
}

/** `now` decides too: what has run out can only expire, whoever comes. */
export function actOn(consent: Consent, act: Act, now: number): Result<Consent, ActRefused> {
  const end = endOf(consent)
  const ranOut = end !== undefined && now >= end
  const to = TRANSITIONS.get(consent.status)?.[act.kind]
  if (to === undefined || (act.kind === 'expire') !== ranOut) return no('not-possible')
  switch (act.kind) {
    case 'authorise':
      return authorise(consent, act, now)
    case 'refuse':
      return step(consent, to, { kind: 'customer', id: act.subject }, 'refused', now)
    case 'withdraw':
      if (!consent.authorisations.some(({ subject }) => subject === act.subject))
        return no('not-theirs')
      return step(consent, to, { kind: 'customer', id: act.subject }, 'withdrawn', now)
    case 'cancel':
      if (act.client !== consent.client) return no('not-theirs')
      return step(consent, to, { kind: 'third-party', id: act.client }, 'cancelled', now)
    case 'terminate':
      return step(consent, to, { kind: 'bank', id: act.staff }, act.why, now)
    case 'expire':
      return step(consent, to, { kind: 'time' }, 'expired', now)
    case 'consume':
      if (act.client !== consent.client) return no('not-theirs')
      if (consent.kind !== 'payment') return no('not-possible')
      return step(consent, to, { kind: 'third-party', id: act.client }, 'paid', now)
    default:
      return act satisfies never
  }
}

function authorise(
  consent: Consent,
  { subject, accounts, signatories, how, sca }: Extract<Act, { kind: 'authorise' }>,
  now: number,
): Result<Consent, ActRefused> {
  const said = consent.authorisations.some((one) => one.subject === subject)
  const again = consent.status === 'authorised'
  // Nobody joins a consent that is complete, and nobody counts twice.
  if (again && !said) return no('not-theirs')
  if (!again && said) return no('said-already')
  const before = new Set(consent.accounts)
  if (before.size > 0 ? accounts.some((id) => !before.has(id)) : needsAccounts(consent, accounts))
    return no('accounts')
  const mine: Authorisation = {
    subject,
    at: now,
    ...(how !== undefined && { how }),
    ...(sca && { sca }),
  }
  const others = consent.authorisations.filter((one) => one.subject !== subject)
  const changed = {
    ...consent,
    accounts: before.size > 0 ? consent.accounts : [...new Set(accounts)],
    authorisersNeeded: again
      ? consent.authorisersNeeded
      : Math.max(consent.authorisersNeeded, signatories),
    authorisations: [...others, mine],
  }
  const complete = changed.authorisations.length >= changed.authorisersNeeded
  return step(
    changed,
    complete ? 'authorised' : 'partly-authorised',
    { kind: 'customer', id: subject },
    again ? 'authenticated again' : 'authorised',
    now,
  )
}

/** What is read is read of an account; a payment may leave it to the bank which one it is from. */
function needsAccounts({ permissions }: Consent, accounts: readonly string[]): boolean {
  return permissions.length > 0 && accounts.length === 0
}

function step(
  consent: Consent,
  to: ConsentStatus,
  by: Actor,
  why: string,
  now: number,
): Result<Consent, ActRefused> {
  // A clock that was set back does not make a history that runs backwards.
  const at = Math.max(now, consent.changedAt)
  const history = [...consent.history, { at, from: consent.status, to, by, why }]
  const kept =
    history.length <= MAX_STEPS
      ? history
      : [...history.slice(0, 1), ...history.slice(history.length - MAX_STEPS + 1)]
  return { ok: true, value: { ...consent, status: to, history: kept, changedAt: at } }
}

const no = (error: ActRefused): Result<never, ActRefused> => ({ ok: false, error })
