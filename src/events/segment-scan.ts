/** Reads the records of one segment in order, judging each. Everything that reads a spool goes through here. */
import { open } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { checkRecord, FRAME_BYTES, MAX_PAYLOAD_BYTES } from './segment-format.ts'

const READ_BYTES = 1 << 18

/** Where a reader stands: after record `seq`, whose hash is `hash`, at byte `offset` of the segment. */
export interface ScanPoint {
  readonly offset: number
  readonly seq: number
  readonly hash: Buffer
}

export interface ScanEnd extends ScanPoint {
  /** Why it stopped: nothing more to read, `visit` said so, or bytes that are no whole sound record. */
  readonly why: 'end' | 'asked' | 'torn' | 'damaged'
  readonly what?: string
}

/** Return `false` to stop after this record. `payload` is valid only during the call. */
export type Visit = (point: ScanPoint, payload: Buffer) => boolean | void

/** Reads from `from` to byte `limit` (or the end of the file); `from.hash` is what the next record must chain to. */
export async function scanSegment(
  path: string,
  from: ScanPoint,
  limit: number,
  visit: Visit,
): Promise<ScanEnd> {
  const file = await open(path, 'r')
  try {
    const size = Math.min(limit, (await file.stat()).size)
    let point = from
    const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(READ_BYTES, size - from.offset)))
    while (point.offset < size) {
      const wanted = Math.min(bytes.length, size - point.offset)
      const { bytesRead } = await file.read(bytes, 0, wanted, point.offset)
      const base = point.offset
      let at = 0
      while (at < bytesRead) {
        const check = checkRecord(bytes, at, bytesRead, point.hash)
        if (check.kind === 'damaged') return { ...point, why: 'damaged', what: check.what }
        if (check.kind === 'short') break
        const payload = bytes.subarray(at + FRAME_BYTES, check.end)
        at = check.end
        point = { offset: base + at, seq: point.seq + 1, hash: check.hash }
        if (visit(point, payload) === false) return { ...point, why: 'asked' }
      }
      if (at === 0) return { ...point, why: 'torn', what: 'the record is not whole' }
    }
    return { ...point, why: 'end' }
  } finally {
    await file.close()
  }
}

/** One record by its place, checked by its checksum alone: the chain before it is not at hand. `undefined` when there is no sound one. */
export async function readRecord(
  path: string,
  offset: number,
): Promise<{ readonly hash: Buffer; readonly payload: Buffer } | undefined> {
  const file = await open(path, 'r')
  try {
    const wanted = FRAME_BYTES + MAX_PAYLOAD_BYTES
    const { buffer, bytesRead } = await file.read(Buffer.alloc(wanted), 0, wanted, offset)
    if (bytesRead < FRAME_BYTES) return undefined
    const end = FRAME_BYTES + buffer.readUInt32LE(4)
    if (end > bytesRead || crc32(buffer.subarray(4, end)) !== buffer.readUInt32LE(0))
      return undefined
    return { hash: buffer.subarray(8, FRAME_BYTES), payload: buffer.subarray(FRAME_BYTES, end) }
  } finally {
    await file.close()
  }
}
