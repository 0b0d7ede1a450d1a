/**
 * The kill switch: for a while refusals are only observed, for some APIs or all. It needs a reason and an end, outlives a restart, and
 * spares mandates and what no plan can switch off. It is in force until the earlier of two clocks says that it is over, so that a wall
 * clock that is set back does not prolong it.
 */
import { join } from 'node:path'
import { rmSync } from 'node:fs'
import type { ObserveAllStatus } from '../api/index.ts'
import type { Plan } from '../decide/index.ts'
import { canonicalJson, type Clock, type ErrorCode } from '../lib/index.ts'
import { type Action, type Asked, NOTHING, type Prepared } from './control-desk.ts'
import type { InstallationKey } from './installation-key.ts'
import { readIfThere, replaceWhole, syncFolder } from './private-file.ts'

export const MIN_OBSERVE_ALL_SECONDS = 60
export const MAX_OBSERVE_ALL_SECONDS = 4 * 3_600
const FILE = 'observe-all.json'
const PURPOSE = 'observe-all'

export interface ObserveAll {
  readonly begin: Action
  readonly end: Action
  /** Names of the APIs whose refusals are only observed now; `undefined`: none. Asked for each request. */
  observed(): ReadonlySet<string> | undefined
  readonly status: ObserveAllStatus | null
  /** What was in force before, while it would still be. */
  readonly lifted: ObserveAllStatus | null
  /** What ended by itself since this was asked last. */
  justExpired(): ObserveAllStatus | undefined
  /** A reload: names of APIs may be others now. */
  planChanged(): void
}

export function createObserveAll(parts: {
  readonly dataDir: string
  readonly key: InstallationKey
  readonly clock: Clock
  readonly plan: () => Plan
  /** Evidence changes with it. */
  readonly changed: () => Promise<void>
}): ObserveAll {
  const { clock, dataDir, key } = parts
  const file = join(dataDir, FILE)
  let status: ObserveAllStatus | null = null
  let monotonicEnd = 0
  let names: ReadonlySet<string> | undefined
  let expired: ObserveAllStatus | undefined
  let lifted: ObserveAllStatus | null = null

  function enter(next: ObserveAllStatus | null): void {
    lifted = status
    status = next
    monotonicEnd = next === null ? 0 : clock.monotonic() + (next.until - clock.now())
    recount()
  }

  function recount(): void {
    names =
      status === null
        ? undefined
        : new Set(status.apis.length > 0 ? status.apis : parts.plan().apis.map(({ name }) => name))
  }

  function isOver(of: ObserveAllStatus): boolean {
    return clock.now() >= of.until || clock.now() < of.since || clock.monotonic() >= monotonicEnd
  }

  function keep(next: ObserveAllStatus | null): void {
    if (next === null) {
      rmSync(file, { force: true })
      syncFolder(dataDir)
    } else {
      const text = canonicalJson(next)
      replaceWhole(file, JSON.stringify({ signed: next, signature: key.sign(PURPOSE, text) }))
    }
  }

  function expire(): void {
    if (status === null || !isOver(status)) return
    expired = status
    enter(null)
    // A file that stays behind names a time that is over.
    try {
      keep(null)
    } catch {}
  }

  const found = readKept(file, key)
  if (found !== undefined && clock.now() < found.until && clock.now() >= found.since) enter(found)
  else if (found !== undefined) keep(null)

  return {
    begin(asked) {
      const wrong = mistakeIn(asked, parts.plan())
      if (wrong !== undefined) return refusal(wrong)
      const now = clock.now()
      const next: ObserveAllStatus = {
        apis: [...new Set(asked.apis)].sort(),
        since: now,
        until: now + (asked.forSeconds ?? 0) * 1000,
        who: asked.who,
        reason: asked.reason ?? '',
      }
      return {
        outcome: 'done',
        before: shown(status),
        after: shown(next),
        details: [],
        async commit() {
          // Kept before it counts: what a restart would forget must not be relied on.
          keep(next)
          enter(next)
          await parts.changed()
          return []
        },
      }
    },
    end() {
      expire()
      if (status === null) return { ...NOTHING, outcome: 'unchanged' }
      return {
        outcome: 'done',
        before: shown(status),
        after: null,
        details: [],
        async commit() {
          enter(null)
          keep(null)
          await parts.changed()
          return []
        },
      }
    },
    observed() {
      if (status === null) return undefined
      expire()
      return names
    },
    get status() {
      expire()
      return status
    },
    get lifted() {
      return lifted !== null && lifted.until > clock.now() ? lifted : null
    },
    justExpired() {
      expire()
      const was = expired
      expired = undefined
      return was
    },
    planChanged: recount,
  }
}

function mistakeIn(
  { reason, forSeconds, apis }: Asked,
  plan: Plan,
): readonly [ErrorCode, string] | undefined {
  if (reason === null) return ['GH_CONTROL_REASON', 'no reason was given']
  if (
    forSeconds === null ||
    !Number.isInteger(forSeconds) ||
    forSeconds < MIN_OBSERVE_ALL_SECONDS ||
    forSeconds > MAX_OBSERVE_ALL_SECONDS
  )
    return [
      'GH_CONTROL_DURATION',
      `from ${MIN_OBSERVE_ALL_SECONDS} to ${MAX_OBSERVE_ALL_SECONDS} seconds`,
    ]
  const served = new Set(plan.apis.map(({ name }) => name))
  const unknown = apis.find((name) => !served.has(name))
  return unknown === undefined ? undefined : ['GH_CONTROL_API_UNKNOWN', unknown]
}

function refusal([code, detail]: readonly [ErrorCode, string]): Prepared {
  return { ...NOTHING, outcome: 'refused', code, details: [detail] }
}

function shown(status: ObserveAllStatus | null): string | null {
  if (status === null) return null
  const which = status.apis.length === 0 ? 'every API' : status.apis.join(', ')
  return `${which} until ${new Date(status.until).toISOString()}`
}

/** A file that this installation did not sign switches nothing. */
function readKept(file: string, key: InstallationKey): ObserveAllStatus | undefined {
  try {
    const kept = JSON.parse(readIfThere(file) ?? 'null') as {
      readonly signed: ObserveAllStatus
      readonly signature: string
    } | null // sound: only what is signed is used
    if (kept === null) return undefined
    return key.verify(PURPOSE, canonicalJson(kept.signed), kept.signature) ? kept.signed : undefined
  } catch {
    return undefined
  }
}
