/** Which record counts, over all files of a kind: the id inside decides, and an id claimed by two files is nobody's. */
import type { Diagnostic, JsonObject } from '../lib/index.ts'
import type { RecordKind } from './record-format.ts'
import type { Entry, ReadRecord } from './read-record.ts'

export interface RecordSet {
  /** Takes what a file holds now; `undefined`: the file is gone. Returns the keys whose record may have changed. */
  put(file: string, read: ReadRecord | undefined): ReadonlySet<string>
  /** The record that counts, or `undefined`. */
  get(key: string): JsonObject | undefined
  /** Files that hold the key. */
  holders(key: string): readonly string[]
  files(): IterableIterator<string>
  diagnostics(): Diagnostic[]
}

export function recordSet(kind: RecordKind): RecordSet {
  const byFile = new Map<string, ReadRecord>()
  const byKey = new Map<string, Map<string, Entry>>()

  return {
    put(file, read) {
      const before = byFile.get(file)
      const now = read === undefined ? undefined : withLastGood(read, before)
      const touched = new Set<string>()
      for (const { key } of before?.entries ?? []) {
        touched.add(key)
        const holders = byKey.get(key)
        holders?.delete(file)
        if (holders?.size === 0) byKey.delete(key)
      }
      for (const entry of now?.entries ?? []) {
        touched.add(entry.key)
        const holders = byKey.get(entry.key)
        if (holders === undefined) byKey.set(entry.key, new Map([[file, entry]]))
        else holders.set(file, entry)
      }
      if (now === undefined) byFile.delete(file)
      else byFile.set(file, now)
      return touched
    },
    get(key) {
      const holders = [...(byKey.get(key)?.values() ?? [])]
      // Saying twice that something is revoked is no contradiction.
      return holders.length === 1 || kind === 'revocation' ? holders[0]?.value : undefined
    },
    holders: (key) => [...(byKey.get(key)?.keys() ?? [])],
    files: () => byFile.keys(),
    diagnostics() {
      const found = [...byFile.values()].flatMap((read) => read.diagnostics)
      if (kind === 'revocation') return found
      for (const [key, holders] of byKey)
        if (holders.size > 1)
          for (const file of holders.keys()) found.push(twice(file, key, holders))
      return found
    },
  }

  /** A revocation that was in force stays so when its file is spoilt: only removing the file takes it back. */
  function withLastGood(read: ReadRecord, before: ReadRecord | undefined): ReadRecord {
    if (kind !== 'revocation' || read.entries.length > 0 || before === undefined) return read
    return { entries: before.entries, diagnostics: read.diagnostics }
  }
}

function twice(file: string, key: string, holders: ReadonlyMap<string, unknown>): Diagnostic {
  const others = [...holders.keys()].filter((other) => other !== file).join(', ')
  return {
    code: 'GH_FEED_RECORD_TWICE',
    message: `${JSON.stringify(key)} is also in ${others}; neither counts.`,
    place: { file, line: 1, column: 1 },
    pointer: '/id',
  }
}
