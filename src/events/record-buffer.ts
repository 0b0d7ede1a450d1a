/** Where events become chained records: in memory first, contiguous, so that one turn of the loop is one write. */
import { FRAME_BYTES, MAX_PAYLOAD_BYTES, sealRecord } from './segment-format.ts'

const CHUNK_BYTES = 1 << 20
/**
 * Free chunks kept for the next records. Fresh memory for each megabyte would be paid for twice: V8 counts it as pressure and marks
 * the whole heap every few hundred milliseconds, which under load was a tenth of the time of the process.
 */
const MAX_SPARE_CHUNKS = 16

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
  /** The bytes since the last `take`, in order. They are not touched again before they are released. */
  take(): Buffer[]
  /** Gives one piece back that `take` returned; nobody may look at it any more. A piece that never comes back costs only its memory. */
  release(piece: Buffer): void
  /** Forgets what was encoded after `point`, which must be where the last good write ended. */
  rewind(point: ChainPoint): void
}

interface Chunk {
  readonly bytes: Buffer
  /** Pieces that were taken and not released. */
  held: number
}

export function recordBuffer(start: ChainPoint): RecordBuffer {
  let seq = start.seq
  let hash = start.hash.toString('latin1')
  let full: Buffer[] = []
  const chunkOf = new WeakMap<ArrayBufferLike, Chunk>()
  const spare: Chunk[] = []
  let current = freshChunk()
  let from = 0
  let to = 0
  let bytes = 0

  function freshChunk(): Chunk {
    const free = spare.pop()
    if (free !== undefined) return free
    const made = { bytes: Buffer.allocUnsafeSlow(CHUNK_BYTES), held: 0 }
    chunkOf.set(made.bytes.buffer, made)
    return made
  }

  /** Ends the piece that was being filled, if anything is in it. */
  function endPiece(): void {
    if (to === from) return
    full.push(current.bytes.subarray(from, to))
    current.held++
    from = to
  }

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
      if (to + FRAME_BYTES + text.length * 3 > CHUNK_BYTES) {
        endPiece()
        if (current.held > 0) current = freshChunk()
        from = to = 0
      }
      const length = current.bytes.write(text, to + FRAME_BYTES, 'utf8')
      if (length < 2 || length > MAX_PAYLOAD_BYTES) return undefined
      hash = sealRecord(current.bytes, to, length, hash)
      seq++
      to += FRAME_BYTES + length
      bytes += FRAME_BYTES + length
      return FRAME_BYTES + length
    },
    take() {
      endPiece()
      const taken = full
      full = []
      bytes = 0
      return taken
    },
    release(piece) {
      const chunk = chunkOf.get(piece.buffer)
      if (chunk === undefined || --chunk.held > 0 || chunk === current) return
      if (spare.length < MAX_SPARE_CHUNKS) spare.push(chunk)
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
