/**
 * Looks after what a running instance cannot do without, once a second: the spool, the feed, the degraded queue. Each trouble is told
 * when it begins and when it ends, never in between.
 */
import type { PlanApi } from '../decide/index.ts'
import type { SpoolHealth } from '../events/index.ts'
import type { Clock, Scheduler } from '../lib/index.ts'
import type { Log } from './log.ts'

export interface VitalParts {
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly log: Log
  readonly spool: () => SpoolHealth
  /** Tries to record something: without traffic nothing else would find out that the spool is well again. */
  readonly probe: () => void
  readonly feedAgeMs: () => number
  readonly apis: () => readonly PlanApi[]
  /** Events in the degraded queue. */
  readonly held: () => number
  readonly keyProblems: () => readonly string[]
}

export interface VitalSigns {
  /** It takes no event, or refused one and has taken none since. */
  readonly spoolFailing: boolean
  /** For how long something has waited for a sync without any. */
  readonly unsyncedMs: number
  close(): void
}

const LOOK_EVERY_MS = 1_000

export function watchVitalSigns(parts: VitalParts): VitalSigns {
  const { clock, log } = parts
  let { appended, refused, synced } = parts.spool()
  let failing = false
  let syncedAt = clock.monotonic()
  const alarms = new Set<string>()

  function look(): boolean {
    const health = parts.spool()
    if (health.refused > refused) failing = true
    else if (health.appended > appended) failing = false
    if (health.synced !== synced || health.waiting === 0) syncedAt = clock.monotonic()
    ;({ appended, refused, synced } = health)
    return failing || health.state !== 'open'
  }

  function tell(code: string, on: boolean, begins: string, ends: string, api?: string): void {
    const key = `${code} ${api ?? ''}`
    if (on === alarms.has(key)) return
    if (on) alarms.add(key)
    else alarms.delete(key)
    if (on) log.error(code, begins, { api })
    else log.info(`${code}-over`, ends, { api })
  }

  const stop = parts.scheduler.every(LOOK_EVERY_MS, () => {
    const bad = look()
    const { trouble } = parts.spool()
    tell(
      'GH_AUDIT_UNAVAILABLE',
      bad,
      `events cannot be recorded: ${trouble ?? 'it is full'}`,
      'events are recorded again',
    )
    if (bad) parts.probe()
    const age = parts.feedAgeMs()
    for (const api of parts.apis())
      if (api.state === 'active')
        tell(
          'GH_GATEWAY_FEED_STALE',
          !(age <= api.feedAllowanceMs),
          `what is known of clients and consents is older than the ${api.feedAllowanceMs / 1000} s that this API allows`,
          'the feed is fresh again',
          api.name,
        )
    const held = parts.held()
    tell(
      'degraded',
      held > 0,
      `${held} events wait in memory because the spool refused them: they are lost if this process dies`,
      'no event waits in memory any more',
    )
    const problems = parts.keyProblems()
    tell(
      'issuer-keys',
      problems.length > 0,
      problems.join('; '),
      'the keys of all issuers can be read again',
    )
  })

  return {
    get spoolFailing() {
      return look()
    },
    get unsyncedMs() {
      look()
      return clock.monotonic() - syncedAt
    },
    close: stop,
  }
}
