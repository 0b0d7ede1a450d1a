/** Which plan was in force from when: one line per change, only ever added to. Posture of a past day begins here. */
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'

export interface Activation {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly digest: string
}

const fileOf = (dataDir: string): string => join(dataDir, 'history', 'activations.jsonl')

/** Oldest first. A line that a crash cut is passed over. */
export function readActivations(dataDir: string): readonly Activation[] {
  try {
    return readFileSync(fileOf(dataDir), 'utf8').split('\n').flatMap(activationOf)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}

/** Durable when it returns; says nothing when that plan is the last one already. */
export function recordActivation(dataDir: string, { at, digest }: Activation): void {
  if (readActivations(dataDir).at(-1)?.digest === digest) return
  mkdirSync(join(dataDir, 'history'), { recursive: true, mode: 0o700 })
  const fd = openSync(fileOf(dataDir), 'a', 0o600)
  try {
    // Begins with a line end: what a crash left of an earlier line stays a line of its own.
    writeSync(fd, `\n${JSON.stringify({ at, digest })}`)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

function activationOf(line: string): Activation[] {
  const match = /^\{"at":(\d{1,15}),"digest":"(sha256:[0-9a-f]{64})"\}$/.exec(line)
  return match === null ? [] : [{ at: Number(match[1]), digest: match[2] ?? '' }]
}
