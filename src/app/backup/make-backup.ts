/**
 * A copy of an installation while it runs. Order: *offsets of consumers → store → everything else → spool → digests → manifest → rename*. What a
 * consumer has counted is in the store's copy; what the store knows of events is in the spool's. Until the last step the copy is called
 * `.NAME.partial-PID` and has no manifest, so nothing takes half of it for a backup.
 */
import { createWriteStream, existsSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { GatehouseConfig } from '../../config/index.ts'
import { snapshotOffsets, snapshotSpool } from '../../events/index.ts'
import { GatehouseError } from '../../lib/index.ts'
import { copyPostgresStore, copySqliteStore } from '../../store/index.ts'
import { readSecret } from '../secrets.ts'
import { version } from '../version.ts'
import { copyInto, digestOf, filesBelow, makeDurable, refuseTaken, sync } from './files.ts'
import { keyDigest, type Keys, keysOf, macKeyOf, writeKeys } from './keys-file.ts'
import { LAST_BACKUP, type LastBackup, rememberBackup } from './last-backup.ts'
import { type Manifest, MANIFEST, manifestText } from './manifest.ts'

export interface BackupOptions {
  readonly to: string
  /** Where the keys go; `undefined`: nowhere. */
  readonly keysFile?: string | undefined
  /** Seals that file. */
  readonly passphrase?: string | undefined
  readonly now: number
  readonly progress?: ((done: number, total: number) => void) | undefined
}

/** Derived again when it is missing, or of the running process alone. */
const LEFT_OUT = new Set(['index', 'cache', 'control.sock', LAST_BACKUP])
const COPIED_APART = new Set(['store', 'spool'])
/** Files may be replaced or retired while they are copied. */
const ATTEMPTS = 3

/** @throws GH_BACKUP_TARGET, GH_STORE_*, GH_EVENTS_*; then nothing of the copy remains */
export async function makeBackup(
  config: Pick<GatehouseConfig, 'dataDir' | 'store'>,
  { to, keysFile, passphrase, now, progress }: BackupOptions,
): Promise<Manifest> {
  const target = resolve(to)
  await refuseTaken(target)
  if (keysFile !== undefined) refuseInside(target, resolve(keysFile))
  const partial = join(dirname(target), `.${basename(target)}.partial-${process.pid}`)
  try {
    for (let attempt = 1; ; attempt++)
      try {
        await rm(partial, { recursive: true, force: true })
        await mkdir(partial, { recursive: true, mode: 0o700 })
        const manifest = await copyAll(config, partial, now, progress)
        const keys = keysOf(config.dataDir)
        await writeFile(join(partial, MANIFEST), manifestText(manifest, macKeyOf(keys)), {
          mode: 0o600,
        })
        await makeDurable(partial)
        if (keysFile !== undefined) writeKeys(resolve(keysFile), keys, passphrase)
        await rename(partial, target)
        await sync(dirname(target))
        remember(config.dataDir, { at: now, to: target, keys: keysFile !== undefined })
        return manifest
      } catch (error) {
        if (attempt === ATTEMPTS || !isGone(error)) throw error
      }
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
}

/** The copy is whole whatever becomes of this: on a full disk the doctor goes on speaking of an older one. */
function remember(dataDir: string, last: LastBackup): void {
  try {
    rememberBackup(dataDir, last)
  } catch {
    // said above
  }
}

async function copyAll(
  { dataDir, store }: Pick<GatehouseConfig, 'dataDir' | 'store'>,
  to: string,
  now: number,
  progress: BackupOptions['progress'],
): Promise<Manifest> {
  const spoolDir = join(dataDir, 'spool')
  const hasSpool = existsSync(join(spoolDir, 'spool.json'))
  if (hasSpool) await snapshotOffsets(spoolDir, join(to, 'spool'))
  const kind = await copyStore(dataDir, store, to)
  for (const path of (await filesBelow(dataDir)).files) {
    const [top = ''] = path.split('/')
    if (LEFT_OUT.has(top) || COPIED_APART.has(top) || isPassing(path)) continue
    await copyInto(dataDir, to, path)
  }
  const report = hasSpool ? await snapshotSpool(spoolDir, join(to, 'spool')) : undefined

  const { files } = await filesBelow(to)
  const digested = []
  for (const [at, path] of files.entries()) {
    digested.push(await digestOf(to, path))
    progress?.(at + 1, files.length)
  }
  const keys: Keys = keysOf(dataDir)
  return {
    format: 1,
    at: now,
    version,
    store: kind,
    spool: report === undefined ? null : { lastSeq: report.lastSeq, head: report.head },
    files: digested,
    keys: [...keys].map(([name, text]) => ({ name, sha256: keyDigest(text) })),
  }
}

async function copyStore(
  dataDir: string,
  store: GatehouseConfig['store'],
  to: string,
): Promise<Manifest['store']> {
  const folder = join(to, 'store')
  if (store !== null) {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const lines = copyPostgresStore(readSecret(store.postgres.url))
    await pipeline(lines, createWriteStream(join(folder, 'postgres.jsonl'), { mode: 0o600 }))
    return 'postgres'
  }
  const database = join(dataDir, 'store', 'gatehouse.db')
  if (!existsSync(database)) return null
  await mkdir(folder, { recursive: true, mode: 0o700 })
  copySqliteStore(database, join(folder, 'gatehouse.db'))
  return 'sqlite'
}

/** Keys go apart; locks, sockets and files that are just being made go nowhere. */
function isPassing(path: string): boolean {
  return /\.(?:key|lock|sock|new|\d+)$|\.lock-|(?:^|\/)\./.test(path)
}

function refuseInside(target: string, keysFile: string): void {
  if (!relative(target, keysFile).startsWith('..'))
    throw new GatehouseError('GH_BACKUP_KEYS', 'the keys do not belong into the backup')
  if (existsSync(keysFile)) throw new GatehouseError('GH_BACKUP_TARGET', keysFile)
}

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
