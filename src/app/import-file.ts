import { readFileSync, statSync } from 'node:fs'
import { type ImportResult, importSpec, MAX_SPEC_BYTES } from '../inventory/index.ts'
import { type Diagnostic, GatehouseError } from '../lib/index.ts'
import { linearRegex } from './linear-regex.ts'

/** What makes specifications unusable; what can be refused at run time is no mistake of theirs. */
export function unusableSpecs(paths: readonly string[]): readonly Diagnostic[] {
  return paths.flatMap((path) => {
    try {
      const { spec, diagnostics } = importFile(path)
      return spec === undefined ? diagnostics : []
    } catch (error) {
      if (!(error instanceof GatehouseError)) throw error
      return [
        { code: error.code, message: error.message, place: { file: path, line: 1, column: 1 } },
      ]
    }
  })
}

/** One specification from the disk. @throws GH_INVENTORY_UNREADABLE when the file cannot be read or is larger than 10 MiB */
export function importFile(path: string, shown = path): ImportResult {
  let text: Uint8Array
  try {
    if (statSync(path).size > MAX_SPEC_BYTES) throw new Error(`larger than ${MAX_SPEC_BYTES} bytes`)
    text = readFileSync(path)
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
    throw new GatehouseError(
      'GH_INVENTORY_UNREADABLE',
      `${shown}: ${missing ? 'there is no such file' : String(cause)}`,
      { cause },
    )
  }
  return importSpec({ file: shown, text, regex: linearRegex })
}
