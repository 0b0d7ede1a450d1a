/** The one segment that is being written: making it, and what became of it. */
import { type Disk, syncData, writeWhole } from './disk.ts'
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

const inDoubt = new WeakSet<Error>()

/** Whether the segment that `makeSegment` failed to make may be found under its name all the same. */
export function nameInDoubt(failure: unknown): boolean {
  return failure instanceof Error && inDoubt.has(failure)
}

/**
 * Makes a segment that already holds `records`, all synced, under its name only when complete:
 * *write aside → sync → rename → sync the folder*. Dying in between leaves a `.new` file that the next opener removes.
 */
export async function makeSegment(
  disk: Disk,
  dir: string,
  header: SegmentHeader,
  records: readonly Buffer[] = [],
): Promise<OpenSegment> {
  const path = segmentPath(dir, header.ordinal)
  const aside = `${path}.new`
  await disk.remove(aside)
  const fd = await disk.open(aside, 'wx')
  let named = false
  try {
    await writeWhole(disk, fd, [encodeHeader(header), ...records], 0)
    await syncData(disk, fd)
    named = true
    await disk.rename(aside, path)
    await disk.syncFolder(dir)
    const size = records.reduce((sum, buffer) => sum + buffer.length, HEADER_BYTES)
    return { header, path, fd, identity: disk.identity(path), size }
  } catch (error) {
    if (named && error instanceof Error) inDoubt.add(error)
    disk.close(fd)
    throw error
  }
}

/** Somebody deleted or replaced the file under us: what we write would go nowhere. */
export function hasVanished(disk: Disk, segment: OpenSegment): boolean {
  try {
    return disk.identity(segment.path) !== segment.identity
  } catch {
    return true
  }
}
