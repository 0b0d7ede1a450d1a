/** When an installation was last copied whole, kept in its own data directory for `gatehouse doctor`. A copy does not take it along. */
import { join } from 'node:path'
import { readIfThere, replaceWhole } from '../private-file.ts'

export interface LastBackup {
  /** Milliseconds since the epoch. */
  readonly at: number
  /** Where it went, as it was named then. */
  readonly to: string
  /** Whether the keys were written too, apart from it. */
  readonly keys: boolean
}

export const LAST_BACKUP = 'last-backup.json'

/** Durable when it returns. */
export function rememberBackup(dataDir: string, { at, to, keys }: LastBackup): void {
  replaceWhole(join(dataDir, LAST_BACKUP), `${JSON.stringify({ v: 1, at, to, keys })}\n`)
}

/** `undefined`: none that anybody knows of. */
export function lastBackup(dataDir: string): LastBackup | undefined {
  const text = readIfThere(join(dataDir, LAST_BACKUP))
  if (text === undefined) return undefined
  try {
    const read = JSON.parse(text) as Partial<Record<string, unknown>> | null // sound: members are looked at
    const { at, to, keys } = read ?? {}
    return typeof at === 'number' && typeof to === 'string' && typeof keys === 'boolean'
      ? { at, to, keys }
      : undefined
  } catch {
    return undefined
  }
}
