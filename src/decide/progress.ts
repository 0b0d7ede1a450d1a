/**
 * What a `Need` hands out and the next call hands back: the operation that matched, and how far its rules got. It saves work and
 * changes nothing: where it does not fit the facts, evaluation starts over. Snapshots are never written to after they were made.
 */
import type { Facts, Resume } from './facts.ts'
import type { Operation } from './operation.ts'
import type { JudgedRequest } from './rule.ts'
import type { RuleFailure } from './verdict.ts'

/** An evaluation that has got so far. */
export interface Progress {
  /** The kernel that made it: plans are replaced while requests are under way. */
  readonly owner: object
  readonly operation: Operation
  readonly request: JudgedRequest
  /** Index of the step to go on with. */
  readonly at: number
  readonly failed: readonly RuleFailure[]
}

/** Progress with what it was judged on. The facts are copied: a caller may fill in one object as it learns more. */
interface Sealed extends Progress {
  readonly basis: Basis
}

type Basis = Pick<Facts, 'now' | 'bucket' | 'feedAgeMs' | 'request'> & {
  readonly [
    N in
      | 'observeAll'
      | 'token'
      | 'client'
      | 'consent'
      | 'namedConsent'
      | 'body'
      | 'signature'
      | 'initiated'
  ]: Facts[N] | undefined
}

export function seal(
  { owner, operation, request }: Progress,
  at: number,
  failed: readonly RuleFailure[],
  facts: Facts,
): Resume {
  const {
    now,
    bucket,
    feedAgeMs,
    observeAll,
    request: asked,
    token,
    client,
    consent,
    namedConsent,
    body,
    signature,
    initiated,
  } = facts
  const basis: Basis = {
    now,
    bucket,
    feedAgeMs,
    observeAll,
    request: asked,
    token,
    client,
    consent,
    namedConsent,
    body,
    signature,
    initiated,
  }
  const sealed: Sealed = { owner, operation, request, at, failed, basis }
  return sealed as unknown as Resume // sound: only `unseal` looks at it again, and it checks the owner
}

/**
 * The progress made for this very request by this kernel; from the first step again if what was judged then has changed since.
 * `undefined` if there is none.
 */
export function unseal(owner: object, facts: Facts): Progress | undefined {
  if (facts.resume === undefined) return undefined
  const found = facts.resume as unknown as Partial<Sealed> // sound: members are looked at before they are used
  if (found.owner !== owner || found.basis?.request !== facts.request) return undefined
  const sealed = found as Sealed // sound: nobody but `seal` puts a kernel's identity into one
  return sameBasis(sealed, facts) ? sealed : { ...sealed, at: 0, failed: [] }
}

function sameBasis({ basis, operation }: Sealed, facts: Facts): boolean {
  return (
    basis.now === facts.now &&
    basis.feedAgeMs === facts.feedAgeMs &&
    basis.observeAll === facts.observeAll &&
    // Known for good only once the client is: of no account where no rule is enforced by share.
    (basis.bucket === facts.bucket || !operation.fractional) &&
    (basis.token === undefined || basis.token === facts.token) &&
    (basis.client === undefined || basis.client === facts.client) &&
    (basis.consent === undefined || basis.consent === facts.consent) &&
    (basis.namedConsent === undefined || basis.namedConsent === facts.namedConsent) &&
    (basis.body === undefined || basis.body === facts.body) &&
    (basis.signature === undefined || basis.signature === facts.signature) &&
    (basis.initiated === undefined || basis.initiated === facts.initiated)
  )
}
