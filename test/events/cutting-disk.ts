/**
 * The real disk, and what a power cut would leave of it at any moment: of each file what was synced, and of the rest nothing, a part, all
 * of it or as many zeros; names that the folder was not synced for may be gone. Syncs cost nothing here.
 */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { type Disk, nodeDisk } from '../../src/events/index.ts'

export type Unsynced = 'nothing' | 'half' | 'all' | 'zeros'
export const UNSYNCED: readonly Unsynced[] = ['nothing', 'half', 'all', 'zeros']

interface FileState {
  readonly name: string
  readonly now: Buffer
  /** Content at the last sync, and whether the name is durable. */
  readonly synced: Buffer
  readonly named: boolean
}
/** The disk at one moment. */
export interface Moment {
  /** The call after which it was taken. */
  readonly call: keyof Disk
  readonly files: readonly FileState[]
}

export interface CuttingDisk extends Disk {
  /** Told after each call. */
  after: (call: keyof Disk) => void
  moment(call: keyof Disk): Moment
}

export function cuttingDisk(): CuttingDisk {
  const paths = new Map<number, string>()
  const synced = new Map<string, Buffer>()
  const named = new Set<string>()
  const pathOf = (fd: number): string => paths.get(fd) ?? ''

  const disk: CuttingDisk = {
    after: () => undefined,
    moment: (call) => ({
      call,
      files: [...synced.keys()].filter(existsSync).map((path) => ({
        name: basename(path),
        now: readFileSync(path),
        synced: synced.get(path) ?? Buffer.alloc(0),
        named: named.has(path),
      })),
    }),
    async open(path, flags) {
      const fd = await nodeDisk.open(path, flags)
      paths.set(fd, path)
      if (!synced.has(path)) synced.set(path, Buffer.alloc(0))
      // What is opened for change was there before.
      if (flags === 'r+') named.add(path)
      return told('open', fd)
    },
    write: (fd, buffers, position, blocking, done) =>
      nodeDisk.write(fd, buffers, position, blocking, (error, written) => {
        told('write', undefined)
        done(error, written)
      }),
    fdatasync(fd, done) {
      const before = readFileSync(pathOf(fd))
      // Two turns, so that others write meanwhile.
      setImmediate(() =>
        setImmediate(() => {
          synced.set(pathOf(fd), before)
          told('fdatasync', undefined)
          done(null)
        }),
      )
    },
    truncate: (fd, length) => nodeDisk.truncate(fd, length).then(() => told('truncate', undefined)),
    close: (fd) => told('close', nodeDisk.close(fd)),
    async rename(from, to) {
      await nodeDisk.rename(from, to)
      for (const [fd, path] of paths) if (path === from) paths.set(fd, to)
      synced.set(to, synced.get(from) ?? Buffer.alloc(0))
      synced.delete(from)
      told('rename', undefined)
    },
    remove: (path) => nodeDisk.remove(path).then(() => told('remove', undefined)),
    async syncFolder(path) {
      for (const file of synced.keys()) if (dirname(file) === path) named.add(file)
      told('syncFolder', undefined)
    },
    identity: nodeDisk.identity,
  }
  function told<R>(call: keyof Disk, result: R): R {
    disk.after(call)
    return result
  }
  return disk
}

/** What is left of bytes that were written and not synced. */
export type Leaves = (rest: Buffer) => Buffer

/** Makes `dir` what the power cut leaves of `moment`; everything that is not written through the port comes from `source`. */
export function restore(
  source: string,
  moment: Moment,
  dir: string,
  unsynced: Unsynced | Leaves,
): void {
  mkdirSync(join(dir, 'consumers'), { recursive: true })
  for (const name of readdirSync(source))
    if (name === 'spool.json') copyFileSync(join(source, name), join(dir, name))
  for (const { name, now, synced, named } of moment.files) {
    if (!named && unsynced === 'nothing') continue
    if (name === 'watermark') {
      // One sector: there as it was, or not yet.
      writeFileSync(join(dir, name), unsynced === 'nothing' ? synced : now)
      continue
    }
    const rest = now.subarray(synced.length)
    const left =
      typeof unsynced === 'function'
        ? unsynced(rest)
        : {
            nothing: Buffer.alloc(0),
            half: rest.subarray(0, rest.length >> 1),
            all: rest,
            zeros: Buffer.alloc(rest.length),
          }[unsynced]
    writeFileSync(join(dir, name), Buffer.concat([synced.subarray(0, now.length), left]))
  }
}
