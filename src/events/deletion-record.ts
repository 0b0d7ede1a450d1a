/**
 * Proof of what was deleted: one file `retired/<last ordinal>.json` per deletion, in canonical JSON, and the same in an event of the spool
 * itself. Each names the digest of the one before, and its hashes join the chain that is left to the chain that is gone: the newest
 * record stands in the chain, and with it all others. A first segment that is missing without its record is damage; with it, it is not.
 */
import { hash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { canonicalJson, type JsonObject, type JsonValue } from '../lib/index.ts'
import { genesisHash } from './segment-format.ts'
import type { SpoolDamage } from './verify.ts'

export interface DeletedSegment {
  readonly ordinal: number
  readonly firstSeq: number
  readonly bytes: number
  /** Of the whole file, hex: a copy that turns up can be told from a forgery. */
  readonly sha256: string
}

export interface DeletionRecord {
  readonly v: 1
  readonly id: string
  /** When it was decided; milliseconds since the epoch. */
  readonly at: number
  readonly partition: number
  readonly segments: readonly DeletedSegment[]
  readonly firstSeq: number
  readonly lastSeq: number
  /** Times of the oldest and the newest event; `null`: none was in force there. */
  readonly firstAt: number | null
  readonly lastAt: number | null
  /** Of the chain before the first and after the last deleted record, hex. */
  readonly hashBefore: string
  readonly hashAfter: string
  /** SHA-256 of the file of the deletion before, hex; `null`: this is the first. */
  readonly previous: string | null
  /** `events: 400d` */
  readonly policy: string
  /** Who or what asked: `retention job`, `operator 1000`. */
  readonly by: string
}

/** Where the chain that is left begins. */
export interface ChainStart {
  readonly ordinal: number
  readonly seq: number
  readonly hash: Buffer
}

export interface Deletions {
  /** Oldest first. */
  readonly records: readonly DeletionRecord[]
  /** Digest of the newest file, hex. */
  readonly digest: string | null
  /** After everything that was deleted. */
  readonly start: ChainStart
  readonly damage: SpoolDamage | null
}

export const DELETIONS_FOLDER = 'retired'

export function deletionName(lastOrdinal: number): string {
  return `${DELETIONS_FOLDER}/${String(lastOrdinal).padStart(10, '0')}.json`
}

export function deletionText(record: DeletionRecord): string {
  return `${canonicalJson(jsonOf(record))}\n`
}

function jsonOf(record: DeletionRecord): JsonObject {
  return record as unknown as JsonObject // sound: it holds texts, numbers, nulls and lists of such objects only
}

export function digestOf(text: string): string {
  return hash('sha256', text)
}

/** All deletions of a spool, each checked against the one before it. */
export async function readDeletions(dir: string, partition: number): Promise<Deletions> {
  const records: DeletionRecord[] = []
  let digest: string | null = null
  let start: ChainStart = { ordinal: 0, seq: 0, hash: genesisHash(partition) }
  for (const name of await namesIn(join(dir, DELETIONS_FOLDER))) {
    const file = `${DELETIONS_FOLDER}/${name}`
    const damaged = (what: string, offset = 0): Deletions => ({
      records,
      digest,
      start,
      damage: { segment: file, offset, seq: start.seq + 1, what },
    })
    const text = await readFile(join(dir, file), 'utf8')
    const record = parse(text)
    if (record === undefined) return damaged('it is no record of a deletion')
    const canonical = deletionText(record)
    if (canonical !== text)
      return damaged('it is not as it was written', difference(canonical, text))
    const wrong = whyNotNext(record, start, digest, partition)
    if (wrong !== null) return damaged(wrong)
    const last = record.segments.at(-1)
    if (last === undefined || file !== deletionName(last.ordinal))
      return damaged('it is not under its own name')
    records.push(record)
    digest = digestOf(text)
    start = {
      ordinal: last.ordinal,
      seq: record.lastSeq,
      hash: Buffer.from(record.hashAfter, 'hex'),
    }
  }
  return { records, digest, start, damage: null }
}

function whyNotNext(
  record: DeletionRecord,
  start: ChainStart,
  digest: string | null,
  partition: number,
): string | null {
  if (record.partition !== partition) return 'it is of another partition'
  if (record.previous !== digest) return 'it does not follow the deletion before it'
  if (record.firstSeq !== start.seq + 1 || record.hashBefore !== start.hash.toString('hex'))
    return 'it does not begin where the deletion before it ended'
  const consecutive = record.segments.every(({ ordinal }, i) => ordinal === start.ordinal + 1 + i)
  return consecutive ? null : 'its segments do not follow those deleted before'
}

async function namesIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if ((error as { code?: unknown }).code === 'ENOENT') return [] // sound: only a member is looked at
    throw error
  })
  return names.filter((name) => !name.endsWith('.new')).sort()
}

/** First byte in which two texts differ. */
function difference(a: string, b: string): number {
  const [one, two] = [Buffer.from(a), Buffer.from(b)]
  let at = 0
  while (at < one.length && one[at] === two[at]) at++
  return at
}

const HEX = /^[0-9a-f]{64}$/
const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
const isHash = (value: unknown): value is string => typeof value === 'string' && HEX.test(value)
const isTime = (value: unknown): boolean => value === null || isCount(value)
const isText = (value: unknown): boolean => typeof value === 'string' && value !== ''

function parse(text: string): DeletionRecord | undefined {
  let value: JsonValue
  try {
    value = JSON.parse(text) as JsonValue // sound: JSON.parse makes nothing else
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const record = value as JsonObject // sound: neither null nor a list
  const { segments } = record
  const sound =
    Object.keys(record).length === 14 &&
    record['v'] === 1 &&
    [record['id'], record['policy'], record['by']].every(isText) &&
    [record['at'], record['partition'], record['firstSeq'], record['lastSeq']].every(isCount) &&
    [record['firstAt'], record['lastAt']].every(isTime) &&
    [record['hashBefore'], record['hashAfter']].every(isHash) &&
    (record['previous'] === null || isHash(record['previous'])) &&
    Array.isArray(segments) &&
    segments.length > 0 &&
    segments.every(isSegment)
  return sound ? (record as unknown as DeletionRecord) : undefined // sound: each member was just looked at
}

function isSegment(value: JsonValue): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const { ordinal, firstSeq, bytes, sha256, ...rest } = value as JsonObject // sound: neither null nor a list
  return (
    [ordinal, firstSeq, bytes].every(isCount) && isHash(sha256) && Object.keys(rest).length === 0
  )
}
