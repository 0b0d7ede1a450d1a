/**
 * The writer of one partition. Events are encoded and chained as they come; all of one turn of the loop are written by one call at its
 * end; `buffered` ones are answered then, `strict` ones after the fdatasync that covers them, while the next batch gathers.
 *
 * Order: *encode → write → answer buffered → fdatasync → watermark → answer strict*. When a write fails, the tail is cut back and the
 * chain with it. When fdatasync fails the segment is suspect, for the kernel may have dropped its pages and will not say so twice: whatever was
 * not yet synced is written again from memory into a new segment on a fresh descriptor, and meanwhile every append is refused.
 *
 * A disk that does not answer is a disk that failed, as far as callers can tell: nobody waits longer than `answerWithinMs`, whoever was
 * refused is never answered again, and until the call returns new appends are refused at once. Calls run in libuv's threads, so the loop
 * goes on; the one exception is the write of a batch with nothing `strict` in it while the disk is known to answer (DESIGN §2: reads pay for
 * no thread switch; the kernel takes pages without asking the device, so a device that hangs shows in a sync first).
 */
import { GatehouseError, type Scheduler } from '../lib/index.ts'
import type { GatehouseEvent } from './access-event.ts'
import { type Disk, writeAll } from './disk.ts'
import { type ChainPoint, recordBuffer } from './record-buffer.ts'
import { hasVanished, makeSegment, nameInDoubt, type OpenSegment } from './segment-file.ts'
import type { SegmentList } from './segment-list.ts'
import { type Batch, type Done, emptyBatch, Waiting } from './waiting.ts'
import { encodeWatermark } from './watermark.ts'

