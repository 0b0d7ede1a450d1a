/**
 * Deleting whole sealed segments from the old end. Order: *record file, durable → the same as an event, synced → unlink, oldest first →
 * sync the folder*. Whoever dies after the first step is finished by the next opener, which says the event again: it can be there twice,
 * and never not at all.
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { GatehouseError } from '../lib/index.ts'
import type { GatehouseEvent, NoticeEvent } from './access-event.ts'
import {
  type DeletedSegment,
  type DeletionRecord,
  DELETIONS_FOLDER,
  deletionName,
  deletionText,
} from './deletion-record.ts'
import { readOffsets } from './consumer-offsets.ts'
import { nodeDisk } from './disk.ts'
import { HEADER_BYTES, type SegmentHeader } from './segment-format.ts'
import { readRecord, scanSegment } from './segment-scan.ts'
import { replaceFile, segmentName, segmentPath } from './spool-folder.ts'
import { beginningOf } from './spool-reader.ts'

export interface OldSegment extends DeletedSegment {
  readonly lastSeq: number
  readonly records: number
  readonly firstAt: number | null
  readonly lastAt: number | null
  readonly hashBefore: string
  readonly hashAfter: string
}

export interface Retirable {
  /** Oldest first, without gaps from the first that is there. */
  readonly segments: readonly OldSegment[]
  /** The consumer that has not passed the next one, which is old enough too; `null`: none. */
  readonly heldBy: string | null
}

/** One record names so many at most; what is left is for the next. */
export const MAX_SEGMENTS_PER_DELETION = 64

/**
 * Sealed segments whose every event is older than `before`, passed by every consumer, and whole: each is read to its end.
 * The last header is that of the open segment, which never goes. @throws GH_EVENTS_SPOOL_CORRUPT (a damaged one stays, as evidence)
 */
export async function retirableSegments(
  dir: string,
  headers: readonly SegmentHeader[],
  before: number,
  passed: ReadonlyMap<string, number>,
): Promise<Retirable> {
  const segments: OldSegment[] = []
  for (const [i, header] of headers.entries()) {
    const following = headers[i + 1]
    if (following === undefined || segments.length === MAX_SEGMENTS_PER_DELETION) break
    const lastSeq = following.firstSeq - 1
    if ((await firstTime(dir, header)) >= before) break
    const old = await readOld(dir, header, following)
    if (old.lastAt !== null && old.lastAt >= before) break
    const behind = [...passed].find(([, seq]) => seq < lastSeq)
    if (behind !== undefined) return { segments, heldBy: behind[0] }
    segments.push(old)
  }
  return { segments, heldBy: null }
}

/** A quick look: most segments are not old. */
async function firstTime(dir: string, header: SegmentHeader): Promise<number> {
  const record = await readRecord(segmentPath(dir, header.ordinal), HEADER_BYTES)
  return record === undefined ? -Infinity : timeOf(record.payload)
}

function timeOf(payload: Buffer): number {
  // sound: only the spool writes payloads, and the caller judged its checksum
  return (JSON.parse(payload.toString('utf8')) as GatehouseEvent).at
}

async function readOld(
  dir: string,
  header: SegmentHeader,
  following: SegmentHeader,
): Promise<OldSegment> {
  const { ordinal, firstSeq } = header
  const path = segmentPath(dir, ordinal)
  const lastSeq = following.firstSeq - 1
  let firstAt: number | null = null
  let lastAt: number | null = null
  let end = { seq: firstSeq - 1, hash: header.previousHash, offset: HEADER_BYTES }
  if (lastSeq >= firstSeq)
    end = await scanSegment(path, beginningOf(header), Infinity, (point, payload) => {
      const at = timeOf(payload)
      firstAt = Math.min(firstAt ?? at, at)
      lastAt = Math.max(lastAt ?? at, at)
      return point.seq < lastSeq
    })
  if (end.seq !== lastSeq || !end.hash.equals(following.previousHash))
    throw new GatehouseError(
      'GH_EVENTS_SPOOL_CORRUPT',
      `${segmentName(ordinal)}:${end.offset}: the segment is not whole, so it is not deleted`,
    )
  const { bytes, sha256 } = await digestFile(path)
  return {
    ordinal,
    firstSeq,
    bytes,
    sha256,
    lastSeq,
    records: lastSeq - firstSeq + 1,
    firstAt,
    lastAt,
    hashBefore: header.previousHash.toString('hex'),
    hashAfter: following.previousHash.toString('hex'),
  }
}

async function digestFile(path: string): Promise<{ bytes: number; sha256: string }> {
  const sum = createHash('sha256')
  let bytes = 0
  for await (const chunk of createReadStream(path)) {
    const part = chunk as Buffer // sound: a stream without encoding gives buffers
    bytes += part.length
    sum.update(part)
  }
  return { bytes, sha256: sum.digest('hex') }
}

export interface WhyDeleted {
  readonly id: string
  readonly at: number
  readonly policy: string
  readonly by: string
}

export function deletionOf(
  segments: readonly OldSegment[],
  partition: number,
  previous: string | null,
  why: WhyDeleted,
): DeletionRecord {
  const [first] = segments
  const last = segments.at(-1)
  if (first === undefined || last === undefined) throw new TypeError('nothing is to be deleted')
  const times = segments
    .flatMap(({ firstAt, lastAt }) => [firstAt, lastAt])
    .filter((time) => time !== null)
  return {
    v: 1,
    ...why,
    partition,
    segments: segments.map(({ ordinal, firstSeq, bytes, sha256 }) => ({
      ordinal,
      firstSeq,
      bytes,
      sha256,
    })),
    firstSeq: first.firstSeq,
    lastSeq: last.lastSeq,
    firstAt: times.length === 0 ? null : Math.min(...times),
    lastAt: times.length === 0 ? null : Math.max(...times),
    hashBefore: first.hashBefore,
    hashAfter: last.hashAfter,
    previous,
  }
}

export function deletionEvent(record: DeletionRecord): NoticeEvent {
  const { segments, firstSeq, lastSeq, policy, by } = record
  return {
    v: 1,
    kind: 'notice',
    id: record.id,
    at: record.at,
    what: 'events-deleted',
    api: null,
    code: null,
    detail: `events ${firstSeq} to ${lastSeq} in ${segments.length} segments (${policy}; ${by})`,
    deleted: record,
  }
}

/** From here on the deletion is decided, and will be finished whatever happens. */
export async function keepDeletion(dir: string, record: DeletionRecord): Promise<void> {
  await mkdir(join(dir, DELETIONS_FOLDER), { recursive: true, mode: 0o700 })
  await nodeDisk.syncFolder(dir)
  const last = record.segments.at(-1)?.ordinal ?? 0
  await replaceFile(join(dir, deletionName(last)), deletionText(record))
}

/** Oldest first: what is left at any instant has no gap. */
export async function unlinkSegments(dir: string, ordinals: readonly number[]): Promise<void> {
  for (const ordinal of ordinals.toSorted((a, b) => a - b))
    await rm(segmentPath(dir, ordinal), { force: true })
  await nodeDisk.syncFolder(dir)
}

/** Where each durable consumer stands. One whose file cannot be read has passed nothing. */
export async function consumerPositions(dir: string): Promise<ReadonlyMap<string, number>> {
  const offsets = await readOffsets(dir)
  return new Map(offsets.map(({ name, point }) => [name, point?.seq ?? 0]))
}
