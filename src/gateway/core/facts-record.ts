/** The facts of a decision without what names a person or could be replayed: what `FactsRecord` says, and nothing else. */
import type { Facts, Match } from '../../decide/index.ts'
import type { FactsRecord } from '../../events/index.ts'
import type { OperationIndex } from './plan-index.ts'

const NO_NAMES: readonly string[] = []
const NO_OBJECTS: Readonly<Record<string, boolean>> = {}

export function recordFacts(
  facts: Facts,
  match: Match | undefined,
  operation: OperationIndex | undefined,
): FactsRecord {
  return {
    bucket: facts.bucket,
    // JSON has no Infinity: a feed that was never heard of is as old as a number can say.
    feedAgeMs: Math.min(Math.round(facts.feedAgeMs), Number.MAX_SAFE_INTEGER),
    token: recordToken(facts),
    clientStatus: facts.client?.kind === 'known' ? facts.client.status : null,
    consent: recordConsent(facts),
    objects: recordObjects(facts, match, operation),
    query: operation === undefined ? NO_NAMES : queryNames(facts.request.target, operation.query),
  }
}

function recordToken(facts: Facts): FactsRecord['token'] {
  const { token } = facts
  if (token === undefined) return null
  if (token.kind === 'absent') return { kind: 'absent' }
  if (token.kind === 'invalid') return { kind: 'invalid', code: token.code }
  const { expiresAt, issuedAt } = token
  return {
    kind: 'verified',
    issuer: token.issuer,
    type: token.type,
    audiences: token.audiences,
    scopes: [...token.scopes],
    ...(issuedAt === undefined ? {} : { ageSeconds: Math.round(facts.now / 1000 - issuedAt) }),
    ...(issuedAt === undefined || expiresAt === undefined
      ? {}
      : { lifetimeSeconds: Math.round(expiresAt - issuedAt) }),
    revoked: token.revoked,
  }
}

function recordConsent(facts: Facts): FactsRecord['consent'] {
  const { consent, token } = facts
  if (consent === undefined || consent.kind === 'unknown') return null
  const verified = token?.kind === 'verified' ? token : undefined
  return {
    status: consent.status,
    permissions: [...consent.permissions],
    accounts: consent.accounts.size,
    sameClient: verified?.clientId === consent.clientId,
    sameSubject: verified?.subject === consent.subject,
    expiresInSeconds:
      consent.expiresAt === undefined ? null : Math.round((consent.expiresAt - facts.now) / 1000),
    revoked: consent.revoked,
  }
}

function recordObjects(
  facts: Facts,
  match: Match | undefined,
  operation: OperationIndex | undefined,
): Readonly<Record<string, boolean>> {
  if (match === undefined || operation === undefined || operation.selectors.length === 0)
    return NO_OBJECTS
  const accounts = facts.consent?.kind === 'known' ? facts.consent.accounts : undefined
  const objects: Record<string, boolean> = Object.create(null) as Record<string, boolean> // sound: an empty table
  for (const { in: where, name } of operation.selectors) {
    const values =
      where === 'path'
        ? [match.parameters.get(name)]
        : where === 'header'
          ? facts.request.headers.all(name.toLowerCase())
          : queryValues(facts.request.target, name)
    for (const value of values)
      if (value !== undefined)
        objects[`${where}:${name}`] =
          accounts?.has(value) === true && objects[`${where}:${name}`] !== false
  }
  return objects
}

function queryNames(target: string, declared: ReadonlySet<string>): readonly string[] {
  const mark = target.indexOf('?')
  if (mark < 0 || declared.size === 0) return NO_NAMES
  const names = new Set(new URLSearchParams(target.slice(mark + 1)).keys())
  return [...names].filter((name) => declared.has(name))
}

function queryValues(target: string, name: string): readonly string[] {
  const mark = target.indexOf('?')
  return mark < 0 ? NO_NAMES : new URLSearchParams(target.slice(mark + 1)).getAll(name)
}
