/**
 * Makes durable what the embedded store was given and did not sync: one fdatasync of SQLite's write-ahead log, by a thread of libuv, for everybody
 * who asks while it waits. The writer goes on meanwhile. No lock of SQLite is on this file, so that to open it beside SQLite takes none away.
 */
import { close, fdatasync, openSync } from 'node:fs'

export type SyncFile = (fd: number, done: (error: Error | null) => void) => void
export interface LogSync {
  /** What was written before is durable when it resolves. Rejects with what the disk said; what was written before may then be lost at any time. */
  sync(): Promise<void>
  close(): void
}

/** After the database was opened: it has its log for as long as it is open. */
export function logSync(database: string, syncFile: SyncFile = fdatasync): LogSync {
  const fd = openSync(`${database}-wal`, 'r')
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined
  let open = true

  const once = (): Promise<void> =>
    new Promise((resolve, reject) =>
      syncFile(fd, (error) => (error === null ? resolve() : reject(error))),
    )
  function start(): Promise<void> {
    const begun = once().finally(() => {
      if (running === begun) running = undefined
      letGo()
    })
    running = begun
    return begun
  }
  /** One that runs began perhaps before what is asked about was written, so it is no answer. */
  function sync(): Promise<void> {
    if (running === undefined) return start()
    next ??= running
      .catch(() => undefined)
      .then(() => {
        next = undefined
        return start()
      })
    return next
  }
  function letGo(): void {
    if (open || running !== undefined || next !== undefined) return
    close(fd, () => undefined)
  }
  return {
    sync,
    close() {
      open = false
      letGo()
    },
  }
}
