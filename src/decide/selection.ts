/** What the template and one consent let out of an answer, as a `Selection`; few consents differ, so the sets are cached by key. */
import type { RowFacts, RowRule, Selection } from '../schema/index.ts'
import type { ConsentFact, Facts } from './facts.ts'
import type { ResponseFieldsParams } from './plan.ts'

/** Permissions that one rule may distinguish: the key of a set of them is a number that JavaScript keeps exactly. */
export const MAX_PERMISSIONS = 50

/** No account, no direction, no permission. */
export const NOBODY: ReadonlySet<string> = new Set()
const ROW_SETS: ReadonlySet<string> = new Set(['accounts', 'directions'])
const ROW_WINDOWS: ReadonlySet<string> = new Set(['transactions'])

export interface Selector {
  /**
   * One number for each set of permissions that makes a difference here, for whether a period limits the consent, whether there is one,
   * and whether only recent days leave.
   */
  key(consent: KnownConsent | undefined, recent: boolean): number
  selection(key: number): Selection
  /** The same without the counts that tell of rows that were left out; `undefined`: there are none. */
  uncounted(key: number): Selection | undefined
  /** The row set `directions`. */
  directions(key: number): ReadonlySet<string>
}

export type KnownConsent = ConsentFact & { readonly kind: 'known' }

/** `history`: rules of rows for when only recent days leave. @throws TypeError for row tests on sets or windows that no fact fills. */
export function prepareSelector(
  params: ResponseFieldsParams,
  history: readonly RowRule[] = [],
): Selector {
  for (const { test } of params.rows) {
    const known = test.kind === 'in' ? ROW_SETS.has(test.set) : ROW_WINDOWS.has(test.window)
    if (!known) throw new TypeError('response.fields: a row test on an unknown set or window')
  }
  const directions = Object.entries(params.directions)
  const codes = [
    ...new Set([
      ...params.unless.map((one) => one.permission),
      ...directions.map(([code]) => code),
    ]),
  ]
  if (codes.length > MAX_PERMISSIONS)
    throw new TypeError(`response.fields: more than ${MAX_PERMISSIONS} permissions`)
  const bits = new Map(codes.map((code, at) => [code, 2 ** at]))
  const period = 2 ** codes.length
  const stranger = 2 * period
  const recently = 4 * period
  const holds = (key: number, code: string): boolean =>
    Math.floor(key / (bits.get(code) ?? 1)) % 2 === 1
  const seesBoth = (key: number): boolean =>
    params.directionsWhenNone === 'all' && !directions.some(([code]) => holds(key, code))
  const selection = (key: number): Selection => ({
    drop: [
      ...params.drop,
      ...params.unless.filter((one) => !holds(key, one.permission)).flatMap((one) => one.drop),
    ],
    // Without a period every day will do, so a row need not say its day; nor its direction to a consent that was not asked for one.
    rows: [
      ...params.rows.filter(({ test }) =>
        test.kind === 'within'
          ? key % recently >= period
          : test.set !== 'directions' || key % recently >= stranger || !seesBoth(key),
      ),
      ...(key >= recently ? history : []),
    ],
    ...(params.links !== undefined && { links: params.links }),
    freeForm: params.freeForm,
  })
  const { totals = [] } = params
  return {
    key(consent, recent) {
      let key = isLimited(consent) ? period : 0
      if (recent) key += recently
      if (consent === undefined) key += stranger
      for (const [code, bit] of bits) if (consent?.permissions.has(code) === true) key += bit
      return key
    },
    selection,
    uncounted(key) {
      if (totals.length === 0) return undefined
      const plain = selection(key)
      return { ...plain, drop: [...plain.drop, ...totals] }
    },
    directions(key) {
      const held = seesBoth(key) ? directions : directions.filter(([code]) => holds(key, code))
      return new Set(held.map(([, value]) => value))
    },
  }
}

/** The data of one request that row rules look at. */
export function rowFacts(
  consent: KnownConsent | undefined,
  directions: ReadonlySet<string>,
  link: RowFacts['link'],
  start: number | undefined,
): RowFacts {
  return {
    ...(link !== undefined && { link }),
    sets: {
      accounts: consent?.accounts ?? NOBODY,
      directions: consent === undefined ? NOBODY : directions,
    },
    windows: {
      transactions: consent === undefined ? NEVER : window(consent),
      history: start === undefined ? ALWAYS : { from: start },
    },
  }
}

/**
 * The consent that the answer may rely on: the caller's own. Where `authz.consent` only observes, a foreign consent lets a request
 * through, but it opens nothing here.
 */
export function ownConsent({ token, consent }: Facts): KnownConsent | undefined {
  return token?.kind === 'verified' &&
    consent?.kind === 'known' &&
    consent.id === token.consentId &&
    consent.clientId === token.clientId &&
    consent.subject === token.subject
    ? consent
    : undefined
}

/** Whether a transaction period limits what the consent lets out; where there is no consent, nothing is unlimited. */
function isLimited(consent: KnownConsent | undefined): boolean {
  return (
    consent === undefined ||
    consent.transactionsFrom !== undefined ||
    consent.transactionsTo !== undefined
  )
}

/** Holds no instant. */
const NEVER = { from: 1, to: 0 }
const ALWAYS = {}

function window(consent: KnownConsent): { from?: number; to?: number } {
  return {
    ...(consent.transactionsFrom !== undefined && { from: consent.transactionsFrom }),
    ...(consent.transactionsTo !== undefined && { to: consent.transactionsTo }),
  }
}
