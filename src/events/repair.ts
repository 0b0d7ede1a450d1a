/** Judges the last segment when a spool is opened and cuts off what a crash left unfinished. Everything else that is wrong refuses to open. */
import { constants, copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { GatehouseError } from '../lib/index.ts'
import { type Disk, syncData } from './disk.ts'
import type { SegmentHeader } from './segment-format.ts'
import { scanSegment, type ScanPoint } from './segment-scan.ts'
import { segmentName, segmentPath } from './spool-folder.ts'
import { beginningOf } from './spool-reader.ts'
import type { SpoolDamage } from './verify.ts'
import type { Watermark } from './watermark.ts'

export interface OpenedTail {
  readonly end: ScanPoint
  /** What was cut off; a copy of the segment as found stands beside it as `torn-…`. */
  readonly repaired: SpoolDamage | null
}

/**
 * The end of the last segment, every byte before it sound and synced. A tail past the watermark is cut off: nobody was told that it is synced.
 * @throws GH_EVENTS_SPOOL_CORRUPT (something before the watermark is missing or wrong)
 */
export async function openTail(
  dir: string,
  disk: Disk,
  header: SegmentHeader,
  mark: Watermark | undefined,
): Promise<OpenedTail> {
  const path = segmentPath(dir, header.ordinal)
  const name = segmentName(header.ordinal)
  let markSeen = mark?.ordinal !== header.ordinal || mark.seq < header.firstSeq
  const end = await scanSegment(path, beginningOf(header), Infinity, (point) => {
    if (point.seq === mark?.seq && point.hash.equals(mark.hash)) markSeen = true
  })
  if (!markSeen || (mark !== undefined && mark.ordinal > header.ordinal))
    throw new GatehouseError(
      'GH_EVENTS_SPOOL_CORRUPT',
      `${name}:${end.offset}: ${end.what ?? 'records that were synced are missing'}`,
    )

  let repaired: SpoolDamage | null = null
  const fd = await disk.open(path, 'r+')
  try {
    if (end.why !== 'end') {
      repaired = { segment: name, offset: end.offset, seq: end.seq + 1, what: end.what ?? end.why }
      await keepEvidence(dir, path, header.ordinal, end.offset)
      await disk.truncate(fd, end.offset)
    }
    // What a killed process left is in the page cache only; from here on it counts as synced.
    await syncData(disk, fd)
  } finally {
    disk.close(fd)
  }
  return { end, repaired }
}

async function keepEvidence(dir: string, path: string, ordinal: number, at: number): Promise<void> {
  const evidence = join(dir, `torn-${String(ordinal).padStart(10, '0')}-${at}`)
  await copyFile(path, evidence, constants.COPYFILE_FICLONE)
}
