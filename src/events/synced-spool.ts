/**
 * A spool read from its files, without its lock, beside the process that writes it: as far as the watermark says that it is synced, and
 * no further, so that nothing derived from it is ahead of what a power cut leaves.
 */
import { GatehouseError } from '../lib/index.ts'
import { type DeletionRecord, readDeletions } from './deletion-record.ts'
import { consumerPositions, type Retirable, retirableSegments } from './retire.ts'
import { FRAME_BYTES, type SegmentHeader } from './segment-format.ts'
import { segmentList } from './segment-list.ts'
import { readRecord } from './segment-scan.ts'
import { listOrdinals, readHeader, readMarker, segmentName, segmentPath } from './spool-folder.ts'
import type { StoredEvent } from './spool-port.ts'
import { beginningOf, type ReadPoint, spoolReader, storedEvent } from './spool-reader.ts'
import { readWatermark, type Watermark } from './watermark.ts'

const WATERMARK_LOOKS = 3

/** A record's own place: `readAt` finds it again. */
export interface RecordPlace {
  readonly ordinal: number
  /** Where its frame begins. */
  readonly start: number
}

export interface SyncedSpool {
  readonly partition: number
  /** Before the first record that is there. */
  readonly beginning: ReadPoint
  /** After the last synced record. */
  readonly end: ReadPoint
  /** Records after `from` up to `end`, in order, until `visit` says `false`. @throws GH_EVENTS_SPOOL_CORRUPT */
  read(
    from: ReadPoint,
    visit: (at: ReadPoint, payload: Buffer, place: RecordPlace) => boolean | void,
  ): Promise<void>
  /** Before record `seq`, or the beginning when that is later. */
  before(seq: number): Promise<ReadPoint>
  /** Whether the point is one of this spool: what follows it chains to it, or it is the end. */
  holds(point: ReadPoint): Promise<boolean>
  /** What retention may delete; see `Spool.retirable`. @throws GH_EVENTS_SPOOL_CORRUPT */
  retirable(before: number, passed: ReadonlyMap<string, number>): Promise<Retirable>
  /** Proofs of what was deleted, oldest first. */
  readonly deletions: readonly DeletionRecord[]
  /** One record, checked by its checksum; `undefined` when no sound one stands there. */
  readAt(seq: number, place: RecordPlace): Promise<StoredEvent | undefined>
}

/** What is synced now; open it again to see more. @throws GH_EVENTS_SPOOL_MISSING, GH_EVENTS_SPOOL_CORRUPT */
export async function openSyncedSpool(dir: string): Promise<SyncedSpool> {
  const partition = await readMarker(dir)
  const mark = await sound(dir)
  if (mark === undefined)
    throw new GatehouseError('GH_EVENTS_SPOOL_CORRUPT', 'watermark:0: it is missing or damaged')
  const { records: deletions, start } = await readDeletions(dir, partition)
  const headers = await headersUpTo(dir, partition, start.ordinal, mark)
  const segments = segmentList(headers)
  const [first = segments.last] = headers
  const end: ReadPoint = mark
  const reader = spoolReader(dir, segments, () => end)
  return {
    partition,
    beginning: beginningOf(first),
    deletions,
    async retirable(before, passed) {
      const all = new Map([...(await consumerPositions(dir)), ...passed])
      return retirableSegments(dir, headers, before, all)
    },
    end,
    read: (from, visit) =>
      reader.read(from, (at, payload) =>
        visit(at, payload, {
          ordinal: at.ordinal,
          start: at.offset - payload.length - FRAME_BYTES,
        }),
      ),
    before: (seq) => reader.before(Math.max(first.firstSeq, seq)),
    holds: async (point) =>
      point.seq >= first.firstSeq - 1 && (await reader.resume(point)) !== undefined,
    async readAt(seq, { ordinal, start }) {
      const record = await readRecord(segmentPath(dir, ordinal), start).catch(() => undefined)
      if (record === undefined) return undefined
      const offset = start + FRAME_BYTES + record.payload.length
      return storedEvent(partition, { seq, ordinal, offset, hash: record.hash }, record.payload)
    },
  }
}

/** Its writer overwrites it in place: one that looks torn may only be half written. */
async function sound(dir: string): Promise<Watermark | undefined> {
  for (let left = WATERMARK_LOOKS; left > 1; left--) {
    const mark = await readWatermark(dir)
    if (mark !== undefined) return mark
  }
  return readWatermark(dir)
}

async function headersUpTo(
  dir: string,
  partition: number,
  deletedTo: number,
  mark: Watermark,
): Promise<readonly SegmentHeader[]> {
  const headers: SegmentHeader[] = []
  for (const ordinal of await listOrdinals(dir)) {
    if (ordinal <= deletedTo) continue // left over from a deletion that is not finished
    if (ordinal > mark.ordinal) break
    const header = await readHeader(dir, ordinal, partition)
    if (header === undefined)
      throw new GatehouseError(
        'GH_EVENTS_SPOOL_CORRUPT',
        `${segmentName(ordinal)}:0: the header is damaged`,
      )
    headers.push(header)
  }
  if (headers.at(-1)?.ordinal !== mark.ordinal)
    throw new GatehouseError(
      'GH_EVENTS_SPOOL_CORRUPT',
      `${segmentName(mark.ordinal)}:0: the segment is missing`,
    )
  return headers
}
