/** Ids of traces and spans (W3C Trace Context §3.2.2): random, never all zero, lower-case hex. */
import { Buffer } from 'node:buffer'

export interface TraceIds {
  /** 32 digits. */
  trace(): string
  /** 16 digits. */
  span(): string
}

const TRACE_BYTES = 16
const SPAN_BYTES = 8
const POOL_BYTES = 6_144

/** `randomBytes` is asked for a few kilobytes at a time. */
export function createTraceIds(randomBytes: (count: number) => Uint8Array): TraceIds {
  let pool = Buffer.alloc(0)
  let at = 0
  const take = (bytes: number): string => {
    for (;;) {
      if (at + bytes > pool.length) {
        pool = Buffer.from(randomBytes(POOL_BYTES))
        at = 0
      }
      const id = pool.toString('hex', at, (at += bytes))
      if (!isZero(id)) return id
    }
  }
  return { trace: () => take(TRACE_BYTES), span: () => take(SPAN_BYTES) }
}

export function isZero(hex: string): boolean {
  return /^0+$/.test(hex)
}
