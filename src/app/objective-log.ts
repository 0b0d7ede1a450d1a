/**
 * Which objective was in force from when, and who approved it: one line per version and API, only ever added to (DORA art. 6(8) asks for
 * risk tolerance and objectives in the strategy; that they can be shown for any day is our reading, unchecked). Written when an instance
 * starts with an objective, or an approval, that differs from the last line.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Objective } from '../objectives/index.ts'

export interface ObjectiveEntry {
  /** When it came into force; milliseconds since the epoch. */
  readonly at: number
  readonly objective: Objective
}

export interface ObjectiveLog {
  /** Durable when it returns. True if there was something new to say. */
  record(objective: Objective, at: number): boolean
  /** Oldest first. */
  history(api: string): readonly ObjectiveEntry[]
}

export function objectiveLog(dataDir: string): ObjectiveLog {
  const dir = join(dataDir, 'objectives')
  // Names of APIs are plain words (the configuration checks them), so they make plain file names.
  const fileOf = (api: string): string => join(dir, `${api}.jsonl`)

  const history = (api: string): readonly ObjectiveEntry[] => {
    let text: string
    try {
      text = readFileSync(fileOf(api), 'utf8')
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
      throw error
    }
    return text.split('\n').flatMap(entryOf)
  }

  return {
    history,
    record(objective, at) {
      const last = history(objective.api).at(-1)?.objective
      if (last !== undefined && same(last, objective)) return false
      mkdirSync(dir, { recursive: true, mode: 0o700 })
      const fd = openSync(fileOf(objective.api), 'a', 0o600)
      try {
        // Begins with a line end: what a crash left of an earlier line stays a line of its own, and is passed over.
        writeSync(fd, `\n${JSON.stringify({ at, objective })}`)
        fsyncSync(fd)
      } finally {
        closeSync(fd)
      }
      return true
    },
  }
}

function same(a: Objective, b: Objective): boolean {
  return (
    a.version === b.version &&
    a.approval?.by === b.approval?.by &&
    a.approval?.on === b.approval?.on
  )
}

function entryOf(line: string): ObjectiveEntry[] {
  if (line === '') return []
  try {
    return [JSON.parse(line) as ObjectiveEntry] // sound: only `record` writes this file
  } catch {
    return []
  }
}
