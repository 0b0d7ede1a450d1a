/** Connections to bank APIs: kept alive for a moment, bounded, without redirects or HTTP/2 surprises. */
import { FairPlaces } from './fair-places.ts'
import { isIP } from 'node:net'
import type { SecureContext } from 'node:tls'
import type { PlanUpstream } from '../../decide/index.ts'
import type { Scheduler } from '../../lib/index.ts'
import { ALWAYS_ADMITS, type Breaker, createBreaker } from './upstream-breaker.ts'
import { mayCall } from './egress.ts'
import { DEFAULT_LIMITS } from './limits.ts'
import { type ConnectionOwner, UpstreamConnection } from './upstream-connection.ts'
import type { UpstreamRequest } from './upstream-request.ts'
import type { UpstreamIdentity } from './upstream-tls.ts'

export interface UpstreamPool {
  /** `host:port`, as the `Host` header says it. */
  readonly host: string
  /** Requests that wait for a connection or an answer; counted by who dispatches. */
  readonly places: FairPlaces
  readonly breaker: Breaker
  dispatch(request: UpstreamRequest): void
}

export interface UpstreamPools {
  /** The pool for this upstream, made at the first use. */
  of(upstream: PlanUpstream): UpstreamPool
  close(): void
}

/** How often idle connections grow older. */
const SWEEP_MS = 1_000
/** Closed when it is this many sweeps old: below the 5 s that most servers keep an idle connection, so that a request does not meet one on its way out. */
const IDLE_SWEEPS = 4
/** A bank that says how long it keeps a connection is believed, less this. */
const KEEP_ALIVE_MARGIN_MS = 1_000
/** Upstreams of old plans beyond this many are closed, oldest first. */
const MAX_POOLS = 128

/** Told when a bank API is left alone, and when it is asked again. */
export type UpstreamWatcher = (origin: string, suspended: boolean) => void

interface Idle {
  readonly connection: UpstreamConnection
  sweepsLeft: number
}

class Pool implements UpstreamPool, ConnectionOwner {
  readonly host: string
  readonly places = new FairPlaces()
  readonly breaker: Breaker
  readonly #origin: URL
  /** An address is not resolved, so that no look-up would judge it. */
  readonly #allowed: boolean
  readonly #tls: PlanUpstream['tls']
  readonly #identity: UpstreamIdentity | undefined
  readonly #connectTimeoutMs: number
  readonly #limit: number
  readonly #scheduler: Scheduler
  readonly #all = new Set<UpstreamConnection>()
  /** The last one used is the next one used, so that the others may grow old. */
  #idle: Idle[] = []
  readonly #waiting: UpstreamRequest[] = []
  #closed = false

  constructor(
    upstream: PlanUpstream,
    limit: number,
    scheduler: Scheduler,
    suspended: UpstreamWatcher,
    identity: UpstreamIdentity | undefined,
  ) {
    this.#tls = upstream.tls
    this.#identity = identity
    this.#origin = new URL(upstream.origin)
    this.host = this.#origin.host
    const name = this.#origin.hostname.replace(/^\[(.*)\]$/, '$1')
    this.#allowed = isIP(name) === 0 || mayCall(name, name)
    this.#connectTimeoutMs = upstream.connectTimeoutMs
    this.#limit = limit
    this.#scheduler = scheduler
    this.breaker =
      upstream.breaker === undefined
        ? ALWAYS_ADMITS
        : createBreaker(upstream.breaker, scheduler, (now) => suspended(upstream.origin, now))
  }

