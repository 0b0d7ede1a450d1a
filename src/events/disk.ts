/**
 * The few calls by which the spool writes, as a port: tests make them fail, and hang, the way disks do. Nothing but `write` with
 * `blocking` and what needs no device (`close`, `identity`) holds up the event loop: a disk that hangs must not hang the answers.
 */
import * as fs from 'node:fs'
import * as fsp from 'node:fs/promises'

/** `written` is the number of bytes, which may be fewer than asked. */
export type Written = (error: Error | null, written: number) => void

export interface Disk {
  open(path: string, flags: 'wx' | 'r+'): Promise<number>
  /** With `blocking`, `done` is called before `write` returns. */
  write(
    fd: number,
    buffers: readonly Buffer[],
    position: number,
    blocking: boolean,
    done: Written,
  ): void
  fdatasync(fd: number, done: (error: Error | null) => void): void
  truncate(fd: number, length: number): Promise<void>
  close(fd: number): void
  rename(from: string, to: string): Promise<void>
  remove(path: string): Promise<void>
  /** Makes names in the folder durable. */
  syncFolder(path: string): Promise<void>
  /** Identity of the file at `path`; `undefined` when there is none. */
  identity(path: string): number | undefined
}

export const nodeDisk: Disk = {
  open: (path, flags) =>
    new Promise((resolve, reject) =>
      fs.open(path, flags, 0o600, (error, fd) => (error === null ? resolve(fd) : reject(error))),
    ),
  write(fd, buffers, position, blocking, done) {
    const [first] = buffers
    const single = buffers.length === 1 ? first : undefined
    if (!blocking) {
      if (single !== undefined) fs.write(fd, single, 0, single.length, position, done)
      else fs.writev(fd, buffers, position, done)
      return
    }
    let written = 0
    try {
      written =
        single === undefined
          ? fs.writevSync(fd, buffers, position)
          : fs.writeSync(fd, single, 0, single.length, position)
    } catch (error) {
      return done(asError(error), 0)
    }
    done(null, written)
  },
  fdatasync: (fd, done) => fs.fdatasync(fd, done),
  truncate: (fd, length) =>
    new Promise((resolve, reject) =>
      fs.ftruncate(fd, length, (error) => (error === null ? resolve() : reject(error))),
    ),
  close: (fd) => fs.closeSync(fd),
  rename: (from, to) => fsp.rename(from, to),
  remove: (path) => fsp.rm(path, { force: true }),
  async syncFolder(path) {
    const folder = await fsp.open(path, 'r')
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
  },
  identity: (path) => fs.statSync(path, { throwIfNoEntry: false })?.ino,
}

/** Writes all of it or tells the failure; a short write goes on where it stopped. `done` is called once. */
export function writeAll(
  disk: Disk,
  fd: number,
  buffers: readonly Buffer[],
  position: number,
  blocking: boolean,
  done: (error: Error | null) => void,
): void {
  disk.write(fd, buffers, position, blocking, (error, written) => {
    if (error !== null) return done(error)
    if (written <= 0) return done(new Error('the disk took no byte'))
    const rest = restOf(buffers, written)
    if (rest.length === 0) done(null)
    else writeAll(disk, fd, rest, position + written, blocking, done)
  })
}

/** As `writeAll`, for what is not on the way of a request. */
export function writeWhole(
  disk: Disk,
  fd: number,
  buffers: readonly Buffer[],
  position: number,
): Promise<void> {
  return settled((done) => writeAll(disk, fd, buffers, position, false, done))
}

export function syncData(disk: Disk, fd: number): Promise<void> {
  return settled((done) => disk.fdatasync(fd, done))
}

function settled(run: (done: (error: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) =>
    run((error) => (error === null ? resolve() : reject(error))),
  )
}

function restOf(buffers: readonly Buffer[], written: number): readonly Buffer[] {
  let skip = written
  const rest: Buffer[] = []
  for (const buffer of buffers) {
    if (skip < buffer.length) rest.push(skip > 0 ? buffer.subarray(skip) : buffer)
    skip = Math.max(0, skip - buffer.length)
  }
  return rest
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}
