/**
 * What a `Need` hands out and the next call hands back: the operation that matched, and how far its rules got. It saves work and
 * changes nothing: where it does not fit the facts, evaluation starts over. Snapshots are never written to after they were made.
 */
import type { Facts, Resume } from './facts.ts'
import type { Operation } from './operation.ts'
import type { JudgedRequest } from './rule.ts'
import type { RuleFailure } from './verdict.ts'

export interface Progress {
  /** The kernel that made it: plans are replaced while requests are under way. */
  readonly owner: object
  /** What the steps so far were judged on. */
  readonly facts: Facts
  readonly operation: Operation
  readonly request: JudgedRequest
  /** Index of the step to go on with. */
  readonly at: number
  readonly failed: readonly RuleFailure[]
}

/** Hides the inside. Sound: only `unseal` looks at it again, and it checks the owner. */
export function seal(progress: Progress): Resume {
  return progress as unknown as Resume
}

/**
 * The progress made for this very request by this kernel, set to the new facts; from the first step again if what was judged then
 * has changed since. `undefined` if there is none.
 */
export function unseal(owner: object, facts: Facts): Progress | undefined {
  if (facts.resume === undefined) return undefined
  const sealed = facts.resume as unknown as Partial<Progress> // sound: members are looked at before they are used
  if (sealed.owner !== owner || sealed.facts?.request !== facts.request) return undefined
  const before = sealed as Progress // sound: nobody but `seal` puts a kernel's identity into one
  const goesOn = sameBasis(before.facts, facts)
  return {
    owner,
    facts,
    operation: before.operation,
    request: before.request,
    at: goesOn ? before.at : 0,
    failed: goesOn ? before.failed : [],
  }
}

function sameBasis(before: Facts, now: Facts): boolean {
  return (
    before.now === now.now &&
    before.bucket === now.bucket &&
    before.feedAgeMs === now.feedAgeMs &&
    (before.token === undefined || before.token === now.token) &&
    (before.client === undefined || before.client === now.client) &&
    (before.consent === undefined || before.consent === now.consent) &&
    (before.body === undefined || before.body === now.body)
  )
}
