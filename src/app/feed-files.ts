/** The feed's folder as commands use it: read what would count, write a record, end something at once. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { GatehouseConfig } from '../config/index.ts'
import { listRecords, putRecord, type RecordKind, type RecordList, revoke } from '../feed/index.ts'
import {
  type Diagnostic,
  GatehouseError,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type Result,
} from '../lib/index.ts'

/** The default folder is made on the first use; any other has to be there, since a wrong path must not become an empty feed. */
export function ensureFeedFolder({ dir, feedDir }: Pick<GatehouseConfig, 'dir' | 'feedDir'>): void {
  if (existsSync(feedDir)) return
  if (dirname(feedDir) !== dir || feedDir !== join(dir, 'feed'))
    throw new GatehouseError('GH_FEED_UNREADABLE', `${feedDir} is not there`)
  mkdirSync(feedDir, { recursive: true, mode: 0o700 })
}

export async function feedRecords(config: GatehouseConfig): Promise<RecordList> {
  ensureFeedFolder(config)
  return listRecords(config.feedDir)
}

/** What is wrong in the feed's files; touches nothing. A folder that is not there yet holds no mistake. */
export async function feedMistakes({
  feedDir,
}: Pick<GatehouseConfig, 'feedDir'>): Promise<readonly Diagnostic[]> {
  return existsSync(feedDir) ? (await listRecords(feedDir)).diagnostics : []
}

/** Keeps the record of a file. @throws GH_FEED_RECORD_INVALID when the file is no JSON object */
export async function keepRecord(
  config: GatehouseConfig,
  kind: RecordKind,
  file: string,
): Promise<Result<string, readonly Diagnostic[]>> {
  ensureFeedFolder(config)
  return putRecord(config.feedDir, kind, readJsonObject(file))
}

/** Ends a token, consent or client; every gateway knows within a second. */
export async function endNow(
  config: GatehouseConfig,
  what: 'token' | 'grant' | 'consent' | 'client' | 'certificate',
  id: string,
  reason: string,
  now: number,
): Promise<Result<string, readonly Diagnostic[]>> {
  ensureFeedFolder(config)
  return revoke(config.feedDir, `${what}:${id}`, reason, now)
}

/** @throws GH_FEED_RECORD_INVALID */
export function readJsonObject(file: string): JsonObject {
  let value: JsonValue
  try {
    value = JSON.parse(readFileSync(file, 'utf8')) as JsonValue // sound: JSON.parse makes nothing else
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
    throw new GatehouseError(
      'GH_FEED_RECORD_INVALID',
      `${file}: ${missing ? 'there is no such file' : 'it is not JSON'}`,
      { cause },
    )
  }
  if (!isJsonObject(value))
    throw new GatehouseError('GH_FEED_RECORD_INVALID', `${file}: it is not a JSON object`)
  return value
}
