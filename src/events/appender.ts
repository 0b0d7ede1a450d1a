/**
 * The writer of one partition. Events are encoded and chained as they come; all of one turn of the loop are written by one call at its
 * end; `buffered` ones are answered then, `strict` ones after the fdatasync that covers them, while the next batch gathers.
 *
 * Order: *encode → write → answer buffered → fdatasync → watermark → answer strict*. When a write fails, the tail is cut back and the
 * chain with it. When fdatasync fails the segment is suspect, for the kernel may have dropped its pages and will not say so twice: whatever was
 * not yet synced is written again from memory into a new segment on a fresh descriptor, and meanwhile every append is refused.
 */
import { GatehouseError, type Scheduler } from '../lib/index.ts'
import type { GatehouseEvent } from './access-event.ts'
import { type Disk, writeAll } from './disk.ts'
import { type ChainPoint, recordBuffer } from './record-buffer.ts'
import { cutBack, hasVanished, makeSegment, type OpenSegment } from './segment-file.ts'
import type { SegmentList } from './segment-list.ts'
import { encodeWatermark } from './watermark.ts'

export interface AppenderLimits {
  /** A segment past this size is followed by a new one. */
  readonly maxSegmentBytes: number
  /** Events not yet answered. */
  readonly maxWaitingEvents: number
  /** Bytes in memory because they are not synced yet. */
  readonly maxUnsyncedBytes: number
  /** A buffered event is synced within twice this time. */
  readonly syncEveryMs: number
}

export interface AppenderParts {
  readonly dir: string
  readonly disk: Disk
  readonly scheduler: Scheduler
  readonly segments: SegmentList
  readonly segment: OpenSegment
  readonly watermarkFd: number
  readonly start: ChainPoint
  readonly limits: AppenderLimits
  /** Told of each event that the operating system has. */
  readonly written: (id: string, seq: number, ordinal: number, offset: number) => void
}

type Done = (failure: Error | undefined) => void

export interface SpoolHealth {
  readonly state: 'open' | 'failed' | 'closed'
  /** Last trouble with the disk, also when it is over. */
  readonly trouble: string | null
  readonly appended: number
  readonly refused: number
  /** Of those appended, on disk for good. */
  readonly synced: number
  /** Accepted and not synced yet. */
  readonly waiting: number
  /** Bytes that the operating system took. */
  readonly bytes: number
}

export interface Appender {
  append(event: GatehouseEvent, durability: 'strict' | 'buffered', done: Done): void
  /** Last record that the operating system has, and where it ends. */
  readonly end: ChainPoint & { readonly ordinal: number; readonly offset: number }
  /** Resolves when record `seq` is synced. @throws GH_EVENTS_SPOOL_FAILED */
  syncedTo(seq: number): Promise<void>
  health(): SpoolHealth
  /** Called after each write. */
  onWritten(listener: () => void): () => void
  close(): Promise<void>
}

