/**
 * The durable spool: every decision is one event here before anything else consumes it (DESIGN §2). One spool is one partition, written by one
 * gateway worker. Formats: segment-format.ts, spool-folder.ts, watermark.ts.
 */
import { mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import { GatehouseError, type Scheduler } from '../lib/index.ts'
import { type AppenderLimits, type SpoolHealth, startAppender } from './appender.ts'
import { openConsumer } from './consumer.ts'
import { type Disk, nodeDisk, writeWhole } from './disk.ts'
import { findEvent } from './find.ts'
import { lockSpool } from './lock.ts'
import { recentIds } from './recent-ids.ts'
import { openTail } from './repair.ts'
import { makeSegment } from './segment-file.ts'
import { genesisHash, type SegmentHeader } from './segment-format.ts'
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
    const headers = await loadHeaders(dir, disk, partition)
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
    return {
      partition,
      repaired,
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
      find: (id) =>
        findEvent({ dir, partition, segments, reader, recent, end: () => appender.end }, id),
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

/** Headers of all segments, in order and without gaps; a new spool gets its first segment. */
async function loadHeaders(dir: string, disk: Disk, partition: number): Promise<SegmentHeader[]> {
  const headers: SegmentHeader[] = []
  for (const ordinal of await listOrdinals(dir)) {
    const header = await readHeader(dir, ordinal, partition)
    const before = headers.at(-1)
    if (header === undefined || ordinal !== headers.length + 1)
      throw new GatehouseError(
        'GH_EVENTS_SPOOL_CORRUPT',
        header === undefined
          ? `${segmentName(ordinal)}:0: the header is damaged`
          : `${segmentName(headers.length + 1)}:0: the segment is missing`,
      )
    if (before !== undefined && header.firstSeq < before.firstSeq)
      throw new GatehouseError('GH_EVENTS_SPOOL_CORRUPT', `${segmentName(ordinal)}:0: out of order`)
    headers.push(header)
  }
  if (headers.length > 0) return headers
  const first: SegmentHeader = {
    ordinal: 1,
    partition,
    firstSeq: 1,
    previousHash: genesisHash(partition),
    supersedes: false,
  }
  if ((await readWatermark(dir)) !== undefined)
    throw new GatehouseError(
      'GH_EVENTS_SPOOL_CORRUPT',
      `${segmentName(1)}:0: all segments are gone`,
    )
  disk.close((await makeSegment(disk, dir, first)).fd)
  return [first]
}

/** The watermark file, set to `end`: everything before it was just synced. */
async function openWatermark(dir: string, disk: Disk, end: Watermark): Promise<number> {
  await (await open(watermarkPath(dir), 'a', 0o600)).close()
  const fd = await disk.open(watermarkPath(dir), 'r+')
  await writeWhole(disk, fd, [encodeWatermark(end)], 0)
  return fd
}
