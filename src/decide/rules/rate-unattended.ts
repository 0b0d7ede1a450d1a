/**
 * Control `unattended-frequency` (RTS 2018/389 Art. 36(5)(b)): without the customer present a client asks for an account at most so often
 * in 24 hours, never less than four times, and more often where that is agreed. Counted in the store, for each client, customer, account
 * and operation. Further pages of one answer are no access of their own, where an answer that we gave led to them; who counts knows
 * which, and what is given back for an error.
 */
import { believedToken, type VerifiedToken } from '../believed-token.ts'
import type { Facts } from '../facts.ts'
import type { ObjectSelector, PlanOperation, UnattendedParams } from '../plan.ts'
import { cursorPage, linkedPage } from '../offered-page.ts'
import { looseName, type QueryPair } from '../query.ts'
import { type JudgedRequest, type RuleKind } from '../rule.ts'
import type { QuotaClaim } from '../verdict.ts'

/** Art. 36(5)(b): below it a limit would be an obstacle, whatever a configuration says. */
export const LEGAL_MINIMUM = 4
const WINDOW_SECONDS = 86_400
/** Accounts of one request that are counted one by one; a consent with more is counted as one. */
export const MAX_COUNTED_ACCOUNTS = 100

export const rule: RuleKind<'rate.unattended'> = {
  name: 'rate.unattended',
  sound({ params: { accesses, presence } }) {
    if (accesses < LEGAL_MINIMUM) throw new TypeError('rate.unattended: below the legal minimum')
    if (presence.some((name) => name !== name.toLowerCase()))
      throw new TypeError('rate.unattended: a header name is not in lower case')
  },
  prepare({ params }, { operation }) {
    const paging = new Set(params.paging.map(looseName))
    const accountsIn = accountReader(params.selectors, operation)
    return {
      needs: ['token', 'client', 'consent'],
      judge: () => undefined,
      claims(facts, request) {
        const token = believedToken(facts)
        if ('detail' in token || isAttended(params.presence, facts)) return []
        return accesses(params, token, facts, request, { paging, accountsIn })
      },
      watchable: true,
    }
  },
}

/** The customer's address, or what else the regime has, came with the request. */
function isAttended(presence: UnattendedParams['presence'], { request }: Facts): boolean {
  return presence.some((name) => request.headers.all(name).some((value) => value.trim() !== ''))
}

interface Reading {
  /** Loose names of the parameters that name a page. */
  readonly paging: ReadonlySet<string>
  readonly accountsIn: (facts: Facts, request: JudgedRequest) => ReadonlySet<string>
}

function accesses(
  params: UnattendedParams,
  { clientId, subject, consentId }: VerifiedToken,
  facts: Facts,
  request: JudgedRequest,
  { paging, accountsIn }: Reading,
): readonly QuotaClaim[] {
  const { match, query } = request
  const limit = agreed(params.accesses, facts)
  const isPaging = ({ name }: QueryPair): boolean => paging.has(looseName(name))
  const rest = query.filter((pair) => !isPaging(pair))
  const pages = query.filter((pair) => isPaging(pair) && !isFirst(pair))
  const visit = visitOf(rest)
  const [page] = pages
  // What says that it is the first page is no further one, wherever a link leads.
  const goesOn = query.length > 0 && (page !== undefined || rest.length === query.length)
  const durable = {
    asked: [
      ...(goesOn ? [linkedPage(query)] : []),
      ...(page !== undefined && pages.length === 1 ? [cursorPage(visit, page.value)] : []),
    ],
    paged: page !== undefined,
    paging: [...paging],
    visit,
  }
  const named = accountsIn(facts, request)
  const ofConsent = facts.consent?.kind === 'known' ? facts.consent.accounts : NONE
  const asked = named.size > 0 ? named : ofConsent
  const whole = asked.size === 0 || asked.size > MAX_COUNTED_ACCOUNTS
  const accounts = whole ? [['consent', consentId]] : [...asked].map((id) => ['account', id])
  return accounts.map((of) => ({
    kind: 'quota',
    rule: 'rate.unattended',
    policy: 'unattended',
    key: JSON.stringify([match.api, match.operation, clientId, subject, ...of]),
    limit,
    windowSeconds: WINDOW_SECONDS,
    durable,
  }))
}

/** "Unless a higher frequency is agreed": with the client, or for the consent. A lower one is never the limit. */
function agreed(configured: number, { client, consent }: Facts): number {
  return Math.max(
    LEGAL_MINIMUM,
    configured,
    (client?.kind === 'known' ? client.frequencyPerDay : undefined) ?? 0,
    (consent?.kind === 'known' ? consent.frequencyPerDay : undefined) ?? 0,
  )
}

const NONE: ReadonlySet<string> = new Set()
/** Pages that are counted from one. */
const FROM_ONE: ReadonlySet<string> = new Set(['page', 'pagenumber'].map(looseName))

/** The first page, by whatever name, is the access itself. */
function isFirst({ name, value }: QueryPair): boolean {
  return /^0*$/.test(value) || (/^0*1$/.test(value) && FROM_ONE.has(looseName(name)))
}

function visitOf(query: readonly QueryPair[]): string {
  return JSON.stringify(query.map(({ name, value }) => [looseName(name), value]))
}

/** Accounts that a request names itself; none: it asks for those of its consent. */
function accountReader(
  selectors: readonly ObjectSelector[],
  { parameters }: PlanOperation,
): Reading['accountsIn'] {
  const known = selectors.map((one) => ({
    ...one,
    loose: one.in === 'header' ? one.name.toLowerCase() : looseName(one.name),
    commas: parameters.some(
      ({ in: where, name, list }) => where === one.in && name === one.name && list === 'comma',
    ),
  }))
  return ({ request }, { match, query }) => {
    const found = new Set<string>()
    for (const { in: where, name, loose, commas } of known) {
      const values =
        where === 'path'
          ? [match.parameters.get(name) ?? '']
          : where === 'header'
            ? request.headers.all(loose)
            : query.flatMap((pair) => (looseName(pair.name) === loose ? [pair.value] : []))
      for (const value of values)
        for (const one of commas ? value.split(',') : [value]) if (one !== '') found.add(one)
    }
    return found
  }
}
