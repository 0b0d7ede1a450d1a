/**
 * One writer per spool. The lock is the kernel's (an SQLite database that nobody writes, opened and held exclusively): it ends with
 * the process that holds it, so there is no stale lock to judge. `store` has the same few lines; the two may differ later.
 * INVARIANT: nobody in this process opens the lock file by other means: closing any descriptor of it would drop a POSIX lock.
 */
import { DatabaseSync } from 'node:sqlite'
import { GatehouseError } from '../lib/index.ts'

/** Held by another; anything else is trouble with the disk. */
const SQLITE_BUSY = 5

/** Takes the lock at once or not at all; the function returned gives it back. @throws GH_EVENTS_SPOOL_LOCKED, GH_EVENTS_SPOOL_FAILED */
export function lockSpool(file: string): () => void {
  const db = new DatabaseSync(file, { timeout: 0 })
  try {
    db.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
  } catch (cause) {
    db.close()
    if (!(cause instanceof Error && 'errcode' in cause && cause.errcode === SQLITE_BUSY))
      throw new GatehouseError('GH_EVENTS_SPOOL_FAILED', `${file} cannot be locked`, { cause })
    throw new GatehouseError('GH_EVENTS_SPOOL_LOCKED', `${file} is held already`, { cause })
  }
  return () => {
    if (db.isOpen) db.close()
  }
}
