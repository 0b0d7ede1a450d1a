/** Connections to bank APIs: kept alive, bounded, without redirects, retries or HTTP/2 surprises. */
import { Pool } from 'undici'
import type { PlanUpstream } from '../../decide/index.ts'

export interface UpstreamPool {
  readonly pool: Pool
  /** Requests that wait for a connection or an answer; counted by who dispatches. */
  inFlight: number
}

export interface UpstreamPools {
  /** The pool for this upstream, made at the first use. */
  of(upstream: PlanUpstream): UpstreamPool
  close(): Promise<void>
}

/** Below the 5 s that most servers keep an idle connection: a request must not meet a connection on its way out. */
const KEEP_ALIVE_MS = 4_000
const MAX_RESPONSE_HEADER_BYTES = 16_384
/** Upstreams of old plans beyond this many are closed, oldest first. */
const MAX_POOLS = 128

export function createUpstreamPools(connections: number): UpstreamPools {
  const byUpstream = new WeakMap<PlanUpstream, UpstreamPool>()
  const pools = new Map<string, UpstreamPool>()

  function make(upstream: PlanUpstream): UpstreamPool {
    const key = `${upstream.origin} ${upstream.connectTimeoutMs}`
    let pool = pools.get(key)
    if (pool === undefined) {
      const made = new Pool(upstream.origin, {
        connections,
        pipelining: 1,
        allowH2: false,
        keepAliveTimeout: KEEP_ALIVE_MS,
        keepAliveMaxTimeout: KEEP_ALIVE_MS,
        maxHeaderSize: MAX_RESPONSE_HEADER_BYTES,
        connect: { timeout: upstream.connectTimeoutMs },
      })
      pool = { pool: made, inFlight: 0 }
      pools.set(key, pool)
      const [oldest] = pools
      if (pools.size > MAX_POOLS && oldest !== undefined) {
        pools.delete(oldest[0])
        // Lets its requests end; a failure to close what nobody uses concerns nobody.
        oldest[1].pool.close().catch(() => {})
      }
    }
    byUpstream.set(upstream, pool)
    return pool
  }

  return {
    of: (upstream) => byUpstream.get(upstream) ?? make(upstream),
    async close() {
      await Promise.all([...pools.values()].map(({ pool }) => pool.destroy()))
    },
  }
}
