/** The data directory: whose it is, on what it lies, how much room there is, how long a sync takes. */
import {
  closeSync,
  existsSync,
  fdatasyncSync,
  openSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { remoteFileSystemOf } from '../../store/index.ts'
import { ailing, type Diagnosis, type DoctorParts, healthy } from './diagnosis.ts'

const FAIL_FREE_BYTES = 512 * 2 ** 20
const WARN_FREE_BYTES = 5 * 2 ** 30
const SYNCS = 20
const SYNC_BYTES = 4096
/** A payment waits for two of these. */
const SLOW_SYNC_MS = 25

/** The directory, or where it would be made. */
function place({ assembly }: DoctorParts): string {
  let dir = assembly.config.dataDir
  while (!existsSync(dir) && dirname(dir) !== dir) dir = dirname(dir)
  return dir
}

export function permissions(parts: DoctorParts): Diagnosis {
  const { dataDir } = parts.assembly.config
  if (!existsSync(dataDir))
    return healthy('data directory', `${dataDir} is made at the first start`)
  const { mode, uid } = statSync(dataDir)
  const user = process.getuid?.()
  const evidence = `${dataDir}, mode ${(mode & 0o777).toString(8).padStart(4, '0')}, owner ${uid}`
  if (user !== undefined && uid !== user)
    return ailing('data directory', 'fail', evidence, `It must belong to this user (${user}).`)
  if ((mode & 0o077) !== 0)
    return ailing('data directory', 'fail', evidence, `Close it to others: chmod 700 ${dataDir}`)
  const key = join(dataDir, 'pseudonym.key')
  if (existsSync(key) && (statSync(key).mode & 0o077) !== 0)
    return ailing('data directory', 'fail', `${key} is open to others`, `chmod 600 ${key}`)
  return healthy('data directory', evidence)
}

export async function fileSystem(parts: DoctorParts): Promise<Diagnosis> {
  const dir = place(parts)
  const remote = await remoteFileSystemOf(dir)
  if (remote === undefined) return healthy('file system', `${dir} is on a local disk`)
  const mend = 'Put dataDir on a local disk: locks and syncs cannot be relied on there.'
  return ailing('file system', 'fail', `${dir} is on ${remote}`, mend)
}

export async function freeSpace(parts: DoctorParts): Promise<Diagnosis> {
  const { bavail, bsize } = await statfs(place(parts))
  const free = bavail * bsize
  const evidence = `${(free / 2 ** 30).toFixed(1)} GiB are free`
  const mend = 'Make room, or shorten retention: without it every strict operation answers 503.'
  if (free < FAIL_FREE_BYTES) return ailing('free space', 'fail', evidence, mend)
  return free < WARN_FREE_BYTES
    ? ailing('free space', 'warn', evidence, mend)
    : healthy('free space', evidence)
}

/** Measured, in a file of its own that goes again. */
export function syncLatency(parts: DoctorParts): Diagnosis {
  const file = join(place(parts), `.gatehouse-doctor-${process.pid}`)
  const fd = openSync(file, 'wx', 0o600)
  const times: number[] = []
  try {
    const bytes = Buffer.alloc(SYNC_BYTES, 0x2e)
    for (let i = 0; i < SYNCS; i++) {
      const startedAt = performance.now()
      writeSync(fd, bytes)
      fdatasyncSync(fd)
      times.push(performance.now() - startedAt)
    }
  } finally {
    closeSync(fd)
    rmSync(file, { force: true })
  }
  times.sort((a, b) => a - b)
  const at = (share: number): number => times[Math.floor((times.length - 1) * share)] ?? 0
  const evidence = `write and sync of ${SYNC_BYTES} bytes: p50 ${at(0.5).toFixed(2)} ms, p95 ${at(0.95).toFixed(2)} ms`
  return at(0.5) <= SLOW_SYNC_MS
    ? healthy('disk sync', evidence)
    : ailing(
        'disk sync',
        'warn',
        evidence,
        'A faster disk: a strict operation waits for two syncs.',
      )
}
