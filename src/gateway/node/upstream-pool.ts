/**
 * One bank API: its addresses, whose turn it is, and what all of them share. With one address nothing is drawn and nothing is counted
 * but what the breaker counts.
 */
import type { PlanUpstream } from '../../decide/index.ts'
import type { Scheduler } from '../../lib/index.ts'
import { FairPlaces } from './fair-places.ts'
import {
  guardedLookup,
  mayCall,
  type MayCall,
  mayReach,
  type Resolve,
  systemResolve,
} from './egress.ts'
import { checkHealth } from './health-checks.ts'
import { Outliers } from './outliers.ts'
import { probeOf } from './probe.ts'
import { RetryBudget } from './retry-budget.ts'
import { UpstreamAddress } from './upstream-address.ts'
import { ALWAYS_ADMITS, type Breaker, createBreaker } from './upstream-breaker.ts'
import type { UpstreamIdentity } from './upstream-tls.ts'

/** What an operator hears of a bank API (`suspended`, `answers`) or of one of its addresses. */
export type UpstreamNews =
  | 'suspended'
  | 'answers'
  | 'ejected'
  | 'returned'
  | 'unhealthy'
  | 'healthy'
  /** No address is in order any more, so that all are asked; and some are again. */
  | 'none-left'
  /** An address is not on a list that only observes. */
  | 'off-list'
  | 'some-left'

export type UpstreamWatcher = (origin: string, news: UpstreamNews) => void

export interface PoolParts {
  readonly scheduler: Scheduler
  /** Connections to one address. */
  readonly connections: number
  readonly watcher: UpstreamWatcher
  readonly identity: UpstreamIdentity | undefined
  /** 0 ≤ x < 1. */
  readonly chance: () => number
  readonly resolve?: Resolve
}

export interface AddressState {
  readonly origin: string
  /** It has its turn. */
  readonly available: boolean
  readonly busy: number
}

export class UpstreamPool {
  /** Requests that wait for a connection or an answer; counted by who dispatches. */
  readonly places = new FairPlaces()
  readonly #breaker: Breaker
  readonly #parts: PoolParts
  readonly #addresses: readonly UpstreamAddress[]
  readonly #first: UpstreamAddress
  /** Absent: there is one address. */
  readonly #outliers: Outliers | undefined
  readonly #budget: RetryBudget | undefined
  readonly #unhealthy = new Set<UpstreamAddress>()
  #available: readonly UpstreamAddress[]
  #noneLeft = false
  #stopChecks: (() => void) | undefined

