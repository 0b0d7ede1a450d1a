/** One address of a bank API: its connections, kept alive for a moment, bounded, without redirects or HTTP/2 surprises. */
import { isIP, type LookupFunction } from 'node:net'
import type { SecureContext } from 'node:tls'
import type { PlanUpstream } from '../../decide/index.ts'
import type { Scheduler } from '../../lib/index.ts'
import { egressFault, type MayCall } from './egress.ts'
import {
  type ConnectionOwner,
  type ConnectionSite,
  UpstreamConnection,
} from './upstream-connection.ts'
import type { UpstreamRequest } from './upstream-request.ts'
import type { UpstreamIdentity } from './upstream-tls.ts'

/** How often idle connections grow older. */
export const SWEEP_MS = 1_000
/** Closed when it is this many sweeps old: below the 5 s that most servers keep an idle connection, so that a request does not meet one on its way out. */
const IDLE_SWEEPS = 4
/** A bank that says how long it keeps a connection is believed, less this. */
const KEEP_ALIVE_MARGIN_MS = 1_000

interface Idle {
  readonly connection: UpstreamConnection
  sweepsLeft: number
}

export interface AddressParts {
  /** Connections at once. */
  readonly limit: number
  readonly scheduler: Scheduler
  readonly identity: UpstreamIdentity | undefined
  /** Whether it may be at that address, once its name has one. */
  readonly may: MayCall
  readonly lookup: LookupFunction
}

export class UpstreamAddress implements ConnectionOwner {
  /** `https://core.bank.example` */
  readonly origin: string
  /** `host:port`, as the `Host` header says it. */
  readonly host: string
  /** Its place among the addresses of its upstream. */
  readonly at: number
  /** An address is not resolved, so that no look-up would judge it. */
  readonly #allowed: boolean
  readonly #name: string
  readonly #site: ConnectionSite
  readonly #identity: UpstreamIdentity | undefined
  readonly #limit: number
  readonly #all = new Set<UpstreamConnection>()
  /** The last one used is the next one used, so that the others may grow old. */
  #idle: Idle[] = []
  readonly #waiting: UpstreamRequest[] = []
  #closed = false

  constructor(
    origin: string,
    at: number,
    { tls, connectTimeoutMs }: Pick<PlanUpstream, 'tls' | 'connectTimeoutMs'>,
    { limit, scheduler, identity, may, lookup }: AddressParts,
  ) {
    const url = new URL(origin)
    this.origin = origin
    this.host = url.host
    this.at = at
    this.#site = { url, connectTimeoutMs, tls, scheduler, lookup }
    this.#identity = identity
    this.#limit = limit
    this.#name = url.hostname.replace(/^\[(.*)\]$/, '$1')
    this.#allowed = isIP(this.#name) === 0 || may(this.#name, this.#name)
  }

  /** Requests that wait for a connection or an answer. */
  get busy(): number {
    return this.#all.size - this.#idle.length + this.#waiting.length
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
    const { tls } = this.#site
    return tls === undefined ? undefined : this.#identity?.(tls.api)
  }

  /** On a connection of its own, which ends with it: no request waits behind it, and it waits behind none. */
  probe(request: UpstreamRequest): void {
    this.#connect(request, ALONE)
  }

  #open(request: UpstreamRequest): void {
    const connection = this.#connect(request, this)
    if (connection !== undefined) this.#all.add(connection)
  }

  #connect(request: UpstreamRequest, owner: ConnectionOwner): UpstreamConnection | undefined {
    const context = this.#context()
    if (!this.#allowed)
      request.handler.onResponseError('GH_GATEWAY_EGRESS_REFUSED', egressFault(this.#name))
    else if (this.#site.tls !== undefined && context === undefined)
      request.handler.onResponseError('GH_GATEWAY_UPSTREAM_IDENTITY')
    else return new UpstreamConnection(this.#site, owner, request, context)
    return undefined
  }

  #nextWaiting(): UpstreamRequest | undefined {
    for (;;) {
      const next = this.#waiting.shift()
      if (next === undefined || !next.aborted) return next
    }
  }
}

/** Whose connection carries one request. */
const ALONE: ConnectionOwner = {
  idle: (connection) => connection.destroy(),
  gone: () => undefined,
  again: (request) => request.handler.onResponseError('GH_GATEWAY_UPSTREAM_UNREACHABLE'),
}
