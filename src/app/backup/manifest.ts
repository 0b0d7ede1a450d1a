/** What a backup says of itself: every file with its digest. It is written last, so that what has one is whole. */
import { createHmac, hash, timingSafeEqual } from 'node:crypto'
import { GatehouseError } from '../../lib/index.ts'

export const MANIFEST = 'manifest.json'
const FORMAT = 1

export interface BackupFile {
  /** Within the backup, with slashes. */
  readonly path: string
  readonly bytes: number
  /** Hex. */
  readonly sha256: string
}

export interface Manifest {
  readonly format: number
  /** Milliseconds since the epoch. */
  readonly at: number
  /** Version of Gatehouse that made it. */
  readonly version: string
  readonly store: 'sqlite' | 'postgres' | null
  /** Last event of the spool, and its hash: what was recorded by then can be proved. */
  readonly spool: { readonly lastSeq: number; readonly head: string } | null
  readonly files: readonly BackupFile[]
  /** Names and digests of the keys that it needs and does not hold. */
  readonly keys: readonly { readonly name: string; readonly sha256: string }[]
}

/** With the keys at hand the text carries a MAC: digests alone can be computed again by whoever alters a file. */
export function manifestText(manifest: Manifest, macKey: Uint8Array | undefined): string {
  const body = JSON.stringify(manifest)
  const mac = macKey === undefined ? null : macOf(macKey, body)
  return fileText({ manifest, sha256: hash('sha256', body), mac })
}

const fileText = (value: unknown): string => `${JSON.stringify(value)}\n`

/** @throws GH_BACKUP_DAMAGED, GH_BACKUP_NEWER */
export function readManifest(text: string): {
  readonly manifest: Manifest
  /** False when the MAC is not of this key. */
  readonly sealedBy: (macKey: Uint8Array) => boolean
} {
  let read: unknown
  try {
    read = JSON.parse(text)
  } catch {
    return refuse('the manifest is not JSON')
  }
  if (!isRecord(read) || !isRecord(read['manifest'])) return refuse('the manifest is not one')
  const { manifest, sha256, mac } = read
  // Before the digest: a newer format may digest in another way.
  if (typeof manifest['format'] === 'number' && manifest['format'] > FORMAT)
    throw new GatehouseError('GH_BACKUP_NEWER', `format ${manifest['format']}`)
  const body = JSON.stringify(manifest)
  if (hash('sha256', body) !== sha256 || fileText({ manifest, sha256, mac }) !== text)
    return refuse('the manifest was changed')
  if (!isManifest(manifest)) return refuse('the manifest is not whole')
  return {
    manifest,
    sealedBy: (macKey) => {
      const wanted = Buffer.from(macOf(macKey, body))
      const given = Buffer.from(typeof mac === 'string' ? mac : '')
      return wanted.length === given.length && timingSafeEqual(wanted, given)
    },
  }
}

function macOf(key: Uint8Array, body: string): string {
  return createHmac('sha256', key).update(`gatehouse backup manifest\0${body}`).digest('hex')
}

/** Names of our own files only: no way out of the folder, nothing hidden, nothing odd. */
const PATH = /^(?:[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}\/){0,6}[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}$/
const HEX = /^[0-9a-f]{64}$/

function isManifest(value: Readonly<Record<string, unknown>>): value is Manifest & typeof value {
  const { format, at, version, store, spool, files, keys } = value
  return (
    format === FORMAT &&
    Number.isSafeInteger(at) &&
    typeof version === 'string' &&
    (store === null || store === 'sqlite' || store === 'postgres') &&
    (spool === null || (isRecord(spool) && Number.isSafeInteger(spool['lastSeq']))) &&
    Array.isArray(files) &&
    files.every(isFile) &&
    new Set(files.map(({ path }) => path)).size === files.length &&
    Array.isArray(keys) &&
    keys.every(isKey)
  )
}

function isFile(value: unknown): value is BackupFile {
  return (
    isRecord(value) &&
    typeof value['path'] === 'string' &&
    PATH.test(value['path']) &&
    value['path'] !== MANIFEST &&
    Number.isSafeInteger(value['bytes']) &&
    typeof value['sha256'] === 'string' &&
    HEX.test(value['sha256'])
  )
}

function isKey(value: unknown): boolean {
  return (
    isRecord(value) &&
    typeof value['name'] === 'string' &&
    /^[a-z][a-z0-9-]{0,60}\.key$/.test(value['name']) &&
    typeof value['sha256'] === 'string' &&
    HEX.test(value['sha256'])
  )
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function refuse(why: string): never {
  throw new GatehouseError('GH_BACKUP_DAMAGED', why)
}
