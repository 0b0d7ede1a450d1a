/** Reads a partition across its segments while it is being written. */
import { GatehouseError } from '../lib/index.ts'
import type { GatehouseEvent } from './access-event.ts'
import { HEADER_BYTES, type SegmentHeader } from './segment-format.ts'
import type { SegmentList } from './segment-list.ts'
import { scanSegment, type ScanEnd, type ScanPoint } from './segment-scan.ts'
import { segmentName, segmentPath } from './spool-folder.ts'
import type { StoredEvent } from './spool-port.ts'

/** After which record a reader stands, and where the next one begins. */
export interface ReadPoint extends ScanPoint {
  readonly ordinal: number
}

export interface WrittenEnd {
  readonly seq: number
  readonly hash: Buffer
  readonly ordinal: number
  readonly offset: number
}

export interface SpoolReader {
  /** Records after `from`, in order, as far as the operating system has them, until `visit` says stop. @throws GH_EVENTS_SPOOL_CORRUPT */
  read(from: ReadPoint, visit: (at: ReadPoint, payload: Buffer) => boolean | void): Promise<void>
  /** Before record `seq`. */
  before(seq: number): Promise<ReadPoint>
  /** A point noted earlier, if it is one of this spool: what follows it chains to it. */
  resume(point: ReadPoint): Promise<ReadPoint | undefined>
}

export function beginningOf(header: SegmentHeader): ReadPoint {
  return {
    ordinal: header.ordinal,
    offset: HEADER_BYTES,
    seq: header.firstSeq - 1,
    hash: header.previousHash,
  }
}

export function spoolReader(
  dir: string,
  segments: SegmentList,
  end: () => WrittenEnd,
): SpoolReader {
  async function read(
    from: ReadPoint,
    visit: (at: ReadPoint, payload: Buffer) => boolean | void,
  ): Promise<void> {
    let at = from
    const until = end()
    while (at.seq < until.seq) {
      const following = segments.get(at.ordinal + 1)
      if (following !== undefined && following.firstSeq <= at.seq + 1) {
        at = await cross(at, following)
        continue
      }
      const { ordinal } = at
      const lastHere = Math.min(until.seq, (following?.firstSeq ?? Infinity) - 1)
      const limit = ordinal === until.ordinal ? until.offset : Infinity
      let stopped = false
      const reached = await scanSegment(segmentPath(dir, ordinal), at, limit, (point, payload) => {
        stopped = visit({ ...point, ordinal }, payload) === false
        return !stopped && point.seq < lastHere
      })
      if (stopped) return
      if (reached.seq < lastHere) refuse(ordinal, reached)
      at = { ordinal, offset: reached.offset, seq: reached.seq, hash: reached.hash }
    }
  }

  /** Into the next segment, past the records that it repeats because it supersedes what was read already. */
  async function cross(at: ReadPoint, into: SegmentHeader): Promise<ReadPoint> {
    const start = beginningOf(into)
    let reached: ScanPoint = start
    if (start.seq < at.seq)
      reached = await scanSegment(
        segmentPath(dir, into.ordinal),
        start,
        Infinity,
        (point) => point.seq < at.seq,
      )
    if (reached.seq !== at.seq || !reached.hash.equals(at.hash))
      throw new GatehouseError(
        'GH_EVENTS_SPOOL_CORRUPT',
        `${segmentName(into.ordinal)}:${HEADER_BYTES}: does not continue the segment before it`,
      )
    return { ordinal: into.ordinal, offset: reached.offset, seq: reached.seq, hash: reached.hash }
  }

  return {
    read,
    async before(seq) {
      let point = beginningOf(segments.holding(Math.max(1, seq)))
      if (point.seq < seq - 1)
        await read(point, (at) => {
          point = at
          return at.seq < seq - 1
        })
      return point
    },
    async resume(point) {
      const until = end()
      if (point.seq >= until.seq)
        return point.seq === until.seq && point.hash.equals(until.hash) ? until : undefined
      try {
        let chains = false
        await read(point, () => {
          chains = true
          return false
        })
        return chains ? point : undefined
      } catch {
        return undefined
      }
    },
  }
}

function refuse(ordinal: number, reached: ScanEnd): never {
  throw new GatehouseError(
    'GH_EVENTS_SPOOL_CORRUPT',
    `${segmentName(ordinal)}:${reached.offset}: ${reached.what ?? 'records are missing'}`,
  )
}

export function storedEvent(partition: number, at: ReadPoint, payload: Buffer): StoredEvent {
  // sound: the chain was just verified, and only this module writes payloads
  const event = JSON.parse(payload.toString('utf8')) as GatehouseEvent
  return { partition, seq: at.seq, hash: at.hash.toString('hex'), event }
}
