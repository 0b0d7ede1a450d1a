/** The real disk, of which calls do not return until they are let go. */
import { type Disk, nodeDisk } from '../../src/events/index.ts'

export interface HangingDisk extends Disk {
  /** Calls of these kinds are kept from now on. */
  readonly hang: Set<keyof Disk>
  /** How many are kept. */
  readonly kept: number
  /** Lets all go, and keeps none of the next. */
  release(): void
}

export function hangingDisk(): HangingDisk {
  const hang = new Set<keyof Disk>()
  let kept: (() => void)[] = []
  const gate = (kind: keyof Disk): Promise<void> =>
    hang.has(kind) ? new Promise((resolve) => kept.push(resolve)) : Promise.resolve()
  return {
    hang,
    get kept() {
      return kept.length
    },
    release() {
      hang.clear()
      const all = kept
      kept = []
      for (const go of all) go()
    },
    open: (path, flags) => gate('open').then(() => nodeDisk.open(path, flags)),
    write(fd, buffers, position, blocking, done) {
      // What blocks cannot be kept without keeping the whole process: `blocking` is for a disk that answers.
      if (blocking || !hang.has('write')) nodeDisk.write(fd, buffers, position, blocking, done)
      else kept.push(() => nodeDisk.write(fd, buffers, position, blocking, done))
    },
    fdatasync(fd, done) {
      if (hang.has('fdatasync')) kept.push(() => nodeDisk.fdatasync(fd, done))
      else nodeDisk.fdatasync(fd, done)
    },
    truncate: (fd, length) => gate('truncate').then(() => nodeDisk.truncate(fd, length)),
    close: nodeDisk.close,
    rename: (from, to) => gate('rename').then(() => nodeDisk.rename(from, to)),
    remove: (path) => gate('remove').then(() => nodeDisk.remove(path)),
    syncFolder: (path) => gate('syncFolder').then(() => nodeDisk.syncFolder(path)),
    identity: nodeDisk.identity,
  }
}
