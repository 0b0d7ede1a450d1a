/** Whether this instance should be sent requests, and why not: judged anew at each question, from facts, never kept. */
import type { PlanApi } from '../decide/index.ts'

export type Phase = 'starting' | 'serving' | 'draining'

export interface ReadinessFacts {
  readonly phase: Phase
  readonly spool: 'open' | 'failed' | 'closed'
  readonly feedAgeMs: number
  readonly apis: readonly PlanApi[]
  /** Names of APIs whose refusals are only observed for now. */
  readonly observed: ReadonlySet<string>
}

export type NotReady =
  | 'starting'
  | 'draining'
  | 'spool-failing'
  /** Too old for every API that is served. */
  | 'feed-stale'
  | 'no-active-api'

export interface Readiness {
  readonly ready: boolean
  readonly reasons: readonly NotReady[]
  readonly apis: readonly ApiReadiness[]
}

export interface ApiReadiness {
  readonly name: string
  readonly state: 'ready' | 'degraded' | 'closed'
  /** Codes and words of ours only: this is read without a login. */
  readonly reasons: readonly string[]
  readonly observeAll: boolean
}

export function judgeReadiness(facts: ReadinessFacts): Readiness {
  const { phase, spool, feedAgeMs, apis, observed } = facts
  if (phase === 'starting') return { ready: false, reasons: ['starting'], apis: [] }
  const isStale = (api: PlanApi): boolean =>
    api.state === 'active' && !(feedAgeMs <= api.feedAllowanceMs)
  const active = apis.filter((api) => api.state === 'active')
  const reasons: NotReady[] = []
  if (phase === 'draining') reasons.push('draining')
  if (spool !== 'open') reasons.push('spool-failing')
  if (active.length === 0) reasons.push('no-active-api')
  else if (active.every(isStale)) reasons.push('feed-stale')
  return {
    ready: reasons.length === 0,
    reasons,
    apis: apis.map((api) => {
      const own = [
        ...(api.state === 'closed' ? [api.code] : []),
        ...(isStale(api) ? ['feed-stale'] : []),
      ]
      return {
        name: api.name,
        state: api.state === 'closed' ? 'closed' : own.length === 0 ? 'ready' : 'degraded',
        reasons: own,
        observeAll: observed.has(api.name),
      }
    }),
  }
}
