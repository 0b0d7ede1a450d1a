/** The few calls by which the spool writes, as a port: tests make them fail the way disks do. */
import * as fs from 'node:fs'

export interface Disk {
  open(path: string, flags: 'wx' | 'r+'): number
  /** Bytes written, which may be fewer than asked. */
  write(fd: number, buffers: readonly Buffer[], position: number): number
  fdatasync(fd: number, done: (error: Error | null) => void): void
  fdatasyncNow(fd: number): void
  truncate(fd: number, length: number): void
  close(fd: number): void
  rename(from: string, to: string): void
  remove(path: string): void
  /** Makes names in the folder durable. */
  syncFolder(path: string): void
  /** Identity of the file at `path`; `undefined` when there is none. */
  identity(path: string): number | undefined
}

export const nodeDisk: Disk = {
  open: (path, flags) => fs.openSync(path, flags, 0o600),
  write(fd, buffers, position) {
    const [first] = buffers
    if (buffers.length === 1 && first !== undefined)
      return fs.writeSync(fd, first, 0, first.length, position)
    return fs.writevSync(fd, buffers, position)
  },
  fdatasync: (fd, done) => fs.fdatasync(fd, done),
  fdatasyncNow: (fd) => fs.fdatasyncSync(fd),
  truncate: (fd, length) => fs.ftruncateSync(fd, length),
  close: (fd) => fs.closeSync(fd),
  rename: (from, to) => fs.renameSync(from, to),
  remove: (path) => fs.rmSync(path, { force: true }),
  syncFolder(path) {
    const fd = fs.openSync(path, 'r')
    try {
      fs.fsyncSync(fd)
    } finally {
      fs.closeSync(fd)
    }
  },
  identity: (path) => fs.statSync(path, { throwIfNoEntry: false })?.ino,
}

/** Writes all of it or throws; a short write goes on where it stopped. */
export function writeAll(
  disk: Disk,
  fd: number,
  buffers: readonly Buffer[],
  position: number,
): void {
  let left = buffers
  let at = position
  while (left.length > 0) {
    let written = disk.write(fd, left, at)
    if (written <= 0) throw new Error('the disk took no byte')
    at += written
    const rest: Buffer[] = []
    for (const buffer of left) {
      if (written < buffer.length) rest.push(written > 0 ? buffer.subarray(written) : buffer)
      written = Math.max(0, written - buffer.length)
    }
    left = rest
  }
}
