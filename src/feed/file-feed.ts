/**
 * Publishes a folder of files as a feed: `clients/*.json`, `consents/*.json`, `revocations/*.json`, edited by hand or by CLI. It looks four
 * times a second; each look that could read everything is a heartbeat. When it cannot, there is none: the age grows, and the gateway denies.
 */
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import {
  type Clock,
  type Diagnostic,
  type JsonObject,
  type Scheduler,
  singleFlight,
} from '../lib/index.ts'
import type { Feed } from './change.ts'
import { changeLog } from './change-log.ts'
import { type FileLook, type FolderWatch, watchFolder } from './folder-watch.ts'
import { FOLDERS, MAX_FILE_BYTES, RECORD_KINDS, type RecordKind } from './record-format.ts'
import { readRecord, type ReadRecord } from './read-record.ts'
import { type RecordSet, recordSet } from './record-set.ts'

export interface FileFeedOptions {
  readonly dir: string
  readonly clock: Clock
  readonly scheduler: Scheduler
}

export interface FileFeed extends Feed {
  /** What is wrong now, by file; a record with a mistake is absent. */
  diagnostics(): readonly Diagnostic[]
  /** Looks at once; resolves when what stands in the folder is published. */
  refresh(): Promise<void>
  close(): void
}

export const LOOK_EVERY_MS = 250

interface Part {
  readonly kind: RecordKind
  readonly folder: FolderWatch
  readonly records: RecordSet
  readonly published: Map<string, JsonObject>
}

export function openFileFeed({ dir, clock, scheduler }: FileFeedOptions): FileFeed {
  const log = changeLog()
  const parts = RECORD_KINDS.map((kind): Part => ({
    kind,
    folder: watchFolder(join(dir, FOLDERS[kind])),
    records: recordSet(kind),
    published: new Map(),
  }))
  let trouble: Diagnostic | undefined
  let closed = false

  async function look(): Promise<void> {
    // The time before looking: what is changed meanwhile counts as not yet seen.
    const at = clock.now()
    try {
      // A kind may have no folder yet; without the feed's own folder something is wrong.
      if (!statSync(dir).isDirectory()) throw new Error(`${dir} is no folder`)
      // Revocations first, so that none is late behind ten thousand consents.
      for (const part of parts.toReversed()) await lookAt(part, at)
      trouble = undefined
      if (!closed) log.heartbeat(at)
    } catch (error) {
      trouble = unreadable(dir, error)
    }
  }

  async function lookAt(part: Part, at: number): Promise<void> {
    await part.folder.look(at, (found) => {
      if (closed) return true
      const read = found.kind === 'gone' ? undefined : readFound(part.kind, found)
      for (const key of part.records.put(found.file, read)) publish(part, key, at)
      return read?.diagnostics[0]?.code !== 'GH_FEED_UNREADABLE'
    })
  }

  function publish({ kind, records, published }: Part, key: string, at: number): void {
    const value = records.get(key)
    if (isDeepStrictEqual(value, published.get(key))) return
    if (value === undefined) published.delete(key)
    else published.set(key, value)
    log.publish(at, kind, key, value ?? null)
  }

  const flight = singleFlight(look)
  const first = flight.start()
  const stop = scheduler.every(LOOK_EVERY_MS, () => void flight.start())
  return {
    async snapshot() {
      await first
      return log.snapshot()
    },
    subscribe: log.subscribe,
    diagnostics() {
      const found = parts.flatMap((part) => part.records.diagnostics())
      found.sort((a, b) => (a.place.file < b.place.file ? -1 : a.place.file > b.place.file ? 1 : 0))
      return trouble === undefined ? found : [trouble, ...found]
    },
    refresh: flight.next,
    close() {
      closed = true
      stop()
      for (const part of parts) part.folder.close()
    },
  }
}

function readFound(kind: RecordKind, found: Extract<FileLook, { kind: 'changed' }>): ReadRecord {
  const { file, size, regular } = found
  // Reading a pipe would wait for ever; reading a huge file would cost what it weighs.
  if (!regular) return refused(file, new Error('This is no regular file.'))
  if (size > MAX_FILE_BYTES) return readRecord(kind, file, new Uint8Array(MAX_FILE_BYTES + 1))
  try {
    return readRecord(kind, file, readFileSync(file))
  } catch (error) {
    return refused(file, error)
  }
}

function refused(file: string, error: unknown): ReadRecord {
  return { entries: [], diagnostics: [unreadable(file, error)] }
}

function unreadable(file: string, error: unknown): Diagnostic {
  const message = error instanceof Error ? error.message : String(error)
  return { code: 'GH_FEED_UNREADABLE', message, place: { file, line: 1, column: 1 } }
}
