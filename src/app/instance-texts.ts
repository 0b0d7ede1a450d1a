/** What an instance says of itself, in events and in its log. */
import type { SpoolDamage } from '../events/index.ts'
import { GatehouseError } from '../lib/index.ts'
import type { CompiledPolicy } from '../policy/index.ts'

export function personsText(failure: unknown): string {
  return failure === undefined
    ? 'keys of persons were destroyed: erasures.jsonl says when, by whom and why'
    : `the keys of persons cannot be read (${codeOf(failure)}): those in memory are used`
}

export function erasedText(failure: unknown): string {
  return `what was enrolled of persons who were erased could not be taken away (${codeOf(failure)}): it is tried again until it can`
}

export function storeText(failure: unknown): string {
  return failure === undefined
    ? 'the store answers: what is configured is kept again'
    : `the store keeps nothing of what is configured (${codeOf(failure)}): requests go on, posture is unknown until it does`
}

/** Bytes, no words of an event: nothing of them was answered as synced. */
export function tornText({ segment, offset, seq, what }: SpoolDamage): string {
  return `the last run ended inside record ${seq} (${segment}:${offset}, ${what}): it was cut off, a copy is kept`
}

/** Paths of the installation, which its operators may read. */
export function trustText(problem: string | undefined): string {
  return problem === undefined
    ? 'all files of certificates, keys and revocation lists can be used again'
    : `${problem}; what was read before stays in force`
}

export function behindText(failure: unknown): string {
  if (failure === undefined) return 'traffic observations are kept again'
  return `traffic observations are not kept (${codeOf(failure)}): posture ages until they are`
}

/** By its code only: the rest of a failure may name what no event may hold. */
function codeOf(failure: unknown): string {
  return failure instanceof GatehouseError ? failure.code : 'an internal fault'
}

export function indexText(what: 'behind' | 'again' | 'discarded', why: string): string {
  if (what === 'discarded') return `the event index is made again from the spool: ${why}`
  return what === 'again'
    ? 'the event index is kept again'
    : `the event index is not kept (${why}): questions about events miss the newest until it is`
}

export function closedApis(policy: CompiledPolicy): string[] {
  return policy.findings
    .filter((finding) => finding.closes)
    .map((finding) => `${finding.api} is CLOSED and answers 503: ${finding.text}`)
}
