/** What the spool's tests share: small events, appends as promises, and a disk that fails on demand. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import {
  type Disk,
  type NoticeEvent,
  nodeDisk,
  openSpool,
  type Spool,
  type SpoolOptions,
} from '../../src/events/index.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

export function notice(id: string, detail = 'a test'): NoticeEvent {
  return { v: 1, kind: 'notice', id, at: 1, what: 'finding', api: null, code: null, detail }
}

export function append(
  spool: Spool,
  id: string,
  durability: 'strict' | 'buffered' = 'strict',
  detail?: string,
): Promise<void> {
  return new Promise((resolve, reject) =>
    spool.append(notice(id, detail), durability, (failure) =>
      failure === undefined ? resolve() : reject(failure),
    ),
  )
}

export interface TestSpool {
  readonly spool: Spool
  readonly dir: string
  readonly clock: FakeClock
}

export async function open(
  t: TestContext,
  options: Partial<SpoolOptions> = {},
): Promise<TestSpool> {
  const dir = options.dir ?? join(temporaryFolder(t), 'spool')
  const clock = new FakeClock()
  // Time that a test moves by hand must not outrun a real disk: who tests the waiting says how long it is.
  const limits = { answerWithinMs: 1e9, ...options.limits }
  const spool = await openSpool({ create: true, scheduler: clock, ...options, limits, dir })
  t.after(() => spool.close())
  return { spool, dir, clock }
}

/** A closed spool of `count` events named `e1`, `e2`, … */
export async function filled(
  t: TestContext,
  count: number,
  options: Partial<SpoolOptions> = {},
): Promise<string> {
  const { spool, dir } = await open(t, options)
  for (let i = 1; i <= count; i++) await append(spool, `e${i}`)
  await spool.close()
  return dir
}

export function segmentsOf(dir: string): string[] {
  return readdirSync(dir)
    .filter((name) => name.endsWith('.seg'))
    .sort()
    .map((name) => join(dir, name))
}

export async function idsOf(spool: Spool): Promise<string[]> {
  const consumer = await spool.consumer('all')
  return (await consumer.read(1_000_000)).map((stored) => stored.event.id)
}

/** Resolves when it is so, in a few turns of the loop: what the spool does by itself takes real calls. */
export async function soon(condition: () => boolean): Promise<void> {
  const until = performance.now() + 5_000
  while (!condition()) {
    if (performance.now() > until) throw new Error('it never came to be')
    await new Promise<void>((resolve) => setImmediate(resolve))
  }
}

export interface FailingDisk extends Disk {
  /** The next calls of this kind fail with the code; `short` writes half and then fails. */
  fail: Partial<Record<keyof Disk | 'short', string>>
}

/** The real disk, until told to fail. */
export function failingDisk(): FailingDisk {
  const disk: FailingDisk = { ...nodeDisk, fail: {} }
  const failure = (kind: keyof Disk): Error | undefined => {
    const code = disk.fail[kind]
    return code === undefined ? undefined : Object.assign(new Error(`${code}: ${kind}`), { code })
  }
  const check = (kind: keyof Disk): Promise<void> => {
    const error = failure(kind)
    return error === undefined ? Promise.resolve() : Promise.reject(error)
  }
  disk.open = (path, flags) => check('open').then(() => nodeDisk.open(path, flags))
  disk.write = (fd, buffers, position, blocking, done) => {
    const error = failure('write')
    if (error !== undefined) return later(blocking, () => done(error, 0))
    const [first] = buffers
    if (disk.fail.short !== undefined && first !== undefined && first.length > 1) {
      disk.fail.write = disk.fail.short
      delete disk.fail.short
      const half = first.subarray(0, first.length >> 1)
      return nodeDisk.write(fd, [half], position, blocking, done)
    }
    nodeDisk.write(fd, buffers, position, blocking, done)
  }
  disk.fdatasync = (fd, done) => {
    const error = failure('fdatasync')
    if (error === undefined) nodeDisk.fdatasync(fd, done)
    else setImmediate(() => done(error))
  }
  disk.truncate = (fd, length) => check('truncate').then(() => nodeDisk.truncate(fd, length))
  return disk
}

/** A blocking call is done before it returns, any other one in a later turn. */
export function later(blocking: boolean, done: () => void): void {
  if (blocking) done()
  else setImmediate(done)
}
