/**
 * One folder of record files: which changed since the last look. `fs.watch` is only a hint (it misses what a network or a container mount does);
 * what counts is the look itself, by name, inode, size and times. A small folder is looked through whole each time. Of a large one, as long as
 * the watch works, only hinted files and new names are, and all of them every `SWEEP_EVERY` looks.
 */
import { type FSWatcher, readdirSync, statSync, watch } from 'node:fs'
import { join } from 'node:path'

const SMALL = 2000
const SWEEP_EVERY = 40
const MAX_FILES = 100_000
/** Files looked at before others get a turn of the loop. */
const SLICE = 250

export type FileLook =
  | {
      readonly kind: 'changed'
      readonly file: string
      readonly size: number
      readonly regular: boolean
    }
  | { readonly kind: 'gone'; readonly file: string }

export interface FolderWatch {
  /** What changed; `visit` answers false when the file is to be visited again. A folder that was never there is empty. @throws when the folder cannot be read, or vanished */
  look(now: number, visit: (look: FileLook) => boolean): Promise<void>
  close(): void
}

interface Seen {
  readonly ino: number
  readonly size: number
  readonly mtimeMs: number
  readonly ctimeMs: number
}

export function watchFolder(dir: string): FolderWatch {
  const seen = new Map<string, Seen>()
  const hinted = new Set<string>()
  /** Changed so lately that the clock of the file system may not tell the next change from it: looked at and read once more. */
  const fresh = new Set<string>()
  let watcher: FSWatcher | undefined
  let folder: { ino: number; mtimeMs: number } | undefined
  let relist = 0
  let looks = 0

  function listen(): void {
    try {
      watcher = watch(dir, { persistent: false }, (_event, name) => {
        if (name !== null && isRecordFile(name)) hinted.add(name)
      })
      watcher.on('error', unlisten)
    } catch {
      unlisten() // a hint less; the looks go on
    }
  }
  function unlisten(): void {
    watcher?.close()
    watcher = undefined
  }

  /** Names to look at now. A name can only come or go with a change of the folder's time, give or take its grain. */
  function candidates(): Iterable<string> {
    const stats = statSync(dir, { throwIfNoEntry: false })
    if (stats === undefined) {
      if (folder === undefined) return []
      throw new Error(`${dir} is gone`)
    }
    if (folder?.ino !== stats.ino) {
      unlisten()
      listen()
    }
    if (folder?.ino !== stats.ino || folder.mtimeMs !== stats.mtimeMs) relist = 3
    folder = { ino: stats.ino, mtimeMs: stats.mtimeMs }
    const sweep = watcher === undefined ? looks % 3 === 0 : looks % SWEEP_EVERY === 0
    looks++
    const hints = [...hinted]
    hinted.clear()
    if (relist > 0 || sweep) {
      if (relist > 0) relist--
      const names = readdirSync(dir).filter(isRecordFile)
      if (names.length > MAX_FILES) throw new Error(`${dir} holds more than ${MAX_FILES} files`)
      return new Set([...names, ...seen.keys()])
    }
    if (seen.size <= SMALL) return [...seen.keys()]
    return new Set([...hints, ...fresh])
  }

  function lookAt(name: string, now: number, visit: (look: FileLook) => boolean): void {
    const file = join(dir, name)
    const stats = statFile(file)
    const before = seen.get(name)
    if (stats === undefined) {
      seen.delete(name)
      fresh.delete(name)
      if (before !== undefined) visit({ kind: 'gone', file })
    } else if (before === undefined || fresh.has(name) || differs(before, stats)) {
      const { ino, size, mtimeMs, ctimeMs, regular } = stats
      seen.set(name, { ino, size, mtimeMs, ctimeMs })
      const late = Math.abs(now - ctimeMs) < 1000 && before?.ctimeMs !== ctimeMs
      if (!visit({ kind: 'changed', file, size, regular }) || late) fresh.add(name)
      else fresh.delete(name)
    }
  }

  return {
    async look(now, visit) {
      try {
        let count = 0
        for (const name of candidates()) {
          if (++count % SLICE === 0) await new Promise((resolve) => setImmediate(resolve))
          lookAt(name, now, visit)
        }
      } catch (error) {
        relist = 3 // hints may be lost with this look
        throw error
      }
    },
    close: unlisten,
  }
}

/** A link that leads in a circle is a mistake of that file, not of the folder. */
function statFile(file: string): (Seen & { readonly regular: boolean }) | undefined {
  try {
    const stats = statSync(file, { throwIfNoEntry: false })
    if (stats === undefined) return undefined
    const { ino, size, mtimeMs, ctimeMs } = stats
    return { ino, size, mtimeMs, ctimeMs, regular: stats.isFile() }
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ELOOP') throw error // sound: only a member is looked at
    return { ino: 0, size: 0, mtimeMs: 0, ctimeMs: 0, regular: false }
  }
}

function differs(before: Seen, now: Seen): boolean {
  return (
    before.ino !== now.ino ||
    before.size !== now.size ||
    before.mtimeMs !== now.mtimeMs ||
    before.ctimeMs !== now.ctimeMs
  )
}

/** Editors' and our own half-written files begin with a dot or end otherwise. */
export function isRecordFile(name: string): boolean {
  return name.endsWith('.json') && !name.startsWith('.')
}
