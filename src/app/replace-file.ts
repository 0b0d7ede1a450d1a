/** A file replaced whole or not at all: written beside it, synced, renamed over it. */
import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { GatehouseError } from '../lib/index.ts'

/** @throws GH_CLI_FILE_CHANGED when the file does not hold `before` any more; nothing is written then */
export function replaceFile(file: string, before: string, after: string, unique: string): void {
  const beside = join(dirname(file), `.gatehouse-${unique}.tmp`)
  const handle = openSync(beside, 'wx', statSync(file).mode & 0o777)
  try {
    try {
      writeSync(handle, after)
      fsyncSync(handle)
    } finally {
      closeSync(handle)
    }
    // As late as can be: between this look and the rename there is nothing that waits.
    if (readFileSync(file, 'utf8') !== before) throw new GatehouseError('GH_CLI_FILE_CHANGED', file)
    renameSync(beside, file)
  } catch (error) {
    rmSync(beside, { force: true })
    throw error
  }
  const folder = openSync(dirname(file), 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}
