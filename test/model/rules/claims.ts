/** What a request that passes every rule takes: units of windows, and an access where nobody is there. */
import { BASE, PRESENCE } from '../house.ts'
import type { Accesses, Visit, Wanted, Windows } from './counts.ts'
import { type Case, claimsOf, clientOf, consentOf, type Params } from './rules.ts'
import { textOf } from './token.ts'
import { valuesOf } from './wire.ts'

export interface Counts {
  readonly windows: Windows
  readonly accesses: Accesses
}

/** `apart`: of a rule that only watches, counted for itself. */
export function unitsOf(one: Case, params: Params, apart: boolean): readonly Wanted[] {
  if (one.token().kind !== 'good') return []
  const { client_id, consent_id, sub } = claimsOf(one)
  const [client, consent, subject] = [client_id, consent_id, sub].map(textOf)
  const { api, operation } = one.routed
  const units = Number(params['cost'])
  const all: Wanted[] = []
  const count = (what: string, of: string | undefined, windowSeconds: number): void => {
    const limit = params[what]
    if (typeof limit !== 'number') return
    const key = [apart, api, what, windowSeconds, client, of].join('\n')
    all.push({ key, limit, windowSeconds, cost: Math.min(units, limit) })
  }
  const windowSeconds = Number(params['windowSeconds'])
  count('burst', '', 1)
  count('perClient', '', windowSeconds)
  if (consent !== '') count('perConsent', consent, windowSeconds)
  if (subject !== '') count('perSubject', subject, windowSeconds)
  count('perOperation', operation, windowSeconds)
  return all
}

const PAGES = ['page']
/** Art. 36(5)(b): fewer are never the limit. */
const LEAST = 4

/** `undefined`: the customer is there. */
export function visitOf(one: Case, params: Params, apart: boolean): Visit | undefined {
  if (one.token().kind !== 'good') return undefined
  if (valuesOf(one.wire, PRESENCE).some((value) => value.trim() !== '')) return undefined
  const { client_id: client, sub, consent_id: id } = claimsOf(one)
  const consent = consentOf(one)
  const account = one.routed.path.get('AccountId')
  const accounts = account === undefined ? (consent?.accounts ?? []) : [account]
  const whose = accounts.length === 0 ? [`consent ${textOf(id)}`] : accounts
  const { query, operation } = one.routed
  const pages = query.filter(([name]) => PAGES.includes(plainName(name)))
  const further = pages.filter(([, value]) => !/^0*1?$/.test(value))
  const revoked = one.world.revoked.has(`client:${textOf(client)}`)
  return {
    keys: whose.map((of) => [apart, operation, textOf(client), textOf(sub), of].join('\n')),
    limit: Math.max(
      LEAST,
      Number(params['accesses']),
      consent?.frequencyPerDay ?? 0,
      (revoked ? undefined : clientOf(one)?.frequencyPerDay) ?? 0,
    ),
    query: queryText(query),
    isFirst: pages.length > 0 && further.length === 0,
    isPaged: further.length > 0,
  }
}

/** As servers that are not strict read a name. */
function plainName(name: string): string {
  return name.split('[')[0]?.trim().toLowerCase() ?? ''
}

export function queryText(query: readonly (readonly [string, string])[]): string {
  return query
    .map((pair) => JSON.stringify(pair))
    .sort()
    .join()
}

/** Where an answer about accounts leads: the whole query of `Links.Next`. */
export function leadsOf(body: string): readonly string[] {
  let next: unknown
  try {
    next = (JSON.parse(body) as { readonly Links?: { readonly Next?: unknown } } | null)?.Links
      ?.Next // sound: asked member by member
  } catch {
    return []
  }
  if (typeof next !== 'string' || !next.includes('?')) return []
  const { searchParams } = new URL(next, `https://a.example${BASE.accounts}`)
  const pairs = [...searchParams]
  return pairs.length === 0 ? [] : [queryText(pairs)]
}
