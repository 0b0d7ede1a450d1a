/**
 * The durable spool: every decision is one event here before anything else consumes it (DESIGN §2). One spool is one partition, written by one
 * gateway worker. Formats: segment-format.ts, spool-folder.ts, watermark.ts.
 */
import { mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import { GatehouseError, type Scheduler } from '../lib/index.ts'
import { type Appender, type AppenderLimits, type SpoolHealth, startAppender } from './appender.ts'
import { openConsumer } from './consumer.ts'
import { type Disk, nodeDisk, writeWhole } from './disk.ts'
import {
  type ChainStart,
  type DeletionRecord,
  digestOf,
  deletionText,
  readDeletions,
} from './deletion-record.ts'
import { findEvent, findRecent } from './find.ts'
import { lockSpool } from './lock.ts'
import { recentIds } from './recent-ids.ts'
import { openTail } from './repair.ts'
import {
  consumerPositions,
  deletionEvent,
  deletionOf,
  keepDeletion,
  type OldSegment,
  type Retirable,
  retirableSegments,
  unlinkSegments,
  type WhyDeleted,
} from './retire.ts'
import { makeSegment } from './segment-file.ts'
import { type SegmentHeader } from './segment-format.ts'
import { segmentList } from './segment-list.ts'
import {
  listOrdinals,
  makeFolder,
  readHeader,
  readMarker,
  removeUnfinished,
  segmentName,
  segmentPath,
} from './spool-folder.ts'
import type { EventConsumer, EventSink, StoredEvent } from './spool-port.ts'
import { spoolReader } from './spool-reader.ts'
import { type TailOptions, tailEvents } from './tail.ts'
import type { SpoolDamage } from './verify.ts'
import { encodeWatermark, readWatermark, type Watermark, watermarkPath } from './watermark.ts'

export interface SpoolOptions {
  readonly dir: string
  readonly scheduler: Scheduler
  /** Makes an empty spool when there is none. Without it a wrong path is refused. */
  readonly create?: boolean
  /** Partition of a spool that is made now. */
  readonly partition?: number
  readonly disk?: Disk
  readonly limits?: Partial<AppenderLimits>
}

export interface Spool extends EventSink {
  readonly partition: number
  /** What opening had to cut off after a crash; say so in a notice. */
  readonly repaired: SpoolDamage | null
  /** Last event that the operating system has. */
  readonly lastSeq: number
  health(): SpoolHealth
  /** A durable position; one holder per name. */
  consumer(name: string): Promise<EventConsumer>
  /** Follows the spool until `signal` aborts. */
  tail(options: TailOptions): AsyncGenerator<StoredEvent, void, undefined>
  /** The event with this id: at once when recent, else by reading the segments, newest first. */
  find(id: string): Promise<StoredEvent | undefined>
  /** The same, among the last few thousand events only. */
  findRecent(id: string): Promise<StoredEvent | undefined>
  /**
   * Sealed segments of which every event is older than `before`, and that every durable consumer, and everybody named in `passed` with
   * their last event, has passed. @throws GH_EVENTS_SPOOL_CORRUPT
   */
  retirable(before: number, passed: ReadonlyMap<string, number>): Promise<Retirable>
  /**
   * Deletes what `retirable` gave, with proof: a record in a file and as an event, both durable before the first byte goes.
   * @throws GH_EVENTS_SPOOL_FAILED (the event could not be synced: nothing was deleted yet, and the next start goes on)
   */
  retire(segments: readonly OldSegment[], why: WhyDeleted): Promise<DeletionRecord>
  /** Called after each write; the function returned ends that. */
  onWritten(listener: () => void): () => void
  /** Writes and syncs what was accepted, then gives the spool back. */
  close(): Promise<void>
}

const LIMITS: AppenderLimits = {
  maxSegmentBytes: 64 * 1024 * 1024,
  maxWaitingEvents: 65_536,
  maxUnsyncedBytes: 32 * 1024 * 1024,
  syncEveryMs: 500,
  answerWithinMs: 90,
}
const RECENT_IDS = 16_384

/** @throws GH_EVENTS_SPOOL_MISSING, GH_EVENTS_SPOOL_LOCKED, GH_EVENTS_SPOOL_CORRUPT (segment and offset in the message) */
export async function openSpool({
  dir,
  scheduler,
  create = false,
  partition: wanted = 0,
  disk = nodeDisk,
  limits,
}: SpoolOptions): Promise<Spool> {
  if (create) await makeFolder(dir, wanted)
  const partition = await readMarker(dir)
  const unlock = lockSpool(join(dir, 'spool.lock'))
  try {
    await removeUnfinished(dir)
    await mkdir(join(dir, 'consumers'), { recursive: true, mode: 0o700 }) // a restored copy may lack it
    const deletions = await readDeletions(dir, partition)
    if (deletions.damage !== null) {
      const { segment, offset, what } = deletions.damage
      throw new GatehouseError('GH_EVENTS_SPOOL_CORRUPT', `${segment}:${offset}: ${what}`)
    }
    const { headers, leftOver } = await loadHeaders(dir, disk, partition, deletions.start)
    const segments = segmentList(headers)
    const mark = await readWatermark(dir)
    const { end, repaired } = await openTail(dir, disk, segments.last, mark)
    const path = segmentPath(dir, segments.last.ordinal)
    const recent = recentIds(RECENT_IDS)
    const appender = startAppender({
      dir,
      disk,
      scheduler,
      segments,
      segment: {
        header: segments.last,
        path,
        fd: await disk.open(path, 'r+'),
        identity: disk.identity(path),
        size: end.offset,
      },
      watermarkFd: await openWatermark(dir, disk, { ...end, ordinal: segments.last.ordinal }),
      start: { seq: end.seq, hash: end.hash },
      limits: { ...LIMITS, ...limits },
      written: recent.add,
    })
    const reader = spoolReader(dir, segments, () => appender.end)
    const finding = { dir, partition, segments, reader, recent, end: () => appender.end }
    let lastDigest = deletions.digest
    /** Resolves when the event that says so is synced and the files are gone. */
    const finish = async (record: DeletionRecord, ordinals: readonly number[]): Promise<void> => {
      await appended(appender, record)
      await unlinkSegments(dir, ordinals)
    }
    const newest = deletions.records.at(-1)
    // A failure leaves everything as it was: the next start tries again, and nothing here needs the room now.
    if (newest !== undefined && leftOver.length > 0)
      await finish(newest, leftOver).catch(() => undefined)

    return {
      partition,
      repaired,
      async retirable(before, passed) {
        const all = new Map([...(await consumerPositions(dir)), ...passed])
        return retirableSegments(dir, segments.all(), before, all)
      },
      async retire(old, why) {
        const record = deletionOf(old, partition, lastDigest, why)
        const ordinals = record.segments.map(({ ordinal }) => ordinal)
        const oldest = segments.all().map(({ ordinal }) => ordinal)
        if (oldest.length <= ordinals.length || !ordinals.every((one, i) => one === oldest[i]))
          throw new TypeError('"segments" must be the oldest ones, as retirable() gave them')
        await keepDeletion(dir, record)
        lastDigest = digestOf(deletionText(record))
        segments.dropThrough(ordinals.at(-1) ?? 0)
        await finish(record, ordinals)
        return record
      },
      get lastSeq() {
        return appender.end.seq
      },
      append: appender.append,
      health: appender.health,
      onWritten: appender.onWritten,
      consumer: (name) =>
        openConsumer({ dir, name, partition, reader, syncedTo: appender.syncedTo }),
      tail: (options) =>
        tailEvents(
          { partition, reader, onWritten: appender.onWritten, lastSeq: () => appender.end.seq },
          options,
        ),
      find: (id) => findEvent(finding, id),
      findRecent: (id) => findRecent(finding, id),
      async close() {
        await appender.close()
        unlock()
      },
    }
  } catch (error) {
    unlock()
    throw error
  }
}

function appended(appender: Appender, record: DeletionRecord): Promise<void> {
  return new Promise((resolve, reject) =>
    appender.append(deletionEvent(record), 'strict', (failure) =>
      failure === undefined ? resolve() : reject(failure),
    ),
  )
}

/** Headers of all segments after `start`, in order and without gaps; a new spool gets its first segment. */
async function loadHeaders(
  dir: string,
  disk: Disk,
  partition: number,
  start: ChainStart,
): Promise<{ readonly headers: SegmentHeader[]; readonly leftOver: readonly number[] }> {
  const headers: SegmentHeader[] = []
  const ordinals = await listOrdinals(dir)
  const leftOver = ordinals.filter((ordinal) => ordinal <= start.ordinal)
  for (const ordinal of ordinals.slice(leftOver.length)) {
    const header = await readHeader(dir, ordinal, partition)
    const before = headers.at(-1)
    const wanted = start.ordinal + headers.length + 1
    if (header === undefined || ordinal !== wanted)
      throw new GatehouseError(
        'GH_EVENTS_SPOOL_CORRUPT',
        header === undefined
          ? `${segmentName(ordinal)}:0: the header is damaged`
          : `${segmentName(wanted)}:0: the segment is missing`,
      )
    const continues =
      before === undefined
        ? header.firstSeq === start.seq + 1 && header.previousHash.equals(start.hash)
        : header.firstSeq >= before.firstSeq
    if (!continues)
      throw new GatehouseError('GH_EVENTS_SPOOL_CORRUPT', `${segmentName(ordinal)}:0: out of order`)
    headers.push(header)
  }
  if (headers.length > 0) return { headers, leftOver }
  const first: SegmentHeader = {
    ordinal: start.ordinal + 1,
    partition,
    firstSeq: start.seq + 1,
    previousHash: start.hash,
    supersedes: false,
  }
  if ((await readWatermark(dir)) !== undefined || start.ordinal > 0)
    throw new GatehouseError(
      'GH_EVENTS_SPOOL_CORRUPT',
      `${segmentName(first.ordinal)}:0: all segments are gone`,
    )
  disk.close((await makeSegment(disk, dir, first)).fd)
  return { headers: [first], leftOver }
}

/** The watermark file, set to `end`: everything before it was just synced. */
async function openWatermark(dir: string, disk: Disk, end: Watermark): Promise<number> {
  await (await open(watermarkPath(dir), 'a', 0o600)).close()
  const fd = await disk.open(watermarkPath(dir), 'r+')
  await writeWhole(disk, fd, [encodeWatermark(end)], 0)
  return fd
}