  constructor(upstream: PlanUpstream, parts: PoolParts) {
    const { origin, others = [], breaker, ejection, retries } = upstream
    const { scheduler, watcher, connections: limit, identity, resolve = systemResolve } = parts
    const may = this.#guard(upstream)
    const lookup = guardedLookup(resolve, may)
    const address = (one: string, at: number): UpstreamAddress =>
      new UpstreamAddress(one, at, upstream, { limit, scheduler, identity, may, lookup })
    this.#parts = parts
    this.#first = address(origin, 0)
    this.#addresses = [this.#first, ...others.map((one, at) => address(one, at + 1))]
    this.#available = this.#addresses
    this.#breaker =
      breaker === undefined
        ? ALWAYS_ADMITS
        : createBreaker(breaker, scheduler, (now) => watcher(origin, now ? 'suspended' : 'answers'))
    if (others.length === 0) return
    if (ejection !== undefined)
      this.#outliers = new Outliers(this.#addresses.length, ejection, scheduler, (at, out) => {
        this.#look()
        watcher(this.#addresses[at]?.origin ?? origin, out ? 'ejected' : 'returned')
      })
    if (retries !== undefined) this.#budget = new RetryBudget(retries)
  }

  /** What a name may lead to; elsewhere is told, and called, where the list only observes. */
  #guard({ origin, egress }: PlanUpstream): MayCall {
    if (egress === undefined) return mayCall
    const may = mayReach([egress])
    if (egress.observed !== true) return may
    let outside = false
    return (host, address) => {
      const now = !may(host, address) && mayCall(host, address)
      if (now && !outside) this.#parts.watcher(origin, 'off-list')
      outside = now
      return mayCall(host, address)
    }
  }

  /** Whether a request may go; whoever is let through says how it ended, by `heard`, `failed` or `left`. */
  admits(): boolean {
    return this.#breaker.admits()
  }

  /** Where the next request goes. */
  address(): UpstreamAddress {
    if (this.#addresses.length === 1) return this.#first
    this.#budget?.earn()
    return this.#lesser(this.#available)
  }

  /** Another one for a request that did not come through at this one; `undefined`: there is none, or enough have gone. */
  another(than: UpstreamAddress): UpstreamAddress | undefined {
    if (this.#budget === undefined) return undefined
    const others = this.#available.filter((one) => one !== than)
    return others.length > 0 && this.#budget.spend() ? this.#lesser(others) : undefined
  }

  heard(address: UpstreamAddress, status: number): void {
    this.#breaker.heard(status)
    this.#outliers?.heard(address.at, status)
  }

  failed(address: UpstreamAddress): void {
    this.#breaker.failed()
    this.#outliers?.failed(address.at)
  }

  /** It did not come through at this address, and goes to another one. */
  missed(address: UpstreamAddress): void {
    this.#outliers?.failed(address.at)
  }

  /** Nobody knows how it ended: the client left first. */
  left(): void {
    this.#breaker.left()
  }

  get states(): readonly AddressState[] {
    return this.#addresses.map((one) => ({
      origin: one.origin,
      available: this.#isAvailable(one),
      busy: one.busy,
    }))
  }

  /** From here on its addresses are asked whether they serve, if the plan says so. */
  watch({ health }: PlanUpstream): void {
    if (health === undefined || this.#stopChecks !== undefined) return
    const { scheduler, chance, watcher } = this.#parts
    const stops = this.#addresses.map((one) =>
      checkHealth(health, {
        scheduler,
        chance,
        probe: probeOf(one, health),
        changed: (healthy) => {
          if (healthy) this.#unhealthy.delete(one)
          else this.#unhealthy.add(one)
          this.#look()
          watcher(one.origin, healthy ? 'healthy' : 'unhealthy')
        },
      }),
    )
    this.#stopChecks = () => {
      for (const stop of stops) stop()
    }
  }

  /** Nobody is asked any more, and who was found wanting is forgotten. */
  unwatch(): void {
    this.#stopChecks?.()
    this.#stopChecks = undefined
    this.#unhealthy.clear()
    this.#look()
  }

  sweep(): void {
    for (const one of this.#addresses) one.sweep()
  }

  /** Lets its requests end. */
  retire(): void {
    this.#end()
    for (const one of this.#addresses) one.retire()
  }

  destroy(): void {
    this.#end()
    for (const one of this.#addresses) one.destroy()
  }

  #end(): void {
    this.#stopChecks?.()
    this.#outliers?.close()
  }

  #isAvailable(one: UpstreamAddress): boolean {
    return !this.#unhealthy.has(one) && this.#outliers?.isOut(one.at) !== true
  }

  #look(): void {
    const sound = this.#addresses.filter((one) => this.#isAvailable(one))
    // Somebody has to be asked: what is known of all of them may be wrong, and the breaker is there for when it is not.
    this.#available = sound.length === 0 ? this.#addresses : sound
    if ((sound.length === 0) === this.#noneLeft) return
    this.#noneLeft = !this.#noneLeft
    this.#parts.watcher(this.#first.origin, this.#noneLeft ? 'none-left' : 'some-left')
  }

  /** Of two that are drawn, the one with fewer requests under way. */
  #lesser(among: readonly UpstreamAddress[]): UpstreamAddress {
    const count = among.length
    if (count === 1) return among[0] ?? this.#first
    const at = Math.floor(this.#parts.chance() * count)
    const one = among[at] ?? this.#first
    const step = 1 + Math.floor(this.#parts.chance() * (count - 1))
    const other = among[(at + step) % count] ?? one
    return other.busy < one.busy ? other : one
  }
}
