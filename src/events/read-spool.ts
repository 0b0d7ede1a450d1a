/**
 * Reads a spool that somebody else may be writing: no lock, nothing changed. Every record is checked by the chain from the first segment
 * that is read. A record that is just being written, or that a crash cut, is where the reading ends.
 */
import { stat } from 'node:fs/promises'
import { GatehouseError } from '../lib/index.ts'
import type { GatehouseEvent } from './access-event.ts'
import { HEADER_BYTES, type SegmentHeader } from './segment-format.ts'
import { scanSegment } from './segment-scan.ts'
import { listOrdinals, readHeader, readMarker, segmentName, segmentPath } from './spool-folder.ts'

export interface ReadSpoolOptions {
  readonly dir: string
  /** Milliseconds since the epoch: segments that only hold older events are left out. Older events may still come: look at `at`. */
  readonly from: number
  readonly signal: AbortSignal
  /** Called now and then with bytes read and bytes to read. */
  readonly progress?: (done: number, total: number) => void
}

/** An event is written when its request has ended, so a segment may hold events that began before its first one: none lasts an hour. */
const SLACK_MS = 3_600_000
const PROGRESS_EVERY = 1_000

/** Calls `visit` for every event in order. @throws GH_EVENTS_SPOOL_MISSING, GH_EVENTS_SPOOL_CORRUPT, and what `visit` throws */
export async function readSpool(
  { dir, from, signal, progress }: ReadSpoolOptions,
  visit: (event: GatehouseEvent) => void,
): Promise<void> {
  const headers = await headersOf(dir)
  const start = await firstToRead(dir, headers, from)
  const wanted = headers.slice(start)
  const sizes = await Promise.all(
    wanted.map(({ ordinal }) => stat(segmentPath(dir, ordinal)).then(({ size }) => size)),
  )
  const total = sizes.reduce((sum, size) => sum + size, 0)
  let before = 0
  let count = 0
  let last: { readonly seq: number; readonly hash: Buffer } | undefined
  for (const [at, header] of wanted.entries()) {
    const following = wanted[at + 1]
    // What a later segment repeats, because a sync failed, is void here.
    const lastHere = (following?.firstSeq ?? Number.POSITIVE_INFINITY) - 1
    if (
      last !== undefined &&
      (header.firstSeq !== last.seq + 1 || !header.previousHash.equals(last.hash))
    )
      throw damaged(header.ordinal, 0, 'it does not continue the segment before it')
    let point = { offset: HEADER_BYTES, seq: header.firstSeq - 1, hash: header.previousHash }
    if (point.seq < lastHere) {
      const end = await scanSegment(
        segmentPath(dir, header.ordinal),
        point,
        Number.POSITIVE_INFINITY,
        (here, payload) => {
          signal.throwIfAborted()
          visit(JSON.parse(payload.toString('utf8')) as GatehouseEvent) // sound: the chain was just verified
          if (++count % PROGRESS_EVERY === 0) progress?.(before + here.offset, total)
          return here.seq < lastHere
        },
      )
      if ((end.why === 'torn' || end.why === 'damaged') && following !== undefined)
        throw damaged(header.ordinal, end.offset, end.what ?? end.why)
      point = end
    }
    last = point
    before += sizes[at] ?? 0
  }
}

async function headersOf(dir: string): Promise<readonly SegmentHeader[]> {
  const partition = await readMarker(dir)
  const ordinals = await listOrdinals(dir)
  return Promise.all(
    ordinals.map(async (ordinal, at) => {
      const header = await readHeader(dir, ordinal, partition)
      if (header === undefined) throw damaged(ordinal, 0, 'the header is damaged')
      const previous = ordinals[at - 1]
      if (previous !== undefined && ordinal !== previous + 1)
        throw damaged(previous + 1, 0, 'the segment is missing')
      return header
    }),
  )
}

/** The last segment that begins safely before `from`; none is skipped whose first event cannot be read. */
async function firstToRead(
  dir: string,
  headers: readonly SegmentHeader[],
  from: number,
): Promise<number> {
  for (let at = headers.length - 1; at > 0; at--) {
    const header = headers[at]
    if (header === undefined) continue
    let begins = Number.POSITIVE_INFINITY
    await scanSegment(
      segmentPath(dir, header.ordinal),
      { offset: HEADER_BYTES, seq: header.firstSeq - 1, hash: header.previousHash },
      Number.POSITIVE_INFINITY,
      (_point, payload) => {
        const event = JSON.parse(payload.toString('utf8')) as GatehouseEvent // sound: as above
        begins = event.at
        return false
      },
    )
    if (begins <= from - SLACK_MS) return at
  }
  return 0
}

function damaged(ordinal: number, offset: number, what: string): GatehouseError {
  return new GatehouseError('GH_EVENTS_SPOOL_CORRUPT', `${segmentName(ordinal)}:${offset}: ${what}`)
}
