/** The chunked coding of RFC 9112 §7.1, as it comes: sizes, data and trailers, of which only the data go on. */
import type { Buffer } from 'node:buffer'
import { readFields } from './answer-head.ts'

/** A size and its extensions, which mean nothing to us. */
export const MAX_CHUNK_LINE_BYTES = 256
/** Trailers end here; they are read so that the end of the answer is known. */
export const MAX_TRAILER_BYTES = 16_384

/** RFC 9112 §7.1.1: extensions begin with a semicolon; white space before it is what old servers send. */
const SIZE_LINE = /^([0-9A-Fa-f]{1,8})(?:[\t ]*;[\t\x20-\x7e\x80-\xff]*)?$/

export interface ChunkedBody {
  /**
   * Takes bytes and calls `data` with each piece of the body, which is only good until it returns. Answers how many bytes were used
   * (fewer than given: the answer ended there), or -1 when these are no chunks.
   */
  take(bytes: Buffer, start: number, end: number, data: (from: number, to: number) => void): number
  readonly ended: boolean
}

export function chunkedBody(): ChunkedBody {
  let state: 'size' | 'data' | 'data-end' | 'trailers' | 'ended' = 'size'
  let left = 0
  /** Bytes of a line that has not ended yet, latin1. */
  let line = ''
  let trailers = ''

  /** The line that ends at or after `at`, or `undefined` while it has not ended; -1 when it is no line of ours. */
  function readLine(bytes: Buffer, at: number, end: number, limit: number): number | undefined {
    const feed = bytes.indexOf(LF, at)
    const found = feed >= 0 && feed < end
    const stop = found ? feed + 1 : end
    if (line.length + stop - at > limit) return -1
    line += bytes.toString('latin1', at, stop)
    if (!found) return undefined
    if (!line.endsWith('\r\n')) return -1
    line = line.slice(0, -2)
    return stop
  }

  /** False: no size. */
  function beginChunk(): boolean {
    const size = SIZE_LINE.exec(line)?.[1]
    line = ''
    if (size === undefined) return false
    left = Number.parseInt(size, 16)
    state = left === 0 ? 'trailers' : 'data'
    return true
  }

  return {
    get ended() {
      return state === 'ended'
    },
    take(bytes, start, end, data) {
      let at = start
      while (at < end && state !== 'ended') {
        if (state === 'data') {
          const to = Math.min(end, at + left)
          data(at, to)
          left -= to - at
          at = to
          if (left === 0) state = 'data-end'
          continue
        }
        // Refused at once: a line that never comes would only be late.
        if (state === 'data-end' && line === '' && bytes[at] !== CR) return -1
        const limit =
          state === 'size' ? MAX_CHUNK_LINE_BYTES : state === 'data-end' ? 2 : MAX_TRAILER_BYTES
        const next = readLine(bytes, at, end, limit)
        if (next === undefined) return end
        if (next < 0) return -1
        at = next
        if (state === 'size') {
          if (!beginChunk()) return -1
        } else if (state === 'data-end') {
          if (line !== '') return -1
          state = 'size'
        } else if (line === '') {
          if (readFields(trailers, 0) === undefined) return -1
          state = 'ended'
        } else {
          trailers += `${line}\r\n`
          if (trailers.length > MAX_TRAILER_BYTES) return -1
          line = ''
        }
      }
      return at
    },
  }
}
const CR = 0x0d
const LF = 0x0a