export interface AppenderLimits {
  /** A segment past this size is followed by a new one. */
  readonly maxSegmentBytes: number
  /** Events not yet answered. */
  readonly maxWaitingEvents: number
  /** Bytes in memory because they are not synced yet. */
  readonly maxUnsyncedBytes: number
  /** A buffered event is synced within twice this time; a sync that takes as long as that refuses buffered events too. */
  readonly syncEveryMs: number
  /** Nobody waits longer for the disk. */
  readonly answerWithinMs: number
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

export interface SpoolHealth {
  /** `stalled`: a call to the disk has not returned in time; `failed`: no segment can be written. Both refuse events and end by themselves. */
  readonly state: 'open' | 'stalled' | 'failed' | 'closed'
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

/** A wait is judged this many times while it lasts. */
const TICKS = 9
const RETRY_MS = 1_000
/** How long closing waits for the disk. */
const CLOSE_MS = 5_000

export function startAppender(parts: AppenderParts): Appender {
  const { dir, disk, scheduler, segments, watermarkFd, limits } = parts
  const tickMs = limits.answerWithinMs / TICKS
  const promiseTicks = Math.ceil((2 * limits.syncEveryMs) / tickMs)
  const buffer = recordBuffer(parts.start)
  const listeners = new Set<() => void>()
  let segment = parts.segment
  let rotateAt = limits.maxSegmentBytes
  let state: 'open' | 'failed' | 'closed' = 'open'
  let trouble: string | null = null
  let appended = 0
  let refused = 0
  let bytes = 0

  /** Encoded, not yet given to the disk. */
  let pending = emptyBatch()
  let flushPlanned = false
  /** Given to the disk. INVARIANT: at most one write is under way, and none while the segment is being left for another (`changing`). */
  let writing: (Batch & { readonly head: ChainPoint }) | undefined
  let changing = false
  /** A new segment is tried for the first time: new events may wait for it. Later tries refuse them at once. */
  let mending = false

  /** INVARIANT: `unsynced` holds, in order, exactly the bytes of the records after `synced` up to `written`. */
  let written: ChainPoint = parts.start
  let synced: ChainPoint = parts.start
  let unsynced: Buffer[] = []
  let unsyncedBytes = 0
  const awaitingSync = new Waiting()
  const inSync = new Waiting()
  /** Number of the sync under way, 0 if none; one of another number is of a segment that was left, and tells nothing. */
  let syncing = 0
  let syncs = 0
  let stopTimer: (() => void) | undefined

  let now = 0
  let ticking = false
  let callSince = 0
  let syncSince = 0
  let stuck: 'no' | 'sync' | 'write' = 'no'
  let stepped: (() => void)[] = []

  function fail(...lists: readonly Waiting[]): void {
    const failure = new GatehouseError('GH_EVENTS_SPOOL_FAILED', trouble ?? undefined)
    const all = new Waiting()
    for (const list of lists) all.join(list)
    refused += all.count
    all.answer(failure)
  }

  /** Forgets every record after `point`; whoever waits for one is still to be told. */
  function drop(point: ChainPoint, lost: Waiting): void {
    lost.join(pending.buffered)
    lost.join(pending.strict)
    pending = emptyBatch()
    buffer.rewind(point)
  }

  /** As `drop`, with the write under way: nothing that it leaves behind counts. */
  function dropUnwritten(lost: Waiting): void {
    if (writing !== undefined) {
      lost.join(writing.buffered)
      lost.join(writing.strict)
    }
    drop(written, lost)
  }

  function flush(): void {
    flushPlanned = false
    if (pending.ids.length === 0 || writing !== undefined || changing || state !== 'open') return
    if (segment.size >= rotateAt) return rotate()
    // Only strict ones, and a sync is under way: they could not be answered sooner, so let more gather.
    if (syncing !== 0 && pending.buffered.count === 0) return
    const batch = { ...pending, head: buffer.head }
    const records = buffer.take()
    pending = emptyBatch()
    writing = batch
    callSince = now
    const blocking = batch.strict.count === 0 && (syncing === 0 || now === syncSince)
    if (!blocking) watch()
    writeAll(disk, segment.fd, records, segment.size, blocking, (error) => {
      writing = undefined
      if (state !== 'closed') wrote(batch, records, error)
      // What came meanwhile waited for this; after a blocking write it has a turn of its own.
      if (!blocking) flush()
      step()
    })
  }

  function wrote(
    batch: Batch & { readonly head: ChainPoint },
    records: readonly Buffer[],
    error: Error | null,
  ): void {
    if (stuck === 'write') stuck = 'no'
    if (state === 'failed') return startOver() // a sync failed meanwhile: the segment is suspect, and these records were refused
    if (error !== null) return cutBack(batch, error)
    let seq = written.seq
    for (let i = 0; i < batch.ids.length; i++) {
      parts.written(batch.ids[i] ?? '', ++seq, segment.header.ordinal, segment.size)
      segment.size += batch.lengths[i] ?? 0
      unsyncedBytes += batch.lengths[i] ?? 0
      bytes += batch.lengths[i] ?? 0
    }
    appended += batch.ids.length
    written = batch.head
    for (const record of records) unsynced.push(record)
    awaitingSync.join(batch.strict)
    if (awaitingSync.count > 0 || unsyncedBytes > limits.maxUnsyncedBytes / 4) startSync()
    else planSync()
    batch.buffered.answer(undefined)
    for (const listener of listeners) listener()
  }

  /** Cuts off what a failed write may have left; when that fails too, the segment cannot be trusted any more. */
  function cutBack(batch: Batch, error: Error): void {
    trouble = `${segment.path}: ${error.message}`
    const lost = new Waiting()
    lost.join(batch.buffered)
    lost.join(batch.strict)
    drop(written, lost)
    begin()
    const ended = (cut: boolean): void => {
      end()
      if (state === 'closed') return
      if (!cut || state === 'failed') startOver()
      else goOn()
    }
    disk.truncate(segment.fd, segment.size).then(
      () => ended(true),
      () => ended(false),
    )
    fail(lost)
  }

  function begin(): void {
    changing = true
    callSince = now
    watch()
  }

  function end(): void {
    changing = false
    if (stuck === 'write') stuck = 'no'
    step()
  }

  function step(): void {
    const waiting = stepped
    stepped = []
    for (const go of waiting) go()
  }

  function planSync(): void {
    if (syncing !== 0 || stopTimer !== undefined) return
    stopTimer = scheduler.after(limits.syncEveryMs, () => {
      stopTimer = undefined
      startSync()
    })
  }

  function startSync(): void {
    if (syncing !== 0 || state !== 'open') return
    stopTimer?.()
    stopTimer = undefined
    const mine = ++syncs
    syncing = mine
    syncSince = now
    const target = written
    const covered = unsynced.length
    const offset = segment.size
    inSync.join(awaitingSync)
    watch()
    disk.fdatasync(segment.fd, (error) => {
      if (syncing !== mine) return
      syncing = 0
      if (stuck === 'sync') stuck = 'no'
      // A record in a file that nobody finds is not recorded.
      const gone = error === null && hasVanished(disk, segment)
      if (state === 'closed') return step()
      if (error !== null || gone) {
        trouble = `${segment.path}: ${gone ? 'deleted or replaced under us' : error?.message}`
        const lost = new Waiting()
        lost.join(inSync)
        lost.join(awaitingSync)
        dropUnwritten(lost)
        state = 'failed'
        mending = true
        if (writing === undefined && !changing) startOver()
        fail(lost)
      } else {
        advance(target, covered, offset)
        inSync.answer(undefined)
        goOn()
      }
      step()
    })
  }

  function goOn(): void {
    flush()
    if (writing !== undefined || changing) return
    if (awaitingSync.count > 0) startSync()
    else if (unsynced.length > 0) planSync()
  }

  function advance(target: ChainPoint, covered: number, offset: number): void {
    synced = target
    for (const record of unsynced.splice(0, covered)) {
      unsyncedBytes -= record.length
      buffer.release(record)
    }
    const mark = { ...target, ordinal: segment.header.ordinal, offset }
    // If it fails, only a later repair knows less; the events themselves are synced. The disk has just answered: it may block.
    disk.write(watermarkFd, [encodeWatermark(mark)], 0, true, () => undefined)
  }

  /** Nothing is written meanwhile: the next segment may not exist before this one is whole on disk. */
  function rotate(): void {
    if (syncing !== 0) return // its end comes here again
    if (unsynced.length > 0) return startSync()
    begin()
    makeSegment(disk, dir, next(false)).then(
      (made) => {
        end()
        enter(made)
        goOn()
      },
      (error: unknown) => {
        end()
        trouble = `new segment: ${reasonOf(error)}`
        // Where the new one may have its name already, not another byte may go into the old one: it would be past its end.
        if (nameInDoubt(error)) return startOver()
        rotateAt = Infinity
        scheduler.after(RETRY_MS, () => (rotateAt = limits.maxSegmentBytes))
        goOn()
      },
    )
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
    if (state === 'closed') return disk.close(made.fd)
    const left = segment.fd
    segment = made
    syncing = 0
    segments.add(made.header)
    advance(written, unsynced.length, segment.size)
    try {
      disk.close(left)
    } catch {
      // It was synced or given up; nothing depends on it any more.
    }
  }

  /** Gives the segment up and writes what was not synced again, elsewhere; retried each second until it works. */
  function startOver(first = true): void {
    if (state === 'closed') return
    state = 'failed'
    mending = first
    stopTimer?.()
    stopTimer = undefined
    // A sync of the segment that is left tells nothing any more: who waits for it waits for the new one.
    syncing = 0
    awaitingSync.join(inSync)
    begin()
    makeSegment(disk, dir, next(true), unsynced).then(
      (made) => {
        end()
        enter(made)
        if (state === 'closed') return
        state = 'open'
        mending = false
        stuck = 'no'
        awaitingSync.answer(undefined)
        goOn()
      },
      (error: unknown) => {
        end()
        if (state === 'closed') return
        mending = false
        trouble = `new segment: ${reasonOf(error)}`
        const lost = new Waiting()
        lost.join(awaitingSync)
        drop(written, lost)
        stopTimer = scheduler.after(RETRY_MS, () => startOver(false))
        fail(lost)
      },
    )
  }

  /** While anything is under way, time is counted, and nobody waits past their time. */
  function watch(): void {
    if (ticking) return
    ticking = true
    scheduler.after(tickMs, tick)
  }

  function tick(): void {
    ticking = false
    now++
    if (state === 'closed') return
    const due = now - TICKS
    const calling = writing !== undefined || changing
    const strictSince = Math.min(
      inSync.since,
      awaitingSync.since,
      pending.strict.since,
      writing?.strict.since ?? Infinity,
    )
    const bufferedSince = Math.min(
      pending.buffered.since,
      writing?.buffered.since ?? Infinity,
      calling ? callSince : Infinity,
    )
    if (Math.min(strictSince, bufferedSince) <= due) stall(calling, bufferedSince <= due)
    step()
    if (calling || syncing !== 0 || Math.min(strictSince, bufferedSince) < Infinity) watch()
  }

  function stall(calling: boolean, bufferedToo: boolean): void {
    trouble = `${segment.path}: the disk does not answer`
    if (calling) stuck = 'write'
    else if (syncing !== 0) stuck = 'sync'
    const lost = new Waiting()
    lost.join(inSync)
    lost.join(awaitingSync)
    lost.join(pending.strict)
    if (writing !== undefined) lost.join(writing.strict)
    if (calling || bufferedToo) {
      // Those that the disk was given may yet be found there; these never.
      if (writing !== undefined) lost.join(writing.buffered)
      drop(writing?.head ?? written, lost)
    }
    fail(lost)
  }

  /** More may be said than was done, never less: what was refused may be on record, what was answered is. */
  function takes(durability: 'strict' | 'buffered'): boolean {
    if ((state !== 'open' && !mending) || stuck === 'write') return false
    if (
      durability === 'strict' ? stuck === 'sync' : syncing !== 0 && now - syncSince > promiseTicks
    )
      return false
    const waiting = pending.ids.length + (writing?.ids.length ?? 0)
    return (
      waiting + awaitingSync.count + inSync.count < limits.maxWaitingEvents &&
      unsyncedBytes + buffer.bytes < limits.maxUnsyncedBytes
    )
  }

  function refuse(done: Done): void {
    const one = new Waiting()
    one.add(done, now)
    setImmediate(() => fail(one))
  }

  function syncedTo(seq: number): Promise<void> {
    if (seq <= synced.seq) return Promise.resolve()
    if (state === 'closed') return Promise.reject(new GatehouseError('GH_EVENTS_SPOOL_FAILED'))
    return new Promise((resolve, reject) => {
      awaitingSync.add((failure) => (failure === undefined ? resolve() : reject(failure)), now)
      watch()
      if (!changing) startSync()
    })
  }

  return {
    append(event, durability, done) {
      const length = takes(durability) ? encode(event) : undefined
      if (length === undefined) return refuse(done)
      pending.ids.push(event.id)
      pending.lengths.push(length)
      pending[durability].add(done, now)
      // Behind a call that is under way, a batch waits in `pending`, and its time runs.
      if (!ticking && (changing || writing !== undefined || syncing !== 0)) watch()
      if (flushPlanned) return
      flushPlanned = true
      setImmediate(flush)
    },
    get end() {
      return { ...written, ordinal: segment.header.ordinal, offset: segment.size }
    },
    syncedTo,
    health: () => ({
      state: state === 'open' && stuck !== 'no' ? 'stalled' : state,
      trouble,
      appended,
      refused,
      synced: synced.seq - parts.start.seq,
      waiting: pending.ids.length + (writing?.ids.length ?? 0) + written.seq - synced.seq,
      bytes,
    }),
    onWritten(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async close() {
      if (state === 'closed') return
      flush()
      const until = now + CLOSE_MS / tickMs
      for (;;) {
        const busy = writing !== undefined || changing || syncing !== 0
        const open = state === 'open' && (pending.ids.length > 0 || written.seq !== synced.seq)
        if (now >= until || (!busy && !open)) break
        if (!busy) {
          rest()
          continue
        }
        await new Promise<void>((resolve) => stepped.push(resolve))
      }
      stopTimer?.()
      stopTimer = undefined
      const lost = new Waiting()
      dropUnwritten(lost)
      lost.join(awaitingSync)
      lost.join(inSync)
      state = 'closed'
      fail(lost)
      // A call that has not returned still has its descriptor: another file must not get that number.
      if (writing !== undefined || changing || syncing !== 0) return
      disk.close(segment.fd)
      disk.close(watermarkFd)
    },
  }

  /** Everything that was accepted, now. */
  function rest(): void {
    flush()
    if (writing === undefined && !changing) startSync()
  }

  function encode(event: GatehouseEvent): number | undefined {
    try {
      return buffer.encode(JSON.stringify(event))
    } catch {
      return undefined // not JSON: refused like any other failure, the caller answers 503
    }
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
