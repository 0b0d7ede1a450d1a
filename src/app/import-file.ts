import { readFileSync, statSync } from 'node:fs'
import { type ImportResult, importSpec } from '../inventory/index.ts'
import { GatehouseError } from '../lib/index.ts'
import { linearRegex } from './linear-regex.ts'

const MAX_SPEC_BYTES = 10 << 20

/** One specification from the disk. @throws GH_INVENTORY_UNREADABLE when the file cannot be read or is larger than 10 MiB */
export function importFile(path: string, shown = path): ImportResult {
  let text: string
  try {
    if (statSync(path).size > MAX_SPEC_BYTES) throw new Error(`larger than ${MAX_SPEC_BYTES} bytes`)
    text = readFileSync(path, 'utf8')
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
