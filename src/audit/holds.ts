/**
 * Holds: somebody needs the past kept (litigation, an inquiry), until a day, for a reason. While one is in force nothing is deleted. One
 * file per hold, never deleted, so that it can be shown later why data outlived its time. A file that cannot be read holds: whoever
 * cannot say until when must not be taken for nobody.
 */
import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { GatehouseError, nearest } from '../lib/index.ts'

export interface Hold {
  readonly id: string
  /** Milliseconds since the epoch; it ends by itself. */
  readonly until: number
  readonly reason: string
  readonly by: string
  readonly at: number
  readonly released: { readonly at: number; readonly by: string; readonly reason: string } | null
}

export const MIN_REASON_CHARACTERS = 10
const MAX_REASON_CHARACTERS = 500
/** Longer is a decision to be made again. */
const MAX_HOLD_MS = 3655 * 86_400_000
const ID = /^hold-[0-9a-f]{8}$/

const folderOf = (dataDir: string): string => join(dataDir, 'holds')
const fileOf = (dataDir: string, id: string): string => join(folderOf(dataDir), `${id}.json`)

/** All there ever were, oldest first. One that cannot be read is in force for ever. */
export function readHolds(dataDir: string): readonly Hold[] {
  const names = namesIn(folderOf(dataDir)).filter((name) => name.endsWith('.json'))
  return names
    .map((name) => readHold(dataDir, name.slice(0, -'.json'.length)))
    .sort((a, b) => a.at - b.at)
}

export function inForce(hold: Hold, now: number): boolean {
  return hold.released === null && now < hold.until
}

/** One that is in force once it is kept. @throws GH_AUDIT_HOLD_INVALID */
export function newHold(given: Pick<Hold, 'until' | 'reason' | 'by'>, now: number): Hold {
  const reason = checkedReason(given.reason)
  if (!(given.until > now)) throw new GatehouseError('GH_AUDIT_HOLD_INVALID', 'until is not ahead')
  if (given.until - now > MAX_HOLD_MS)
    throw new GatehouseError('GH_AUDIT_HOLD_INVALID', 'until is more than ten years ahead')
  const id = `hold-${randomUUID().slice(0, 8)}`
  return { id, until: given.until, reason, by: given.by, at: now, released: null }
}

/** One with its end, which counts once it is kept. @throws GH_AUDIT_HOLD_INVALID (there is no such hold, or it is in force no more) */
export function releasedHold(
  dataDir: string,
  id: string,
  given: { readonly by: string; readonly reason: string },
  now: number,
): Hold {
  const holds = readHolds(dataDir)
  const hold = holds.find((one) => one.id === id)
  if (hold === undefined) {
    const near = nearest(
      id,
      holds.map((one) => one.id),
    )
    const hint = near === undefined ? '' : `; did you mean ${near}?`
    throw new GatehouseError('GH_AUDIT_HOLD_INVALID', `there is no hold ${id.slice(0, 40)}${hint}`)
  }
  if (!inForce(hold, now)) throw new GatehouseError('GH_AUDIT_HOLD_INVALID', `${id} has ended`)
  return { ...hold, released: { at: now, by: given.by, reason: checkedReason(given.reason) } }
}

function checkedReason(text: string): string {
  const reason = text.trim()
  if (reason.length < MIN_REASON_CHARACTERS || reason.length > MAX_REASON_CHARACTERS)
    throw new GatehouseError(
      'GH_AUDIT_HOLD_INVALID',
      `a reason has ${MIN_REASON_CHARACTERS} to ${MAX_REASON_CHARACTERS} characters`,
    )
  return reason
}

/** All of it or nothing, whenever the process dies; durable when it returns. */
export function keepHold(dataDir: string, hold: Hold): void {
  mkdirSync(folderOf(dataDir), { recursive: true, mode: 0o700 })
  const file = fileOf(dataDir, hold.id)
  writeFileSync(`${file}.new`, `${JSON.stringify(hold)}\n`, { mode: 0o600, flush: true })
  renameSync(`${file}.new`, file)
}

function readHold(dataDir: string, id: string): Hold {
  const unreadable: Hold = {
    id,
    until: Infinity,
    reason: 'its file cannot be read, so it holds',
    by: '',
    at: 0,
    released: null,
  }
  try {
    const found: unknown = JSON.parse(readFileSync(fileOf(dataDir, id), 'utf8'))
    return ID.test(id) && isHold(found) && found.id === id ? found : unreadable
  } catch {
    return unreadable
  }
}

function isHold(value: unknown): value is Hold {
  if (typeof value !== 'object' || value === null) return false
  const { until, reason, by, at, released } = value as Record<string, unknown> // sound: an object of unknowns
  const ended =
    released === null ||
    (typeof released === 'object' && 'at' in (released ?? {}) && 'reason' in (released ?? {}))
  return (
    [until, at].every(Number.isSafeInteger) &&
    [reason, by].every((one) => typeof one === 'string') &&
    ended
  )
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}
