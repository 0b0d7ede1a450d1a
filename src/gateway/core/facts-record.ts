/** The facts of a decision without what names a person or could be replayed: what `FactsRecord` says, and nothing else. */
import type { Facts, Match, TokenFact } from '../../decide/index.ts'
import type { FactsRecord } from '../../events/index.ts'
import type { OperationIndex, SelectorIndex } from './plan-index.ts'
import { recordedText, recordedTexts } from './recorded-text.ts'

type TokenRecord = NonNullable<FactsRecord['token']>
type VerifiedToken = Extract<TokenFact, { readonly kind: 'verified' }>

const NO_NAMES: readonly string[] = []
const NO_OBJECTS: Readonly<Record<string, boolean>> = {}
const ABSENT: TokenRecord = { kind: 'absent' }

export type RecordFacts = (
  facts: Facts,
  match: Match | undefined,
  operation: OperationIndex | undefined,
) => FactsRecord

/** A recorder that lists each set of scopes or permissions once: the sets live as long as the token or the consent. */
export function createFactsRecorder(): RecordFacts {
  const lists = new WeakMap<ReadonlySet<string>, readonly string[]>()
  function list(set: ReadonlySet<string>): readonly string[] {
    let known = lists.get(set)
    if (known === undefined) {
      known = recordedTexts(set)
      lists.set(set, known)
    }
    return known
  }

  function recordToken({ token, now }: Facts): FactsRecord['token'] {
    if (token === undefined) return null
    if (token.kind === 'absent') return ABSENT
    if (token.kind === 'invalid') return { kind: 'invalid', code: token.code }
    return recordVerified(token, now, list(token.scopes))
  }

  function recordConsent({ consent, token, now }: Facts): FactsRecord['consent'] {
    if (consent === undefined || consent.kind === 'unknown') return null
    const { expiresAt } = consent
    const verified = token?.kind === 'verified' ? token : undefined
    return {
      status: consent.status,
      permissions: list(consent.permissions),
      accounts: consent.accounts.size,
      sameClient: verified?.clientId === consent.clientId,
      sameSubject: verified?.subject === consent.subject,
      expiresInSeconds: expiresAt === undefined ? null : Math.round((expiresAt - now) / 1000),
      revoked: consent.revoked,
    }
  }

  return (facts, match, operation) => ({
    bucket: facts.bucket,
    // JSON has no Infinity: a feed that was never heard of is as old as a number can say.
    feedAgeMs: Math.min(Math.round(facts.feedAgeMs), Number.MAX_SAFE_INTEGER),
    token: recordToken(facts),
    clientStatus: facts.client?.kind === 'known' ? facts.client.status : null,
    consent: recordConsent(facts),
    objects:
      match === undefined || operation === undefined
        ? NO_OBJECTS
        : recordObjects(facts, match, operation.selectors),
    query: operation === undefined ? NO_NAMES : queryNames(facts.request.target, operation.query),
  })
}

function recordVerified(token: VerifiedToken, now: number, scopes: readonly string[]): TokenRecord {
  const { issuer, expiresAt, issuedAt, revoked } = token
  const type = recordedText(token.type)
  const audiences = recordedTexts(token.audiences)
  const known = { kind: 'verified', issuer, type, audiences, scopes } as const
  if (issuedAt === undefined) return { ...known, revoked }
  const ageSeconds = Math.round(now / 1000 - issuedAt)
  return expiresAt === undefined
    ? { ...known, ageSeconds, revoked }
    : { ...known, ageSeconds, lifetimeSeconds: Math.round(expiresAt - issuedAt), revoked }
}

function recordObjects(
  facts: Facts,
  match: Match,
  selectors: readonly SelectorIndex[],
): Readonly<Record<string, boolean>> {
  const [first] = selectors
  if (first === undefined) return NO_OBJECTS
  // The usual case: one account, in the path.
  if (selectors.length === 1 && first.in === 'path')
    return isCovered(facts, first, match.parameters.get(first.name))
      ? first.alone[1]
      : first.alone[0]
  const found = new Map<string, boolean>()
  for (const selector of selectors)
    for (const value of selected(facts, match, selector))
      found.set(
        selector.label,
        isCovered(facts, selector, value) && found.get(selector.label) !== false,
      )
  return Object.fromEntries(found)
}

function isCovered(
  { consent, token }: Facts,
  { names }: SelectorIndex,
  value: string | undefined,
): boolean {
  if (names === 'subject')
    return token?.kind === 'verified' && token.subject !== '' && token.subject === value
  return value !== undefined && consent?.kind === 'known' && consent.accounts.has(value)
}

function selected(
  facts: Facts,
  match: Match,
  { in: where, name }: SelectorIndex,
): readonly string[] {
  if (where === 'header') return facts.request.headers.all(name.toLowerCase())
  if (where === 'query') return queryOf(facts.request.target).getAll(name)
  const value = match.parameters.get(name)
  return value === undefined ? NO_NAMES : [value]
}

/** Names only, each once; what was declared and nothing that a stranger made up. */
function queryNames(target: string, declared: ReadonlySet<string>): readonly string[] {
  const mark = target.indexOf('?')
  if (declared.size === 0 || mark < 0) return NO_NAMES
  const names: string[] = []
  // An escape anywhere is rare: then the names are read as a form (WHATWG URL §5.1), otherwise as they stand.
  const plain = !target.includes('%', mark) && !target.includes('+', mark)
  for (const name of plain ? plainNames(target, mark + 1) : queryOf(target).keys())
    if (declared.has(name) && !names.includes(name)) names.push(name)
  return names
}

function plainNames(target: string, start: number): readonly string[] {
  const names: string[] = []
  for (let at = start; at <= target.length;) {
    const next = target.indexOf('&', at)
    const end = next < 0 ? target.length : next
    const sign = target.indexOf('=', at)
    names.push(target.slice(at, sign < 0 || sign > end ? end : sign))
    at = end + 1
  }
  return names
}

function queryOf(target: string): URLSearchParams {
  const mark = target.indexOf('?')
  // With the `?`, which is taken away once: a second one belongs to a name.
  return new URLSearchParams(mark < 0 ? '' : target.slice(mark))
}
