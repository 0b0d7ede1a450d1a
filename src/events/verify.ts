/** The checker: derives the whole chain again from the files and names the first place that does not fit. Reads only. */
import { stat } from 'node:fs/promises'
import { canonicalJson } from '../lib/index.ts'
import type { GatehouseEvent } from './access-event.ts'
import { type DeletionRecord, deletionName, readDeletions } from './deletion-record.ts'
import { HEADER_BYTES } from './segment-format.ts'
import { scanSegment, type ScanPoint } from './segment-scan.ts'
import { type NamedOffset, readOffsets } from './consumer-offsets.ts'
import type { ReadPoint } from './spool-reader.ts'
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
  /** Records that are there and sound. */
  readonly records: number
  /** Last record that was deleted with proof; 0: none was. */
  readonly deletedTo: number
  readonly lastSeq: number
  /** Hash of the last sound record, hex. Kept elsewhere, it proves later that nothing before it was changed. */
  readonly head: string
  readonly damage: SpoolDamage | null
  /** Consumers' offsets that are not as they were written, or not of this chain: such a consumer begins again. */
  readonly offsets: readonly SpoolDamage[]
  /** A tail that a crash cut, past everything synced: the next start cuts it off. In a running spool also a record just being written. */
  readonly torn: SpoolDamage | null
}

export interface VerifyOptions {
  /** Told now and then how many records are behind it, of how many. */
  readonly progress?: (done: number, total: number) => void
}

const PROGRESS_EVERY = 4096
/** The segment is gone, and with it where in it a point stood. */
const NOWHERE = -1
/** Every event that says what was deleted holds this text; few others do. */
const DELETED = Buffer.from('"deleted":{')

