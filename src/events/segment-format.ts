/**
 * Byte layout of a spool segment, version 1. All numbers are little-endian.
 *
 *     header (64 bytes)                          record (40 bytes + payload)
 *      0  8  "GHSPOOL1"                           0  4  CRC-32 of bytes 4 to the end of the record
 *      8  8  sequence number of the first record  4  4  length of the payload in bytes, 2 to 65,536
 *     16  4  partition                            8 32  SHA-256 of (previous hash ‖ payload)
 *     20  4  flags: 1 = supersedes               40  n  payload: one event as JSON, UTF-8
 *     24 32  hash before the first record
 *     56  4  ordinal of the segment, from 1
 *     60  4  CRC-32 of bytes 0 to 59
 *
 * CRC-32 is the IEEE polynomial (as in zlib), not Castagnoli: Node has the one and not the other. It finds torn and rotten bytes fast;
 * what nobody can forge unseen is the SHA-256 chain, which runs through all segments of a partition and starts at `genesisHash`.
 * *Supersedes*: after a failed fdatasync the records since the last good one were written again, here, with the same numbers and
 * hashes; what the segment before holds from this segment's first number on is void, whatever it looks like.
 */
import { hash } from 'node:crypto'
import { crc32 } from 'node:zlib'

export const HEADER_BYTES = 64
export const FRAME_BYTES = 40
export const MAX_PAYLOAD_BYTES = 65_536
const MAGIC = Buffer.from('GHSPOOL1', 'latin1')
const SUPERSEDES = 1

export interface SegmentHeader {
  readonly ordinal: number
  readonly partition: number
  readonly firstSeq: number
  readonly previousHash: Buffer
  readonly supersedes: boolean
}

/** The hash "before" the first record of a partition. */
export function genesisHash(partition: number): Buffer {
  return hash('sha256', `gatehouse spool 1 partition ${partition}`, 'buffer')
}

export function encodeHeader(header: SegmentHeader): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES)
  MAGIC.copy(bytes)
  bytes.writeBigUInt64LE(BigInt(header.firstSeq), 8)
  bytes.writeUInt32LE(header.partition, 16)
  bytes.writeUInt32LE(header.supersedes ? SUPERSEDES : 0, 20)
  header.previousHash.copy(bytes, 24)
  bytes.writeUInt32LE(header.ordinal, 56)
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 60)), 60)
  return bytes
}

/** `undefined` when the bytes are no sound header. */
export function decodeHeader(bytes: Buffer): SegmentHeader | undefined {
  if (bytes.length < HEADER_BYTES || !bytes.subarray(0, 8).equals(MAGIC)) return undefined
  if (crc32(bytes.subarray(0, 60)) !== bytes.readUInt32LE(60)) return undefined
  const flags = bytes.readUInt32LE(20)
  if ((flags & ~SUPERSEDES) !== 0) return undefined
  return {
    ordinal: bytes.readUInt32LE(56),
    partition: bytes.readUInt32LE(16),
    firstSeq: Number(bytes.readBigUInt64LE(8)),
    previousHash: Buffer.from(bytes.subarray(24, 56)),
    supersedes: flags === SUPERSEDES,
  }
}

/**
 * Seals the record whose payload already stands at `start + FRAME_BYTES`, and returns its hash. The previous hash is put where the record's
 * own hash will stand, directly before the payload, so that both are hashed without a copy. Hashes are 32 characters of latin1 here:
 * measured, that costs 0.5 µs less per record than a Buffer each.
 */
export function sealRecord(bytes: Buffer, start: number, length: number, previous: string): string {
  const end = start + FRAME_BYTES + length
  bytes.write(previous, start + 8, 'latin1')
  const own = hash('sha256', bytes.subarray(start + 8, end), 'binary')
  bytes.write(own, start + 8, 'latin1')
  bytes.writeUInt32LE(length, start + 4)
  bytes.writeUInt32LE(crc32(bytes.subarray(start + 4, end)), start)
  return own
}

export type RecordCheck =
  | { readonly kind: 'sound'; readonly end: number; readonly hash: Buffer }
  /** More bytes are needed to tell. */
  | { readonly kind: 'short' }
  | { readonly kind: 'damaged'; readonly what: string }

/** Judges the record at `start`. Clobbers its hash field in `bytes`, which must be the caller's own copy. */
export function checkRecord(
  bytes: Buffer,
  start: number,
  limit: number,
  previous: Buffer,
): RecordCheck {
  if (limit - start < FRAME_BYTES) return { kind: 'short' }
  const length = bytes.readUInt32LE(start + 4)
  if (length < 2 || length > MAX_PAYLOAD_BYTES)
    return { kind: 'damaged', what: 'the length is impossible' }
  const end = start + FRAME_BYTES + length
  if (end > limit) return { kind: 'short' }
  if (crc32(bytes.subarray(start + 4, end)) !== bytes.readUInt32LE(start))
    return { kind: 'damaged', what: 'the checksum does not match' }
  const stored = Buffer.from(bytes.subarray(start + 8, start + FRAME_BYTES))
  bytes.set(previous, start + 8)
  if (!hash('sha256', bytes.subarray(start + 8, end), 'buffer').equals(stored))
    return { kind: 'damaged', what: 'the hash chain is broken' }
  return { kind: 'sound', end, hash: stored }
}
