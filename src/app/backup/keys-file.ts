/**
 * The keys of an installation (`*.key` in its folder) in one file, mode 0600, apart from the backup: who holds only the backup reads no
 * person in it, who holds both reads all. Keep the two in different places.
 */
import { hash } from 'node:crypto'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { GatehouseError } from '../../lib/index.ts'

export type Keys = ReadonlyMap<string, string>

const NAME = /^[a-z][a-z0-9-]{0,60}\.key$/
const MAX_KEYS_BYTES = 64 << 20

export function keysOf(dataDir: string): Keys {
  const names = readdirSync(dataDir).filter((name) => NAME.test(name))
  return new Map(names.sort().map((name) => [name, readFileSync(join(dataDir, name), 'utf8')]))
}

export const keyDigest = (text: string): string => hash('sha256', `gatehouse key\0${text}`)

/** Key of the manifest's MAC, from all of them. */
export function macKeyOf(keys: Keys): Uint8Array | undefined {
  if (keys.size === 0) return undefined
  return hash('sha256', JSON.stringify(['gatehouse backup', ...keys]), 'buffer')
}

/** Never over a file that is there. */
export function writeKeys(file: string, keys: Keys): void {
  const text = JSON.stringify({ gatehouseKeys: 1, keys: Object.fromEntries(keys) })
  writeFileSync(file, `${text}\n`, { mode: 0o600, flag: 'wx', flush: true })
}

/** @throws GH_BACKUP_KEYS (no such file, not one of ours, or open to others) */
export function readKeys(file: string): Keys {
  try {
    const { mode, size } = statSync(file)
    if ((mode & 0o077) !== 0) return refuse(`${file} may be read by others: chmod 600`)
    if (size > MAX_KEYS_BYTES) return refuse(`${file} is too large`)
    const read: unknown = JSON.parse(readFileSync(file, 'utf8'))
    if (typeof read !== 'object' || read === null || !('keys' in read)) return refuse(file)
    const pairs = Object.entries(read.keys as Readonly<Record<string, unknown>>) // sound: entries of whatever it is
    const keys = new Map<string, string>()
    for (const [name, text] of pairs) {
      if (!NAME.test(name) || typeof text !== 'string') return refuse(file)
      keys.set(name, text)
    }
    return keys
  } catch (error) {
    if (error instanceof GatehouseError) throw error
    return refuse(`${file} cannot be read`)
  }
}

function refuse(why: string): never {
  throw new GatehouseError('GH_BACKUP_KEYS', why)
}
