/**
 * The folder of one partition:
 *
 *     spool.json        marks the folder as a spool and names its partition
 *     spool.lock        held by the one writer
 *     0000000001.seg …  segments by ordinal, without gaps; `.new` while one is being made
 *     watermark         how far everything was synced (watermark.ts)
 *     consumers/*.json  offsets
 *     torn-*            what a repair cut off, kept as evidence
 */
import { mkdir, open, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { GatehouseError } from '../lib/index.ts'
import { nodeDisk } from './disk.ts'
import { decodeHeader, HEADER_BYTES, type SegmentHeader } from './segment-format.ts'

const FORMAT = 1

export function segmentName(ordinal: number): string {
  return `${String(ordinal).padStart(10, '0')}.seg`
}
export const markerPath = (dir: string): string => join(dir, 'spool.json')
export const segmentPath = (dir: string, ordinal: number): string => join(dir, segmentName(ordinal))

/** Makes an empty spool where there is nothing yet; leaves an existing one alone. @throws GH_EVENTS_SPOOL_MISSING (a folder of something else) */
export async function makeFolder(dir: string, partition: number): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const names = await readdir(dir)
  if (names.includes('spool.json')) return
  // A half-made spool holds only its lock and perhaps the unnamed marker.
  const strangers = names.filter((name) => !/^spool\.(lock|json\.new)/.test(name))
  if (strangers.length > 0)
    throw new GatehouseError('GH_EVENTS_SPOOL_MISSING', `${dir} is not empty and not a spool`)
  await replaceFile(markerPath(dir), `${JSON.stringify({ format: FORMAT, partition })}\n`)
}

/** The partition that the marker names. @throws GH_EVENTS_SPOOL_MISSING, GH_EVENTS_SPOOL_CORRUPT */
export async function readMarker(dir: string): Promise<number> {
  const text = await readFile(markerPath(dir), 'utf8').catch((cause: unknown) => {
    throw new GatehouseError('GH_EVENTS_SPOOL_MISSING', `no spool at ${dir}`, { cause })
  })
  const match = /^\{"format":(\d+),"partition":(\d{1,9})\}\n$/.exec(text)
  if (match === null || match[1] !== String(FORMAT))
    throw new GatehouseError('GH_EVENTS_SPOOL_CORRUPT', `${markerPath(dir)} is not as it was made`)
  return Number(match[2])
}

/** Ordinals of the segments there are, ascending. */
export async function listOrdinals(dir: string): Promise<number[]> {
  const names = await readdir(dir)
  return names
    .filter((name) => /^\d{10}\.seg$/.test(name))
    .map((name) => Number(name.slice(0, 10)))
    .sort((a, b) => a - b)
}

/** Segments that were being made when the process died; nothing in them was acknowledged. */
export async function removeUnfinished(dir: string): Promise<void> {
  for (const name of await readdir(dir))
    if (name.endsWith('.seg.new')) await rm(join(dir, name), { force: true })
}

/** `undefined` when the file has no sound header for this place. */
export async function readHeader(
  dir: string,
  ordinal: number,
  partition: number,
): Promise<SegmentHeader | undefined> {
  const file = await open(segmentPath(dir, ordinal), 'r')
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0)
    const header = decodeHeader(buffer.subarray(0, bytesRead))
    return header?.ordinal === ordinal && header.partition === partition ? header : undefined
  } finally {
    await file.close()
  }
}

/** Whole or not at all, and durable: *write aside → sync → rename → sync the folder*. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const aside = `${path}.new`
  const file = await open(aside, 'w', 0o600)
  try {
    await file.writeFile(text)
    await file.datasync()
  } finally {
    await file.close()
  }
  await nodeDisk.rename(aside, path)
  await nodeDisk.syncFolder(join(path, '..'))
}
