/** The writing side for the command line: validated, whole or not at all, private to its owner. The gateway sees it at its next look. */
import { hash } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Diagnostic, JsonObject, Result } from '../lib/index.ts'
import { isRecordFile } from './folder-watch.ts'
import { FOLDERS, MAX_FILE_BYTES, RECORD_KINDS, type RecordKind } from './record-format.ts'
import { readRecord } from './read-record.ts'
import { recordSet } from './record-set.ts'

export interface ListedRecord {
  readonly kind: RecordKind
  /** Id of a client or consent; as a `RevocationRecord` has it. */
  readonly key: string
  readonly file: string
  /** As the feed carries it: times are milliseconds. */
  readonly record: JsonObject
}
export interface RecordList {
  readonly records: readonly ListedRecord[]
  readonly diagnostics: readonly Diagnostic[]
}

/** What would count now, without a running gateway. @throws the system's error when `dir` cannot be read */
export async function listRecords(dir: string): Promise<RecordList> {
  await readdir(dir)
  const records: ListedRecord[] = []
  const diagnostics: Diagnostic[] = []
  for (const kind of RECORD_KINDS) {
    const { set, keys } = await readKind(dir, kind)
    diagnostics.push(...set.diagnostics())
    for (const key of keys) {
      const record = set.get(key)
      const [file] = set.holders(key)
      if (record !== undefined && file !== undefined) records.push({ kind, key, file, record })
    }
  }
  return { records, diagnostics }
}

/**
 * Writes a record in the form of its file format, over the file that holds its id or else into a new one; gives that file. Nothing is written
 * when the record is not valid, or two files claim its id. Durable when it resolves.
 */
export async function putRecord(
  dir: string,
  kind: RecordKind,
  record: JsonObject,
): Promise<Result<string, readonly Diagnostic[]>> {
  const text = `${JSON.stringify(record, undefined, 2)}\n`
  const read = readRecord(kind, `(${kind})`, Buffer.from(text))
  const [entry] = read.entries
  if (read.diagnostics.length > 0 || entry === undefined)
    return { ok: false, error: read.diagnostics }

  await readdir(dir) // a wrong path is an error, not a new feed
  const folder = join(dir, FOLDERS[kind])
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const { set } = await readKind(dir, kind)
  const holders = set.holders(entry.key)
  if (holders.length > 1) return { ok: false, error: set.diagnostics() }
  const file = holders[0] ?? join(folder, await freeName(folder, entry.key))
  await replace(file, text)
  return { ok: true, value: file }
}

/** Ends what `key` of a `RevocationRecord` names, `at` milliseconds since the epoch. */
export async function revoke(
  dir: string,
  key: string,
  reason: string,
  at: number,
): Promise<Result<string, readonly Diagnostic[]>> {
  const colon = key.indexOf(':')
  const [kind, id] = [key.slice(0, Math.max(0, colon)), key.slice(colon + 1)]
  return putRecord(dir, 'revocation', { [kind]: id, at: new Date(at).toISOString(), reason })
}

async function readKind(dir: string, kind: RecordKind) {
  const folder = join(dir, FOLDERS[kind])
  const set = recordSet(kind)
  const keys = new Set<string>()
  const names = await readdir(folder).catch((error: unknown) => {
    if ((error as { code?: unknown }).code === 'ENOENT') return [] // sound: only a member is looked at
    throw error
  })
  for (const name of names.filter(isRecordFile).sort()) {
    const file = join(folder, name)
    const stats = await stat(file)
    const tooLarge = stats.size > MAX_FILE_BYTES
    const bytes =
      stats.isFile() && !tooLarge
        ? await readFile(file)
        : new Uint8Array(tooLarge ? MAX_FILE_BYTES + 1 : 0)
    for (const key of set.put(file, readRecord(kind, file, bytes))) keys.add(key)
  }
  return { set, keys }
}

/** The id where it makes a plain file name, else a digest of it; never a name that is taken. */
async function freeName(folder: string, key: string): Promise<string> {
  const taken = new Set((await readdir(folder)).map((name) => name.toLowerCase()))
  const plain = `${key.replace(':', '-')}.json`
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.json$/.test(plain) && !taken.has(plain.toLowerCase()))
    return plain
  const digest = hash('sha256', key).slice(0, 32)
  for (let n = 0; ; n++) {
    const name = n === 0 ? `${digest}.json` : `${digest}-${n}.json`
    if (!taken.has(name)) return name
  }
}

/** *write aside → sync → rename → sync the folder*; the name aside is one that no look reads. */
async function replace(file: string, text: string): Promise<void> {
  const aside = `${file}.new`
  await rm(aside, { force: true })
  const handle = await open(aside, 'wx', 0o600)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(aside, file)
  const folder = await open(join(file, '..'), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
