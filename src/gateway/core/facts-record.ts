/** The facts of a decision without what names a person or could be replayed: what `FactsRecord` says, and nothing else. */
import type { Facts, Match, ProofFact, TokenFact } from '../../decide/index.ts'
import type { FactsRecord } from '../../events/index.ts'
import { recordNamed } from './named-record.ts'
import type { OperationIndex, SelectorIndex } from './plan-index.ts'
import { queryOf, recordQuery } from './query-record.ts'
import { bodyRecord, gatheredFacts, presentHeaders, signatureRecord } from './request-record.ts'
import { recordedText, recordedTexts } from './recorded-text.ts'
import { createTransportRecorder, recordRegister } from './transport-record.ts'

type TokenRecord = NonNullable<FactsRecord['token']>
type VerifiedToken = Extract<TokenFact, { readonly kind: 'verified' }>

const NO_NAMES: readonly string[] = []
const NO_OBJECTS: Readonly<Record<string, boolean>> = {}
const OBSERVED = { observeAll: true } as const
const ABSENT: TokenRecord = { kind: 'absent' }

export type RecordFacts = (
  facts: Facts,
  match: Match | undefined,
  operation: OperationIndex | undefined,
) => FactsRecord

/** A recorder that lists each set of scopes or permissions once: the sets live as long as the token or the consent. */
export function createFactsRecorder(): RecordFacts {
  const lists = new WeakMap<ReadonlySet<string>, readonly string[]>()
  const recordTransport = createTransportRecorder()
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
    const { expiresAt, validFrom, transactionsFrom, transactionsTo } = consent
    const verified = token?.kind === 'verified' ? token : undefined
    return {
      status: consent.status,
      permissions: list(consent.permissions),
      accounts: consent.accounts.size,
      sameClient: verified?.clientId === consent.clientId,
      sameSubject: verified?.subject === consent.subject,
      expiresInSeconds: expiresAt === undefined ? null : Math.round((expiresAt - now) / 1000),
      revoked: consent.revoked,
      ...(expiresAt !== undefined && { expiresAt }),
      ...(validFrom !== undefined && { validFrom }),
      ...(transactionsFrom !== undefined && { transactionsFrom }),
      ...(transactionsTo !== undefined && { transactionsTo }),
      ...(consent.used === true && { used: true }),
    }
  }

  return (facts, match, operation) => {
    const named = match === undefined ? undefined : recordNamed(facts, match, operation?.named)
    const headers = presentHeaders(facts, operation?.headers)
    const body = bodyRecord(facts)
    const signature = signatureRecord(facts)
    const { names, undeclared } = recordQuery(facts.request.target, operation?.query)
    return {
      bucket: facts.bucket,
      // JSON has no Infinity: a feed that was never heard of is as old as a number can say.
      feedAgeMs: Math.min(Math.round(facts.feedAgeMs), Number.MAX_SAFE_INTEGER),
      token: recordToken(facts),
      ...(facts.proof !== undefined && { proof: recordProof(facts.proof, facts.request.method) }),
      clientStatus: facts.client?.kind === 'known' ? facts.client.status : null,
      ...(facts.client?.kind === 'known' && recordRegister(facts.client)),
      ...(facts.transport !== undefined && { transport: recordTransport(facts.transport) }),
      consent: recordConsent(facts),
      objects:
        match === undefined || operation === undefined
          ? NO_OBJECTS
          : recordObjects(facts, match, operation.selectors),
      query: names,
      gathered: gatheredFacts(facts),
      ...(undeclared > 0 && { undeclaredQuery: undeclared }),
      ...(headers !== undefined && { headers }),
      ...(named !== undefined && { named }),
      ...(body !== undefined && { body }),
      ...(signature !== undefined && { signature }),
      ...(facts.observeAll === true && OBSERVED),
    }
  }
}

function recordVerified(token: VerifiedToken, now: number, scopes: readonly string[]): TokenRecord {
  const { issuer, expiresAt, issuedAt, notBefore, revoked } = token
  const type = recordedText(token.type)
  const audiences = recordedTexts(token.audiences)
  const ageSeconds = issuedAt === undefined ? undefined : Math.round(now / 1000 - issuedAt)
  const lifetimeSeconds =
    issuedAt === undefined || expiresAt === undefined ? undefined : Math.round(expiresAt - issuedAt)
  return {
    kind: 'verified',
    issuer,
    type,
    audiences,
    scopes,
    ...(ageSeconds !== undefined && { ageSeconds }),
    ...(lifetimeSeconds !== undefined && { lifetimeSeconds }),
    revoked,
    ...(issuedAt !== undefined && { issuedAt }),
    ...(expiresAt !== undefined && { expiresAt }),
    ...(notBefore !== undefined && { notBefore }),
    bound: token.confirmation ?? null,
    authentication: authenticationOf(token),
  }
}

function authenticationOf({
  acr,
  authenticatedAt,
  sca,
}: VerifiedToken): NonNullable<TokenRecord['authentication']> | null {
  if (acr === undefined && authenticatedAt === undefined && sca === undefined) return null
  return {
    sca: sca === undefined ? null : recordedSca(sca),
    ...(acr !== undefined && { acr: recordedText(acr) }),
    ...(authenticatedAt !== undefined && { at: authenticatedAt }),
  }
}

function recordProof(proof: ProofFact, asked: string): NonNullable<FactsRecord['proof']> {
  if (proof.kind !== 'verified') return proof
  const { kind, key, method, issuedAt, ofToken, nonce, use } = proof
  return { kind, key, ofMethod: method === asked, ofToken, issuedAt, nonce, use }
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

function recordedSca({ outcome, decision, exemption }: NonNullable<VerifiedToken['sca']>) {
  return {
    outcome,
    decision: recordedText(decision),
    ...(exemption !== undefined && { exemption: recordedText(exemption) }),
  }
}
