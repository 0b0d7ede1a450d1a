/**
 * Imports that were done before. An import is a pure function of the bytes and of this code: the key is the digest of the bytes with
 * the version of the importer, and what is kept is its whole result. Where it is kept, and that nobody changed it there, is for the
 * port to see to; an entry that does not read as a result counts as not there.
 */
import { createHash } from 'node:crypto'
import { type Diagnostic, isJsonObject, type JsonValue } from '../lib/index.ts'
import { type ImportResult, importSpec, type SpecSource } from './import-spec.ts'
import type { ImportedSpec, OperationRecord } from './records.ts'
import { emptyObject } from './source/source-document.ts'

/**
 * Goes up with every change of what an import gives for the same bytes; `test/inventory/importer-version.test.ts` sees that it does.
 */
export const IMPORTER_VERSION = 2

export interface ImportCache {
  /** What was kept under the key, whole and unchanged, or nothing. */
  read(key: string): string | undefined
  /** Keeps it if that can be done; a cache that cannot be written is a cache that misses. */
  keep(key: string, result: string): void
}

/** The same as `importSpec`, sooner where the bytes were imported before. */
export function importCached(source: SpecSource, cache: ImportCache): ImportResult {
  const key = `${IMPORTER_VERSION}-${createHash('sha256').update(source.text).digest('hex')}`
  const kept = cache.read(key)
  const known = kept === undefined ? undefined : revived(kept, source.file)
  if (known !== undefined) return known
  const result = importSpec(source)
  // What did not become a specification is mended and read again; its reasons are soon told anew.
  if (result.spec !== undefined) cache.keep(key, JSON.stringify(result.spec))
  return result
}

function revived(text: string, file: string): ImportResult | undefined {
  try {
    // sound: only `importCached` of this version writes what the port vouches for
    const spec = JSON.parse(text) as ImportedSpec
    const problems = spec.problems.map((one): Diagnostic => ({
      ...one,
      place: { ...one.place, file },
    }))
    return {
      spec: {
        ...spec,
        source: { ...spec.source, file },
        operations: spec.operations.map(withBareSecurity),
        problems,
        document: bare(spec.document),
      },
      diagnostics: problems,
    }
  } catch {
    return undefined
  }
}

/** Tables keyed by names from the file have no prototype, as the importer makes them. */
function withBareSecurity(operation: OperationRecord): OperationRecord {
  const { security } = operation
  if (security === null) return operation
  return {
    ...operation,
    security: security.map((needed) => Object.assign(Object.create(null), needed) as typeof needed), // sound: the same members
  }
}

function bare(value: JsonValue): JsonValue {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map(bare) // sound: an array of JSON values
  if (!isJsonObject(value)) return value
  const object = emptyObject()
  for (const name of Object.keys(value)) object[name] = bare(value[name] ?? null)
  return object
}
