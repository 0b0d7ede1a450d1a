/** A request as a data plane hands it over, and the first facts about it. */
import type { Facts, TransportFact } from '../../decide/index.ts'
import { RawHeaders } from './header-view.ts'

export interface Inbound {
  /** As received. */
  readonly method: string
  /** Request target as received. */
  readonly target: string
  /** Name, value, name, value, as received. */
  readonly rawHeaders: readonly string[]
  /** Address of the other end, without its port. */
  readonly peer: string
  /** Absent: plain HTTP, and nobody vouches for a certificate. */
  readonly transport?: TransportFact | undefined
  /** Who carries the request and its answer, and asks here whether it may; absent: the data plane that opened the exchange. */
  readonly dataPlane?: 'envoy'
  /** A body is announced, and not an empty one. */
  readonly hasBody: boolean
}

/** Facts while they are gathered. The kernel sees them as `Facts`. */
export type MutableFacts = { -readonly [K in keyof Facts]: Facts[K] }

export function inboundFacts(
  inbound: Inbound,
  now: number,
  feedAgeMs: number,
  bucket: number,
): MutableFacts {
  return {
    now,
    bucket,
    feedAgeMs,
    request: {
      method: inbound.method,
      target: inbound.target,
      headers: new RawHeaders(inbound.rawHeaders),
    },
  }
}
