/**
 * A backup becomes an installation again. Order: *manifest → no file missing, added or changed → keys → copy aside → store and spool checked →
 * a notice in the spool → rename*. Until the last step the folder has another name, so `up` finds nothing of it.
 */
import { createReadStream, readFileSync } from 'node:fs'
import { mkdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises'
import { randomUUID } from 'node:crypto'
import { basename, dirname, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import type { GatehouseConfig } from '../../config/index.ts'
import { openSpool } from '../../events/index.ts'
import { GatehouseError } from '../../lib/index.ts'
import { restorePostgresStore, verifySqliteStore } from '../../store/index.ts'
import { MIGRATIONS } from '../open-store.ts'
import { erasureText, parseErasures, writeErasures } from '../persons/erasure-log.ts'
import { pseudonymKey } from '../persons/key-files.ts'
import { readSecret } from '../secrets.ts'
import { systemScheduler } from '../system-ports.ts'
import { copyInto, digestOf, filesBelow, makeDurable, refuseTaken, sync } from './files.ts'
import { keyDigest, type Keys, macKeyOf, readKeys } from './keys-file.ts'
import { type Manifest, MANIFEST, readManifest } from './manifest.ts'

export interface RestoreOptions {
  readonly from: string
  readonly to: string
  /** The file that was made with the backup, or `new`: what only the old keys can read stays unreadable for ever. */
  readonly keys:
    | { readonly file: string; readonly passphrase?: string | undefined }
    | 'new'
    | undefined
  /** `erasures.jsonl` as it was last known: keys that were destroyed after the backup stay destroyed. */
  readonly erasures?: string | undefined
  /** For a backup of a PostgreSQL store: the empty database it goes to. */
  readonly store: GatehouseConfig['store']
  readonly now: number
  readonly progress?: ((done: number, total: number) => void) | undefined
}

/** @throws GH_BACKUP_*, GH_STORE_*, GH_EVENTS_SPOOL_CORRUPT; then the target is as it was, and so is a database */
export async function restoreBackup(options: RestoreOptions): Promise<Manifest> {
  const { from, to, now, progress } = options
  const target = resolve(to)
  await refuseTaken(target)
  const { manifest, sealedBy } = readManifest(await manifestOf(from))
  const keys = keysFor(manifest, options.keys)
  const macKey = keys === undefined ? undefined : macKeyOf(keys)
  if (macKey !== undefined && !sealedBy(macKey))
    throw new GatehouseError('GH_BACKUP_DAMAGED', 'the manifest was not made with these keys')
  await refuseStrangers(from, manifest)

  const partial = join(dirname(target), `.${basename(target)}.partial-${process.pid}`)
  try {
    await rm(partial, { recursive: true, force: true })
    await mkdir(partial, { recursive: true, mode: 0o700 })
    for (const [at, file] of manifest.files.entries()) {
      await copyInto(from, partial, file.path)
      // What was copied is what is looked at: the backup may change under our hands.
      const copied = await digestOf(partial, file.path)
      if (copied.sha256 !== file.sha256 || copied.bytes !== file.bytes)
        throw new GatehouseError('GH_BACKUP_DAMAGED', `${file.path} was changed`)
      progress?.(at + 1, manifest.files.length)
    }
    for (const [name, text] of keys ?? [])
      await writeFile(join(partial, name), text, { mode: 0o600 })
    if (options.erasures !== undefined) applyErasures(partial, options.erasures)
    if (keys !== undefined) pseudonymKey(partial, noNewKey) // destroys again what the log says
    await checkParts(partial, manifest, now)
    await restoreStore(partial, manifest, options.store)
    await makeDurable(partial)
    await rmdir(target).catch(() => undefined) // an empty folder, or nothing
    await rename(partial, target)
    await sync(dirname(target))
    return manifest
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
}

/** The longer of two logs, if it continues the other: any other was changed, or is of another installation. */
function applyErasures(dir: string, file: string): void {
  const given = readFileSync(file, 'utf8')
  const known = erasureText(dir)
  parseErasures(given, file)
  if (!given.startsWith(known) && !known.startsWith(given))
    throw new GatehouseError('GH_BACKUP_DAMAGED', `${file} does not continue the log of the backup`)
  if (given.length > known.length) writeErasures(dir, given)
}

function noNewKey(): never {
  throw new GatehouseError('GH_BACKUP_KEYS', 'a key is missing')
}

async function manifestOf(from: string): Promise<string> {
  try {
    return await readFile(join(from, MANIFEST), 'utf8')
  } catch {
    throw new GatehouseError('GH_BACKUP_DAMAGED', `${join(from, MANIFEST)} cannot be read`)
  }
}

function keysFor(manifest: Manifest, given: RestoreOptions['keys']): Keys | undefined {
  if (manifest.keys.length === 0 || given === 'new') return undefined
  const names = manifest.keys.map(({ name }) => name).join(', ')
  if (given === undefined) throw new GatehouseError('GH_BACKUP_KEYS', `it needs ${names}`)
  const keys = readKeys(given.file, given.passphrase)
  for (const { name, sha256 } of manifest.keys) {
    const text = keys.get(name)
    if (text === undefined || keyDigest(text) !== sha256)
      throw new GatehouseError('GH_BACKUP_KEYS', `${given.file} holds another ${name}`)
  }
  return new Map(manifest.keys.map(({ name }) => [name, keys.get(name) ?? '']))
}

async function refuseStrangers(from: string, manifest: Manifest): Promise<void> {
  const { files, others } = await filesBelow(from)
  const known = new Set([MANIFEST, ...manifest.files.map(({ path }) => path)])
  const stranger = [...others, ...files].find((path) => !known.has(path))
  if (stranger !== undefined)
    throw new GatehouseError('GH_BACKUP_DAMAGED', `${stranger} does not belong to it`)
  const there = new Set(files)
  const missing = [...known].find((path) => !there.has(path))
  if (missing !== undefined) throw new GatehouseError('GH_BACKUP_DAMAGED', `${missing} is missing`)
}

/** Right digests of wrong files would help nobody; the spool also gets a line that says where it comes from. */
async function checkParts(dir: string, manifest: Manifest, now: number): Promise<void> {
  if (manifest.store === 'sqlite') {
    const { findings } = verifySqliteStore(join(dir, 'store', 'gatehouse.db'), MIGRATIONS)
    const [first] = findings
    if (first !== undefined) throw new GatehouseError(first.code, `${first.where}: ${first.what}`)
  }
  if (manifest.spool === null) return
  const spool = await openSpool({ dir: join(dir, 'spool'), scheduler: systemScheduler })
  try {
    if (spool.lastSeq !== manifest.spool.lastSeq)
      throw new GatehouseError('GH_BACKUP_DAMAGED', 'the spool ends elsewhere')
    const detail = `restored from a backup of ${new Date(manifest.at).toISOString()}`
    await new Promise<void>((resolve, reject) =>
      spool.append(
        {
          v: 1,
          kind: 'notice',
          id: randomUUID(),
          at: now,
          what: 'finding',
          api: null,
          code: null,
          detail,
        },
        'strict',
        (failure) => (failure === undefined ? resolve() : reject(failure)),
      ),
    )
  } finally {
    await spool.close()
  }
}

/** Opened when the first line is asked for: an interface that nobody reads yet loses its lines. */
async function* linesOf(file: string): AsyncGenerator<string, void, undefined> {
  yield* createInterface({ input: createReadStream(file), crlfDelay: Infinity })
}

async function restoreStore(
  dir: string,
  manifest: Manifest,
  store: GatehouseConfig['store'],
): Promise<void> {
  if (manifest.store !== 'postgres') return
  if (store === null)
    throw new GatehouseError(
      'GH_BACKUP_TARGET',
      'its store is PostgreSQL: name the configuration that says where (--config)',
    )
  const file = join(dir, 'store', 'postgres.jsonl')
  await restorePostgresStore(readSecret(store.postgres.url), MIGRATIONS, linesOf(file))
  await rm(join(dir, 'store'), { recursive: true })
}