/** @throws GH_EVENTS_SPOOL_MISSING, GH_EVENTS_SPOOL_CORRUPT (the marker file is wrong) */
export async function verifySpool(
  dir: string,
  { progress }: VerifyOptions = {},
): Promise<SpoolReport> {
  const partition = await readMarker(dir)
  // In this order: a running writer may move each on meanwhile, the segments last.
  const deletions = await readDeletions(dir, partition)
  const offsets = offsetsBySeq(await readOffsets(dir))
  const mark = await readWatermark(dir)
  const { start } = deletions
  // What is left of a deletion that a crash interrupted is void; the next start removes it.
  const ordinals = (await listOrdinals(dir)).filter((ordinal) => ordinal > start.ordinal)
  let at: ScanPoint = { offset: HEADER_BYTES, seq: start.seq, hash: start.hash }
  let markSeen = mark?.seq === start.seq
  const said = new Map<string, DeletionRecord>()

  const report = (damage: SpoolDamage | null, torn: SpoolDamage | null = null): SpoolReport => ({
    partition,
    segments: ordinals.length,
    records: at.seq - start.seq,
    deletedTo: start.seq,
    lastSeq: at.seq,
    head: at.hash.toString('hex'),
    damage,
    // Only a chain that was followed to its end can prove them.
    offsets: [...offsets.damaged, ...(damage === null ? offsets.unseen() : [])],
    torn,
  })
  const place = (ordinal: number, offset: number, what: string): SpoolDamage => ({
    segment: segmentName(ordinal),
    offset,
    seq: at.seq + 1,
    what,
  })

  offsets.see(at, NOWHERE)
  if (deletions.damage !== null) return report(deletions.damage)
  if (mark === undefined)
    return report({ segment: 'watermark', offset: 0, seq: 0, what: 'it is missing or damaged' })
  const last = Math.max(ordinals.at(-1) ?? 0, mark.ordinal)
  for (let ordinal = start.ordinal + 1; ordinal <= last; ordinal++) {
    if (!ordinals.includes(ordinal)) return report(place(ordinal, 0, 'the segment is missing'))
    const header = await readHeader(dir, ordinal, partition)
    if (header === undefined) return report(place(ordinal, 0, 'the header is damaged'))
    if (header.firstSeq !== at.seq + 1 || !header.previousHash.equals(at.hash))
      return report(
        ordinal === start.ordinal + 1 && deletions.records.length > 0
          ? { ...place(ordinal, 0, ''), ...notFollowing(start.ordinal) }
          : place(ordinal, 0, 'it does not continue the segment before it'),
      )

    const following = ordinals.includes(ordinal + 1)
      ? await readHeader(dir, ordinal + 1, partition)
      : undefined
    const lastHere = following?.supersedes === true ? following.firstSeq - 1 : Infinity
    at = { ...at, offset: HEADER_BYTES }
    if (at.seq >= lastHere) continue
    const end = await scanSegment(segmentPath(dir, ordinal), at, Infinity, (point, payload) => {
      offsets.see(point, ordinal)
      if (point.seq === mark.seq) markSeen = point.hash.equals(mark.hash)
      if (payload.includes(DELETED)) noteDeletion(payload, said)
      if (point.seq % PROGRESS_EVERY === 0) progress?.(point.seq - start.seq, mark.seq - start.seq)
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
  if (!markSeen) {
    const size = await stat(segmentPath(dir, last)).then((file) => file.size)
    return report(place(last, Math.min(size, at.offset), 'records that were synced are missing'))
  }
  return report(unsaidDeletion(deletions.records, said, await leftOver(dir, start.ordinal)))
}

function noteDeletion(payload: Buffer, said: Map<string, DeletionRecord>): void {
  // sound: the chain was just verified, and only the spool writes payloads
  const event = JSON.parse(payload.toString('utf8')) as GatehouseEvent
  if (event.kind === 'notice' && event.deleted !== undefined) said.set(event.id, event.deleted)
}

/**
 * The newest record must stand in the chain that is left, letter for letter, and so must each whose event is left; older ones are held by
 * the digest that their successor names. While a deletion is not finished its event may not be written yet.
 */
function unsaidDeletion(
  records: readonly DeletionRecord[],
  said: ReadonlyMap<string, DeletionRecord>,
  unfinished: boolean,
): SpoolDamage | null {
  for (const [i, record] of records.entries()) {
    const event = said.get(record.id)
    const newest = i === records.length - 1
    if (event === undefined && (!newest || unfinished)) continue
    if (event !== undefined && canonicalJson(event) === canonicalJson(record)) continue
    return {
      segment: deletionName(record.segments.at(-1)?.ordinal ?? 0),
      offset: 0,
      seq: record.firstSeq,
      what: event === undefined ? 'no event says this deletion' : 'its event says otherwise',
    }
  }
  return null
}

/** The header has a checksum of its own: of the two it is the record that lies. */
function notFollowing(ordinal: number): Pick<SpoolDamage, 'segment' | 'what'> {
  return { segment: deletionName(ordinal), what: 'the segment that is left does not follow it' }
}

async function leftOver(dir: string, ordinal: number): Promise<boolean> {
  return (await listOrdinals(dir)).some((one) => one <= ordinal)
}

interface OffsetCheck {
  readonly damaged: readonly SpoolDamage[]
  /** Ticks off what stands at this point of the chain. */
  see(point: ScanPoint, ordinal: number): void
  /** Those that stand at no point that was seen. */
  unseen(): readonly SpoolDamage[]
}

function offsetsBySeq(offsets: readonly NamedOffset[]): OffsetCheck {
  const left = new Map<string, NamedOffset & { readonly point: ReadPoint }>()
  const damage = (file: string, seq: number, what: string): SpoolDamage => ({
    segment: file,
    offset: 0,
    seq,
    what,
  })
  const damaged: SpoolDamage[] = []
  for (const { file, name, point } of offsets)
    if (point === undefined) damaged.push(damage(file, 0, 'it is not as it was written'))
    else if (point.seq > 0) left.set(name, { file, name, point })
  return {
    damaged,
    see(at, ordinal) {
      for (const [name, { point }] of left) {
        if (point.seq !== at.seq || !point.hash.equals(at.hash)) continue
        // After a deletion, or a segment that was written again, the same point stands in an earlier segment.
        const sameSegment = point.ordinal === ordinal
        if (!sameSegment || point.offset === at.offset) left.delete(name)
      }
    },
    unseen: () =>
      [...left.values()].map(({ file, point }) =>
        damage(file, point.seq, 'it is of no point of this chain'),
      ),
  }
}
