/**
 * How far the chain was synced, in one small file that is overwritten after each sync. It is itself not synced: after a kill it is exact,
 * after a power cut it may be older than the truth, never newer. A tail may be cut off past it; anything missing or wrong before it is damage.
 *
 *      0  8  "GHMARK01"      16  4  ordinal of the segment      24 32  hash of the record `seq`
 *      8  8  seq             20  4  offset after that record    56  4  0        60 4  CRC-32 of bytes 0 to 59
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'

const BYTES = 64
const MAGIC = Buffer.from('GHMARK01', 'latin1')

export interface Watermark {
  readonly seq: number
  readonly ordinal: number
  readonly offset: number
  readonly hash: Buffer
}

export const watermarkPath = (dir: string): string => join(dir, 'watermark')

export function encodeWatermark(mark: Watermark): Buffer {
  const bytes = Buffer.alloc(BYTES)
  MAGIC.copy(bytes)
  bytes.writeBigUInt64LE(BigInt(mark.seq), 8)
  bytes.writeUInt32LE(mark.ordinal, 16)
  bytes.writeUInt32LE(mark.offset, 20)
  mark.hash.copy(bytes, 24)
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 60)), 60)
  return bytes
}

/** `undefined`: there is none, or it is torn. */
export async function readWatermark(dir: string): Promise<Watermark | undefined> {
  const bytes = await readFile(watermarkPath(dir)).catch(() => Buffer.alloc(0))
  if (bytes.length !== BYTES || !bytes.subarray(0, 8).equals(MAGIC)) return undefined
  if (crc32(bytes.subarray(0, 60)) !== bytes.readUInt32LE(60)) return undefined
  return {
    seq: Number(bytes.readBigUInt64LE(8)),
    ordinal: bytes.readUInt32LE(16),
    offset: bytes.readUInt32LE(20),
    hash: Buffer.from(bytes.subarray(24, 56)),
  }
}
