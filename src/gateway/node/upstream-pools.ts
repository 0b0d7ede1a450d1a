/** The ways to all bank APIs of the plans in force: one pool for each, whichever API or listener asks for it. */
import type { Plan, PlanUpstream } from '../../decide/index.ts'
import type { Scheduler } from '../../lib/index.ts'
import { DEFAULT_LIMITS } from './limits.ts'
import { SWEEP_MS } from './upstream-address.ts'
import { type AddressState, type PoolParts, UpstreamPool } from './upstream-pool.ts'

export interface UpstreamPools {
  /** The pool for this upstream, made at the first use. */
  of(upstream: PlanUpstream): UpstreamPool
  /** Of all addresses that were asked or are watched. */
  readonly states: readonly AddressState[]
  close(): void
}

/** Upstreams of old plans beyond this many are closed, oldest first. */
const MAX_POOLS = 128

export interface PoolsOptions extends Partial<Omit<PoolParts, 'scheduler'>> {
  readonly scheduler: Scheduler
  /** The plan in force: health checks are those of its upstreams. Absent: nothing is checked. */
  readonly plan?: () => Plan
}

export function createUpstreamPools(options: PoolsOptions): UpstreamPools {
  const { scheduler, plan } = options
  const parts: PoolParts = {
    connections: DEFAULT_LIMITS.upstreamConnections,
    watcher: () => undefined,
    chance: () => 0,
    identity: undefined,
    ...options,
  }
  const byUpstream = new WeakMap<PlanUpstream, UpstreamPool>()
  const pools = new Map<string, UpstreamPool>()
  let watched: Plan | undefined
  let watching: ReadonlySet<UpstreamPool> = new Set()
  const stopSweeping = scheduler.every(SWEEP_MS, () => {
    for (const pool of pools.values()) pool.sweep()
    watch()
  })

  function make(upstream: PlanUpstream): UpstreamPool {
    // What only bounds one answer may differ.
    const { origin, others, connectTimeoutMs, breaker, ejection, retries, egress, health, tls } =
      upstream
    const key = JSON.stringify([
      origin,
      others,
      connectTimeoutMs,
      breaker,
      ejection,
      retries,
      egress,
      health,
      tls,
    ])
    let pool = pools.get(key)
    if (pool === undefined) {
      pool = new UpstreamPool(upstream, parts)
      pools.set(key, pool)
      const [oldest] = pools
      if (pools.size > MAX_POOLS && oldest !== undefined) {
        pools.delete(oldest[0])
        oldest[1].retire()
      }
    }
    byUpstream.set(upstream, pool)
    return pool
  }
  const of = (upstream: PlanUpstream): UpstreamPool => byUpstream.get(upstream) ?? make(upstream)

  /** Health checks follow the plan. */
  function watch(): void {
    const now = plan?.()
    if (now === undefined || now === watched) return
    watched = now
    const wanted = new Set<UpstreamPool>()
    for (const api of now.apis)
      if (api.state === 'active' && api.upstream.health !== undefined) {
        const pool = of(api.upstream)
        wanted.add(pool)
        pool.watch(api.upstream)
      }
    for (const pool of watching) if (!wanted.has(pool)) pool.unwatch()
    watching = wanted
  }

  return {
    of,
    get states() {
      return [...pools.values()].flatMap((pool) => pool.states)
    },
    close() {
      stopSweeping()
      for (const pool of pools.values()) pool.destroy()
    },
  }
}