export function startAppender(parts: AppenderParts): Appender {
  const { dir, disk, scheduler, segments, watermarkFd, limits } = parts
  const buffer = recordBuffer(parts.start)
  const listeners = new Set<() => void>()
  let segment = parts.segment
  let state: SpoolHealth['state'] = 'open'
  let trouble: string | null = null
  let appended = 0
  let refused = 0
  let bytes = 0

  // Pending: encoded, not written. Parallel arrays, because this is the hot path.
  let ids: string[] = []
  let lengths: number[] = []
  let buffered: Done[] = []
  let strict: Done[] = []
  let flushPlanned = false

  /** INVARIANT: `unsynced` holds, in order, exactly the bytes of the records after `synced` up to `written`. */
  let written: ChainPoint = parts.start
  let synced: ChainPoint = parts.start
  let unsynced: Buffer[] = []
  let unsyncedBytes = 0
  let awaitingSync: Done[] = []
  let syncing = false
  let inFlight = 0
  let stopTimer: (() => void) | undefined

  function fail(dones: readonly Done[]): void {
    refused += dones.length
    const failure = new GatehouseError('GH_EVENTS_SPOOL_FAILED', trouble ?? undefined)
    callAll(dones, failure)
  }

  function dropPending(): Done[] {
    const dropped = buffered.concat(strict)
    ids = []
    lengths = []
    buffered = []
    strict = []
    buffer.rewind(written)
    return dropped
  }

  function flush(): void {
    flushPlanned = false
    if (ids.length === 0) return
    // Only strict ones, and a sync is under way: they could not be answered sooner, so let more gather.
    if (syncing && buffered.length === 0) return
    const head = buffer.head
    const records = buffer.take()
    try {
      writeAll(disk, segment.fd, records, segment.size)
    } catch (error) {
      trouble = `${segment.path}: ${reasonOf(error)}`
      const dropped = dropPending()
      if (!cutBack(disk, segment)) startOver()
      fail(dropped)
      return
    }
    let seq = written.seq
    for (let i = 0; i < ids.length; i++) {
      parts.written(ids[i] ?? '', ++seq, segment.header.ordinal, segment.size)
      segment.size += lengths[i] ?? 0
      unsyncedBytes += lengths[i] ?? 0
      bytes += lengths[i] ?? 0
    }
    appended += ids.length
    written = head
    for (const record of records) unsynced.push(record)
    const answered = buffered
    const waiting = strict
    ids = []
    lengths = []
    buffered = []
    strict = []
    for (const done of waiting) awaitingSync.push(done)
    if (awaitingSync.length > 0 || unsyncedBytes > limits.maxUnsyncedBytes / 4) startSync()
    else planSync()
    callAll(answered, undefined)
    for (const listener of listeners) listener()
  }

  function planSync(): void {
    if (syncing || stopTimer !== undefined) return
    stopTimer = scheduler.after(limits.syncEveryMs, () => {
      stopTimer = undefined
      startSync()
    })
  }

  function startSync(): void {
    if (syncing || state === 'failed') return
    stopTimer?.()
    stopTimer = undefined
    syncing = true
    const target = written
    const covered = unsynced.length
    const offset = segment.size
    const dones = awaitingSync
    awaitingSync = []
    inFlight = dones.length
    const synchronised = segment
    disk.fdatasync(segment.fd, (error) => {
      syncing = false
      inFlight = 0
      if (synchronised === segment) {
        // A record in a file that nobody finds is not recorded.
        const gone = error === null && hasVanished(disk, segment)
        if (error !== null || gone) {
          trouble = `${segment.path}: ${gone ? 'deleted or replaced under us' : reasonOf(error)}`
          const lost = dones.concat(awaitingSync, dropPending())
          awaitingSync = []
          startOver()
          fail(lost)
          return
        }
        advance(target, covered, offset)
        if (segment.size >= limits.maxSegmentBytes) rotate()
      }
      // else: a write failed meanwhile and all of it, synced, is in the new segment
      callAll(dones, undefined)
      flush()
      if (awaitingSync.length > 0) startSync()
      else if (unsynced.length > 0) planSync()
    })
  }

  function advance(target: ChainPoint, covered: number, offset: number): void {
    synced = target
    for (const record of unsynced.splice(0, covered)) {
      unsyncedBytes -= record.length
      buffer.release(record)
    }
    const mark = { ...target, ordinal: segment.header.ordinal, offset }
    try {
      disk.write(watermarkFd, [encodeWatermark(mark)], 0)
    } catch {
      // Only a later repair knows less; the events themselves are synced.
    }
  }

  /** Blocks for the rest of one sync, once per segment: the next one may not exist before this one is whole on disk. */
  function rotate(): void {
    try {
      disk.fdatasyncNow(segment.fd)
      advance(written, unsynced.length, segment.size)
    } catch (error) {
      trouble = `${segment.path}: ${reasonOf(error)}`
      fail(awaitingSync.splice(0).concat(dropPending()))
      startOver()
      return
    }
    callAll(awaitingSync.splice(0), undefined)
    try {
      enter(makeSegment(disk, dir, next(false)))
    } catch (error) {
      trouble = `new segment: ${reasonOf(error)}` // go on in this one; the next sync tries again
    }
  }

  function next(supersedes: boolean) {
    return {
      ordinal: segment.header.ordinal + 1,
      partition: segment.header.partition,
      firstSeq: synced.seq + 1,
      previousHash: synced.hash,
      supersedes,
    }
  }

  function enter(made: OpenSegment): void {
    const left = segment.fd
    segment = made
    segments.add(made.header)
    advance(written, unsynced.length, segment.size)
    try {
      disk.close(left)
    } catch {
      // It was synced or given up; nothing depends on it any more.
    }
  }

  /** Gives the segment up and writes what was not synced again, elsewhere; retried each second until it works. */
  function startOver(): void {
    state = 'failed'
    stopTimer?.()
    stopTimer = undefined
    try {
      enter(makeSegment(disk, dir, next(true), unsynced))
      state = 'open'
      callAll(awaitingSync.splice(0), undefined)
    } catch (error) {
      trouble = `new segment: ${reasonOf(error)}`
      stopTimer = scheduler.after(1000, startOver)
    }
  }

  function syncedTo(seq: number): Promise<void> {
    if (seq <= synced.seq) return Promise.resolve()
    if (state === 'closed') return Promise.reject(new GatehouseError('GH_EVENTS_SPOOL_FAILED'))
    return new Promise((resolve, reject) => {
      awaitingSync.push((failure) => (failure === undefined ? resolve() : reject(failure)))
      startSync()
    })
  }

  return {
    append(event, durability, done) {
      const waiting = ids.length + awaitingSync.length + inFlight
      const full =
        waiting >= limits.maxWaitingEvents ||
        unsyncedBytes + buffer.bytes >= limits.maxUnsyncedBytes
      const length = state === 'open' && !full ? encode(event) : undefined
      if (length === undefined) {
        setImmediate(() => fail([done]))
        return
      }
      ids.push(event.id)
      lengths.push(length)
      if (durability === 'strict') strict.push(done)
      else buffered.push(done)
      if (flushPlanned) return
      flushPlanned = true
      setImmediate(flush)
    },
    get end() {
      return { ...written, ordinal: segment.header.ordinal, offset: segment.size }
    },
    syncedTo,
    health: () => ({
      state,
      trouble,
      appended,
      refused,
      synced: synced.seq - parts.start.seq,
      waiting: ids.length + written.seq - synced.seq,
      bytes,
    }),
    onWritten(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async close() {
      if (state === 'closed') return
      flush()
      for (;;) {
        if (state !== 'open' || written.seq === synced.seq) break
        await syncedTo(written.seq).catch(() => undefined)
      }
      stopTimer?.()
      stopTimer = undefined
      const lost = dropPending().concat(awaitingSync.splice(0))
      state = 'closed'
      fail(lost)
      disk.close(segment.fd)
      disk.close(watermarkFd)
    },
  }

  function encode(event: GatehouseEvent): number | undefined {
    try {
      return buffer.encode(JSON.stringify(event))
    } catch {
      return undefined // not JSON: refused like any other failure, the caller answers 503
    }
  }
}

/** Each is called, whatever the one before does; the first error is not lost. */
function callAll(dones: readonly Done[], failure: Error | undefined): void {
  for (const done of dones)
    try {
      done(failure)
    } catch (error) {
      setImmediate(() => {
        throw error
      })
    }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
