/**
 * How long a customer's authentication lasts for account access, as data with versions: the law changed once and will again. After that time
 * the consent is still there, and nothing is read under it until the customer has authenticated anew.
 */
import type { Consent } from './consent.ts'

export interface ReauthenticationRule {
  readonly area: ReauthenticationArea
  /** First day on which it applies, RFC 3339. */
  readonly from: string
  /** `null`: the bank asks for none. */
  readonly afterDays: number | null
  readonly source: string
  /** False: nobody here has read the clause itself. */
  readonly checked: boolean
}
export type ReauthenticationArea = 'EU' | 'UK'

/** By area, oldest first. What lies beyond balance and 90 days of transactions is asked about at each access: `sca.required` of the gateway. */
export const REAUTHENTICATION: readonly ReauthenticationRule[] = [
  {
    area: 'EU',
    from: '2019-09-14',
    afterDays: 90,
    source: 'Delegated Regulation (EU) 2018/389 Art. 10(2)(b), as of 2018',
    checked: true,
  },
  {
    area: 'EU',
    from: '2023-07-25',
    afterDays: 180,
    source: 'Delegated Regulation (EU) 2018/389 Art. 10a, by (EU) 2022/2360',
    checked: false,
  },
  {
    area: 'UK',
    from: '2019-09-14',
    afterDays: 90,
    source: 'UK-RTS Art. 10, as of 2019',
    checked: false,
  },
  {
    area: 'UK',
    from: '2022-03-26',
    afterDays: null,
    source: 'UK-RTS Art. 10A: the third party asks its customer, every 90 days',
    checked: false,
  },
]

const DAY_MS = 86_400_000

export function ruleAt(area: ReauthenticationArea, now: number): ReauthenticationRule | undefined {
  return REAUTHENTICATION.findLast((rule) => rule.area === area && Date.parse(rule.from) <= now)
}

/** When the oldest authentication that it needs is over; `undefined`: never, or there is none yet. */
export function authenticatedUntil(
  { kind, authorisations }: Pick<Consent, 'kind' | 'authorisations'>,
  area: ReauthenticationArea,
  now: number,
): number | undefined {
  const days = ruleAt(area, now)?.afterDays
  if (kind !== 'account-access' || days === null || days === undefined) return undefined
  if (authorisations.length === 0) return undefined
  return Math.min(...authorisations.map(({ at }) => at)) + days * DAY_MS
}
