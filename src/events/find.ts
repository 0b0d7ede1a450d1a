/** Looks an event up by its id. */
import type { RecentIds } from './recent-ids.ts'
import type { SegmentList } from './segment-list.ts'
import { readRecord } from './segment-scan.ts'
import { segmentPath } from './spool-folder.ts'
import type { StoredEvent } from './spool-port.ts'
import { beginningOf, type SpoolReader, storedEvent, type WrittenEnd } from './spool-reader.ts'

interface FindParts {
  readonly dir: string
  readonly partition: number
  readonly segments: SegmentList
  readonly reader: SpoolReader
  readonly recent: RecentIds
  readonly end: () => WrittenEnd
}

/** Reads whole segments, newest first, unless the id is among the recent ones. */
export async function findEvent(parts: FindParts, id: string): Promise<StoredEvent | undefined> {
  return (await findRecent(parts, id)) ?? (await findAnywhere(parts, id))
}

/** Only among the last few thousand: one read. */
export async function findRecent(
  { dir, partition, recent }: FindParts,
  id: string,
): Promise<StoredEvent | undefined> {
  const near = recent.get(id)
  if (near === undefined) return undefined
  // Its segment may have been deleted since.
  const record = await readRecord(segmentPath(dir, near.ordinal), near.offset).catch(
    () => undefined,
  )
  if (record === undefined) return undefined
  const at = { ...near, hash: record.hash }
  const event = storedEvent(partition, at, record.payload)
  return event.event.id === id ? event : undefined
}

async function findAnywhere(
  { partition, segments, reader, end }: FindParts,
  id: string,
): Promise<StoredEvent | undefined> {
  const needle = Buffer.from(JSON.stringify(id))
  let upTo = end().seq
  for (let ordinal = segments.last.ordinal; ordinal >= 1; ordinal--) {
    const header = segments.get(ordinal)
    if (header === undefined || header.firstSeq > upTo) continue // empty, or superseded as a whole
    let found: StoredEvent | undefined
    await reader.read(beginningOf(header), (at, payload) => {
      if (payload.includes(needle)) {
        const event = storedEvent(partition, at, payload)
        if (event.event.id === id) found = event
      }
      return found === undefined && at.seq < upTo
    })
    if (found !== undefined) return found
    upTo = header.firstSeq - 1
  }
  return undefined
}