  dispatch(request: UpstreamRequest): void {
    const context = this.#context()
    let free = this.#idle.pop()
    for (; free !== undefined && free.connection.context !== context; free = this.#idle.pop())
      free.connection.destroy()
    if (free !== undefined) free.connection.send(request)
    else if (this.#all.size < this.#limit) this.#open(request)
    else this.#waiting.push(request)
  }

  idle(connection: UpstreamConnection, keepAliveMs: number | undefined): void {
    const next = this.#nextWaiting()
    if (next !== undefined) return connection.send(next)
    const said =
      keepAliveMs === undefined
        ? IDLE_SWEEPS
        : Math.floor((keepAliveMs - KEEP_ALIVE_MARGIN_MS) / SWEEP_MS)
    if (this.#closed || said < 1 || connection.context !== this.#context()) connection.destroy()
    else this.#idle.push({ connection, sweepsLeft: Math.min(said, IDLE_SWEEPS) })
  }

  gone(connection: UpstreamConnection): void {
    this.#all.delete(connection)
    const at = this.#idle.findIndex((one) => one.connection === connection)
    if (at >= 0) this.#idle.splice(at, 1)
    const next = this.#nextWaiting()
    if (next !== undefined) this.dispatch(next)
  }

  again(request: UpstreamRequest): void {
    // On a new connection: the other idle ones are as old as the one that was gone.
    if (this.#all.size < this.#limit) this.#open(request)
    else this.#waiting.unshift(request)
  }

  sweep(): void {
    const context = this.#context()
    const old = this.#idle.filter(
      (one) => --one.sweepsLeft <= 0 || one.connection.context !== context,
    )
    for (const { connection } of old) connection.destroy()
  }

  /** Lets its requests end. */
  retire(): void {
    this.#closed = true
    const idle = this.#idle
    this.#idle = []
    for (const { connection } of idle) connection.destroy()
  }

  destroy(): void {
    this.#closed = true
    this.#waiting.length = 0
    for (const connection of this.#all) connection.destroy()
  }

  #context(): SecureContext | undefined {
    return this.#tls === undefined ? undefined : this.#identity?.(this.#tls.api)
  }

  #open(request: UpstreamRequest): void {
    const context = this.#context()
    if (!this.#allowed) return request.handler.onResponseError('GH_GATEWAY_EGRESS_REFUSED')
    if (this.#tls !== undefined && context === undefined)
      return request.handler.onResponseError('GH_GATEWAY_UPSTREAM_IDENTITY')
    this.#all.add(
      new UpstreamConnection(
        this.#origin,
        this.#connectTimeoutMs,
        this.#scheduler,
        this,
        request,
        this.#tls,
        context,
      ),
    )
  }

  #nextWaiting(): UpstreamRequest | undefined {
    for (;;) {
      const next = this.#waiting.shift()
      if (next === undefined || !next.aborted) return next
    }
  }
}

export interface PoolsOptions {
  readonly scheduler: Scheduler
  /** To one upstream. */
  readonly connections?: number
  readonly suspended?: UpstreamWatcher
  /** For upstreams that say how to speak TLS with them; absent: none of those is called. */
  readonly identity?: UpstreamIdentity
}

export function createUpstreamPools({
  scheduler,
  connections = DEFAULT_LIMITS.upstreamConnections,
  suspended = () => undefined,
  identity,
}: PoolsOptions): UpstreamPools {
  const byUpstream = new WeakMap<PlanUpstream, Pool>()
  const pools = new Map<string, Pool>()
  const stopSweeping = scheduler.every(SWEEP_MS, () => {
    for (const pool of pools.values()) pool.sweep()
  })

  function make(upstream: PlanUpstream): Pool {
    const { origin, connectTimeoutMs, breaker, tls } = upstream
    const key = `${origin} ${connectTimeoutMs} ${breaker?.failures} ${breaker?.openMs} ${JSON.stringify(tls)}`
    let pool = pools.get(key)
    if (pool === undefined) {
      pool = new Pool(upstream, connections, scheduler, suspended, identity)
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

  return {
    of: (upstream) => byUpstream.get(upstream) ?? make(upstream),
    close() {
      stopSweeping()
      for (const pool of pools.values()) pool.destroy()
    },
  }
}
