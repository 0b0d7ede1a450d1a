/**
 * What the event spool could not take, told as soon as it takes something again: each stretch of refusals ends in one `audit-gap` notice
 * with the count, so that nobody reads a quiet hour where there was a blind one. Trying to write it is also how a disk that has space
 * again is found out when no request comes.
 */
import type { NoticeEvent, Spool } from '../events/index.ts'
import type { Clock } from '../lib/index.ts'

export interface AuditGapParts {
  readonly spool: Pick<Spool, 'append' | 'health'>
  readonly clock: Clock
  readonly uuid: () => string
}

/** The function returned is to be called now and then while something is wrong with the spool. */
export function auditGap({ spool, clock, uuid }: AuditGapParts): () => void {
  /** Refusals that a notice has told of, and those of the notice itself. */
  let told = 0
  let since: number | undefined
  let writing = false

  function notice(begun: number, refused: number): NoticeEvent {
    const at = clock.now()
    return {
      v: 1,
      kind: 'notice',
      id: uuid(),
      at,
      what: 'audit-gap',
      api: null,
      code: 'GH_AUDIT_UNAVAILABLE',
      // The trouble itself names paths of this machine: the log has it, the record does not.
      detail: `${refused} records were refused since ${new Date(begun).toISOString()}, and their requests with them`,
    }
  }

  return () => {
    const { state, refused } = spool.health()
    if (refused > told) since ??= clock.now()
    if (since === undefined || writing || state === 'closed') return
    // It would only be one more refusal.
    if (state !== 'open') return
    writing = true
    const tells = refused
    spool.append(notice(since, refused - told), 'buffered', (failure) => {
      writing = false
      if (failure !== undefined) {
        told++ // its own refusal is no gap
        return
      }
      told = tells
      since = undefined
    })
  }
}
