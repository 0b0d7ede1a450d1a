/**
 * What a draft would have done to recorded traffic. It reads events one by one, decides each again and counts what would change; what
 * cannot be decided from what was recorded is counted too, by the rule that could not tell.
 */
import type { AccessEvent, GatehouseEvent } from '../../events/index.ts'
import { GatehouseError } from '../../lib/index.ts'
import { createRedecider, type RedeciderOptions, type Redecision } from './redecide.ts'
import { isReadable } from './readable.ts'
import { requestFailures } from './statements.ts'
import { createTally, type Group } from './tally.ts'
import { answerChange } from './answer-change.ts'
import { createWatch, type WatchedRule } from './watched.ts'

export interface ReplayReport {
  /** Digest of the draft. */
  readonly draft: string
  /** Decisions that were looked at; a call of a strictly audited operation, which is recorded twice, counts once. */
  readonly decisions: number
  /** Requests that were refused before there was one: no policy changes that. */
  readonly refusedEarly: number
  /** Decisions whose plan is no longer kept: less of them can be decided. */
  readonly planNotKept: number
  /** Records that are not what an event is, and were left out. */
  readonly unreadable: number
  readonly newlyDenied: readonly Group[]
  /** By the rule that refused past. */
  readonly newlyAllowed: readonly Group[]
  /** Answers that were trimmed, and would leave whole. */
  readonly noLongerTrimmed: readonly Group[]
  readonly unchanged: {
    readonly allowed: number
    readonly denied: number
    /** Of the denied: by another rule than past. */
    readonly deniedOtherwise: number
  }
  /** Whether they would be denied cannot be told. */
  readonly undecidable: readonly Group[]
  /** Allowed then and now; what of the answer would leave cannot be told. */
  readonly answerUndecidable: readonly Group[]
  readonly watched: readonly WatchedRule[]
}

export interface Replay {
  /** @throws GH_POLICY_REPLAY_FORMAT for an event of a later format */
  take(event: GatehouseEvent): void
  report(): ReplayReport
}

/** Calls of which only the beginning was seen. Beyond this the oldest is taken as it is: nobody saw its end. */
export const MAX_OPEN_CALLS = 65_536

export interface ReplayOptions extends RedeciderOptions {
  /** Only decisions of this API: which it was of then, or would be of under the draft. Absent: all. */
  readonly api?: string | undefined
}

export function createReplay(options: ReplayOptions): Replay {
  const redecider = createRedecider(options)
  const newlyDenied = createTally()
  const newlyAllowed = createTally()
  const noLongerTrimmed = createTally()
  const undecidable = createTally()
  const answerUndecidable = createTally()
  const watch = createWatch()
  const unchanged = { allowed: 0, denied: 0, deniedOtherwise: 0 }
  /** By id: a strictly audited call is recorded before the bank is called and once more at its end. */
  const open = new Map<string, AccessEvent>()
  let decisions = 0
  let refusedEarly = 0
  let planNotKept = 0
  let unreadable = 0

  function decide(event: AccessEvent): void {
    const now = decideSpoilt(event)
    if (!isAsked(event.api) && !isAsked(now.now?.api.name)) return
    decisions++
    if (options.planOf(event.plan) === undefined) planNotKept++
    if (now.now !== undefined && now.trail !== undefined)
      watch.add(
        event,
        now.now,
        now.trail.ran,
        new Set(
          now.trail.failed
            .filter(({ code }) => code !== 'GH_GATEWAY_FEED_STALE')
            .map(({ rule }) => rule),
        ),
      )
    compare(event, now)
  }

  function isAsked(api: string | null | undefined): boolean {
    return options.api === undefined || api === options.api
  }

  /** Facts that are not as they were written are facts that are not known. */
  function decideSpoilt(event: AccessEvent): Redecision {
    try {
      return redecider.decide(event)
    } catch {
      return {
        kind: 'undecidable',
        reasons: [{ rule: 'gateway.baseline', reason: 'the facts cannot be read' }],
      }
    }
  }

  function compare(event: AccessEvent, now: Redecision): void {
    const was = event.outcome === 'denied' ? refusalOf(event) : undefined
    switch (now.kind) {
      case 'undecidable':
        // One line a request: the first rule that could not tell.
        return undecidable.add(event, now.reasons[0]?.rule ?? '', now.reasons[0]?.reason ?? '')
      case 'deny':
        if (was === undefined) return newlyDenied.add(event, now.rule, now.code)
        unchanged.denied++
        if (was.rule !== now.rule) unchanged.deniedOtherwise++
        return undefined
      case 'allow': {
        if (was !== undefined) return newlyAllowed.add(event, was.rule, was.code)
        unchanged.allowed++
        const change = answerChange(event, now.now, redecider.same)
        if (change === 'whole') noLongerTrimmed.add(event, 'response.fields', '')
        if (change === 'unknown')
          answerUndecidable.add(event, 'response.fields', 'the answer was not recorded')
        return undefined
      }
      default:
        return now satisfies never
    }
  }

  return {
    take(event) {
      refuseLater(event)
      // What was refused before there was a request was of no API.
      if (event.kind === 'refused' && options.api === undefined) refusedEarly++
      if (event.kind !== 'access') return
      if (!isReadable(event)) {
        unreadable++
        return
      }
      if (event.status === 0 && event.dataPlane === undefined) {
        open.set(event.id, event)
        const [oldest] = open.values()
        if (open.size <= MAX_OPEN_CALLS || oldest === undefined) return
        open.delete(oldest.id)
        return decide(oldest)
      }
      open.delete(event.id)
      decide(event)
    },
    report() {
      for (const event of open.values()) decide(event)
      open.clear()
      return {
        draft: options.draft.digest,
        decisions,
        refusedEarly,
        planNotKept,
        unreadable,
        newlyDenied: newlyDenied.groups(),
        newlyAllowed: newlyAllowed.groups(),
        noLongerTrimmed: noLongerTrimmed.groups(),
        unchanged: { ...unchanged },
        undecidable: undecidable.groups(),
        answerUndecidable: answerUndecidable.groups(),
        watched: watch.rules(),
      }
    },
  }
}

/** Which rule refused, as far as one did. */
function refusalOf(event: AccessEvent): { readonly rule: string; readonly code: string } {
  const denial = requestFailures(event).find(({ effect }) => effect === 'denied')
  return {
    rule: denial?.rule ?? 'gateway.baseline',
    code: denial?.code ?? event.code ?? '',
  }
}

/** What a later version wrote may mean what this one does not know. */
function refuseLater(event: GatehouseEvent): void {
  const { v }: { readonly v: number } = event
  if (v !== 1)
    throw new GatehouseError(
      'GH_POLICY_REPLAY_FORMAT',
      `event ${event.id} has format ${v}; this version reads format 1`,
    )
}
