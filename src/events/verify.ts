/** The checker: derives the whole chain again from the files and names the first place that does not fit. Reads only. */
import { stat } from 'node:fs/promises'
import { genesisHash, HEADER_BYTES } from './segment-format.ts'
import { scanSegment, type ScanPoint } from './segment-scan.ts'
import { listOrdinals, readHeader, readMarker, segmentName, segmentPath } from './spool-folder.ts'
import { readWatermark } from './watermark.ts'

export interface SpoolDamage {
  /** Name of the file within the spool's folder. */
  readonly segment: string
  /** Byte where the first unsound record or header begins. */
  readonly offset: number
  /** Sequence number that should stand there. */
  readonly seq: number
  readonly what: string
}

export interface SpoolReport {
  readonly partition: number
  readonly segments: number
  readonly records: number
  readonly lastSeq: number
  /** Hash of the last sound record, hex. Kept elsewhere, it proves later that nothing before it was changed. */
  readonly head: string
  readonly damage: SpoolDamage | null
  /** A tail that a crash cut, past everything synced: the next start cuts it off. In a running spool also a record just being written. */
  readonly torn: SpoolDamage | null
}

/** @throws GH_EVENTS_SPOOL_MISSING, GH_EVENTS_SPOOL_CORRUPT (the marker file is wrong) */
export async function verifySpool(dir: string): Promise<SpoolReport> {
  const partition = await readMarker(dir)
  const ordinals = await listOrdinals(dir)
  // Before the segments: a running writer may move it on meanwhile.
  const mark = await readWatermark(dir)
  let at: ScanPoint = { offset: HEADER_BYTES, seq: 0, hash: genesisHash(partition) }
  let markSeen = mark?.seq === 0

  const report = (damage: SpoolDamage | null, torn: SpoolDamage | null = null): SpoolReport => ({
    partition,
    segments: ordinals.length,
    records: at.seq,
    lastSeq: at.seq,
    head: at.hash.toString('hex'),
    damage,
    torn,
  })
  const place = (ordinal: number, offset: number, what: string): SpoolDamage => ({
    segment: segmentName(ordinal),
    offset,
    seq: at.seq + 1,
    what,
  })

  if (mark === undefined)
    return report({ segment: 'watermark', offset: 0, seq: 0, what: 'it is missing or damaged' })
  const last = Math.max(ordinals.at(-1) ?? 0, mark.ordinal)
  for (let ordinal = 1; ordinal <= last; ordinal++) {
    if (!ordinals.includes(ordinal)) return report(place(ordinal, 0, 'the segment is missing'))
    const header = await readHeader(dir, ordinal, partition)
    if (header === undefined) return report(place(ordinal, 0, 'the header is damaged'))
    if (header.firstSeq !== at.seq + 1 || !header.previousHash.equals(at.hash))
      return report(place(ordinal, 0, 'it does not continue the segment before it'))

    const following = ordinals.includes(ordinal + 1)
      ? await readHeader(dir, ordinal + 1, partition)
      : undefined
    const lastHere = following?.supersedes === true ? following.firstSeq - 1 : Infinity
    at = { ...at, offset: HEADER_BYTES }
    if (at.seq >= lastHere) continue
    const end = await scanSegment(segmentPath(dir, ordinal), at, Infinity, (point) => {
      if (point.seq === mark.seq) markSeen = point.hash.equals(mark.hash)
      return point.seq < lastHere
    })
    at = end
    if (end.why === 'torn' || end.why === 'damaged') {
      const damage = place(ordinal, end.offset, end.what ?? end.why)
      return ordinal === last && at.seq >= mark.seq && markSeen
        ? report(null, damage)
        : report(damage)
    }
  }
  if (markSeen) return report(null)
  const size = await stat(segmentPath(dir, last)).then((file) => file.size)
  return report(place(last, Math.min(size, at.offset), 'records that were synced are missing'))
}
