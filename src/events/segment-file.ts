/** The one segment that is being written: making it, adding to it, and leaving it. Blocking calls; the appender decides when. */
import { type Disk, writeAll } from './disk.ts'
import { encodeHeader, HEADER_BYTES, type SegmentHeader } from './segment-format.ts'
import { segmentPath } from './spool-folder.ts'

export interface OpenSegment {
  readonly header: SegmentHeader
  readonly path: string
  readonly fd: number
  readonly identity: number | undefined
  /** Bytes of whole records and header; owned by the appender. */
  size: number
}

/**
 * Makes a segment that already holds `records`, all synced, under its name only when complete:
 * *write aside → sync → rename → sync the folder*. Dying in between leaves a `.new` file that the next opener removes.
 */
export function makeSegment(
  disk: Disk,
  dir: string,
  header: SegmentHeader,
  records: readonly Buffer[] = [],
): OpenSegment {
  const path = segmentPath(dir, header.ordinal)
  const aside = `${path}.new`
  disk.remove(aside)
  const fd = disk.open(aside, 'wx')
  try {
    writeAll(disk, fd, [encodeHeader(header), ...records], 0)
    disk.fdatasyncNow(fd)
    disk.rename(aside, path)
    disk.syncFolder(dir)
  } catch (error) {
    disk.close(fd)
    throw error
  }
  const size = records.reduce((sum, buffer) => sum + buffer.length, HEADER_BYTES)
  return { header, path, fd, identity: disk.identity(path), size }
}

/** Somebody deleted or replaced the file under us: what we write would go nowhere. */
export function hasVanished(disk: Disk, segment: OpenSegment): boolean {
  try {
    return disk.identity(segment.path) !== segment.identity
  } catch {
    return true
  }
}

/** Cuts off what a failed write may have left. False when that fails too, and the segment cannot be trusted any more. */
export function cutBack(disk: Disk, segment: OpenSegment): boolean {
  try {
    disk.truncate(segment.fd, segment.size)
    return true
  } catch {
    return false
  }
}
