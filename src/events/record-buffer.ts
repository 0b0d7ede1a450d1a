/** Where events become chained records: in memory first, contiguous, so that one turn of the loop is one write. */
import { FRAME_BYTES, MAX_PAYLOAD_BYTES, sealRecord } from './segment-format.ts'

const CHUNK_BYTES = 1 << 20

/** A point of the chain: everything up to and including `seq`. */
export interface ChainPoint {
  readonly seq: number
  readonly hash: Buffer
}

export interface RecordBuffer {
  /** Last record encoded; a new object at each look. */
  readonly head: ChainPoint
  /** Bytes encoded since the last `take`. */
  readonly bytes: number
  /** Bytes of the record, or `undefined` when the text is too large for one. */
  encode(text: string): number | undefined
  /** The bytes since the last `take`, in order. They are not touched again. */
  take(): Buffer[]
  /** Forgets what was encoded after `point`, which must be where the last good write ended. */
  rewind(point: ChainPoint): void
}

export function recordBuffer(start: ChainPoint): RecordBuffer {
  let seq = start.seq
  let hash = start.hash.toString('latin1')
  let full: Buffer[] = []
  let chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES)
  let from = 0
  let to = 0
  let bytes = 0

  return {
    get head() {
      return { seq, hash: Buffer.from(hash, 'latin1') }
    },
    get bytes() {
      return bytes
    },
    encode(text) {
      // A UTF-16 unit takes at most three bytes; an exact count would read the text twice.
      if (text.length > MAX_PAYLOAD_BYTES) return undefined
      if (to + FRAME_BYTES + text.length * 3 > chunk.length) {
        if (to > from) full.push(chunk.subarray(from, to))
        chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES)
        from = to = 0
      }
      const length = chunk.write(text, to + FRAME_BYTES, 'utf8')
      if (length < 2 || length > MAX_PAYLOAD_BYTES) return undefined
      hash = sealRecord(chunk, to, length, hash)
      seq++
      to += FRAME_BYTES + length
      bytes += FRAME_BYTES + length
      return FRAME_BYTES + length
    },
    take() {
      if (to > from) full.push(chunk.subarray(from, to))
      const taken = full
      full = []
      from = to
      bytes = 0
      return taken
    },
    rewind(point) {
      seq = point.seq
      hash = point.hash.toString('latin1')
      full = []
      from = to // the bytes before may still be retained by the writer
      bytes = 0
    },
  }
}
