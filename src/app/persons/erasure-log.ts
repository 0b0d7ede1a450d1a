/**
 * What was destroyed, when, by whom and why: `erasures.jsonl`, only ever added to, each line with the hash of the one before it. It names
 * places of keys, no person; with `pseudonym.key` it can be shown of a given person that theirs is gone. Keep a copy outside: an older
 * backup needs it, so that no key comes back.
 */
import { hash } from 'node:crypto'
import { closeSync, fsyncSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { GatehouseError } from '../../lib/index.ts'

export interface Erasure {
  readonly at: number
  /** Of the person, and of each consent. */
  readonly places: readonly string[]
  /** Keyed hashes by which elements of the person stand in the store; absent: of an installation without. */
  readonly names?: readonly string[]
  /** Who asked for it, and why; in the words of an operator. */
  readonly by: string
  readonly reason: string
}

const FILE = 'erasures.jsonl'
const NONE = '0'.repeat(64)

/** Oldest first. @throws GH_STORE_CORRUPT with the line that was changed */
export function readErasures(dataDir: string): readonly Erasure[] {
  return parseErasures(erasureText(dataDir), FILE)
}

/** @throws GH_STORE_CORRUPT */
export function parseErasures(text: string, name: string): readonly Erasure[] {
  let previous = NONE
  // A line that a crash cut has no line end: nothing was destroyed yet when it was written.
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .slice(0, -1)
    .map((line, at) => {
      const read = entryOf(line)
      if (read?.previous !== previous)
        throw new GatehouseError('GH_STORE_CORRUPT', `${name}:${at + 1} was changed`)
      previous = hash('sha256', line)
      return read.erasure
    })
}

/** Durable when it returns. */
export function appendErasure(dataDir: string, erasure: Erasure): void {
  const text = erasureText(dataDir)
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  const last = whole.trimEnd().split('\n').at(-1) ?? ''
  const previous = last === '' ? NONE : hash('sha256', last)
  const line = Buffer.from(`${JSON.stringify({ v: 1, previous, ...erasure })}\n`)
  const fd = openSync(join(dataDir, FILE), 'a+', 0o600)
  closeSync(fd)
  const file = openSync(join(dataDir, FILE), 'r+')
  try {
    writeSync(file, line, 0, line.length, Buffer.byteLength(whole)) // over what a crash cut
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** The log as a text; empty when there is none. */
export function erasureText(dataDir: string): string {
  try {
    return readFileSync(join(dataDir, FILE), 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw error
  }
}

/** For a restored installation: the log that was last known. */
export function writeErasures(dataDir: string, text: string): void {
  writeFileSync(join(dataDir, FILE), text, { mode: 0o600, flush: true })
}

function entryOf(
  line: string,
): { readonly previous: string; readonly erasure: Erasure } | undefined {
  try {
    const read = JSON.parse(line) as Partial<Record<string, unknown>> // sound: members are looked at
    const { v, previous, at, places, names = [], by, reason } = read
    if (v !== 1 || typeof previous !== 'string' || typeof at !== 'number') return undefined
    if (typeof by !== 'string' || typeof reason !== 'string' || !Array.isArray(places))
      return undefined
    const known = places.filter(
      (place): place is string => typeof place === 'string' && /^[0-9a-f]{16}$/.test(place),
    )
    if (known.length !== places.length || !Array.isArray(names)) return undefined
    const hashes = names.filter(
      (name): name is string => typeof name === 'string' && /^[A-Za-z0-9_-]{43}$/.test(name),
    )
    if (hashes.length !== names.length) return undefined
    const of = hashes.length === 0 ? {} : { names: hashes }
    return { previous, erasure: { at, places: known, ...of, by, reason } }
  } catch {
    return undefined
  }
}
