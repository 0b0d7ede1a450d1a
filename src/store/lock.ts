/**
 * One process per data directory. The lock is the kernel's (an SQLite database that nobody ever writes, opened and held exclusively),
 * so it ends with the process that holds it however that process dies: there is no stale lock to judge and no pid to mistake.
 * INVARIANT: nobody in this process opens the lock file by other means: closing any descriptor of it would drop a POSIX lock.
 */
import { DatabaseSync } from 'node:sqlite'
import { GatehouseError } from '../lib/index.ts'

export interface HeldLock {
  release(): void
}

/** Held by another; anything else is trouble with the disk. */
const SQLITE_BUSY = 5

/** Takes the lock at once or not at all. @throws GH_STORE_LOCKED, GH_STORE_FAILED */
export function holdLock(file: string): HeldLock {
  const db = new DatabaseSync(file, { timeout: 0 })
  try {
    db.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
  } catch (cause) {
    db.close()
    if (!(cause instanceof Error && 'errcode' in cause && cause.errcode === SQLITE_BUSY))
      throw new GatehouseError('GH_STORE_FAILED', `${file} cannot be locked`, { cause })
    throw new GatehouseError('GH_STORE_LOCKED', `${file} is held by another process`, { cause })
  }
  return {
    release: () => {
      if (db.isOpen) db.close()
    },
  }
}
