/**
 * Imports of specifications on disk, under `imports/` in the data directory: files of mode 0600, written whole or not at all. Each is
 * sealed with a key of this installation over its name and its content: one that is damaged, cut, of another installation or altered
 * by hand is no entry, and the next import replaces it. What is in here decides what the gateway lets through, so it is never
 * trusted further than that.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { ImportCache } from '../inventory/index.ts'

/** Entries kept; the one that was used longest ago goes first. */
export const MAX_IMPORTS = 64
/** Bytes of all of them together. */
export const MAX_IMPORT_BYTES = 512 * 1024 * 1024

const KEY_BYTES = 32
const SEAL_CHARS = 64
const ENTRY = /^[0-9]+-[0-9a-f]{64}$/

/** For an existing data directory; without one, with `create` it is made, otherwise nothing is kept. */
export function diskImportCache(
  dataDir: string,
  { create = false, maxEntries = MAX_IMPORTS, maxBytes = MAX_IMPORT_BYTES } = {},
): ImportCache {
  const dir = join(dataDir, 'imports')
  const isUsable = create || existsSync(dataDir)
  return {
    read(key) {
      if (!isUsable) return undefined
      try {
        const file = fileOf(dir, key)
        const bytes = readFileSync(file)
        const content = bytes.subarray(SEAL_CHARS + 1)
        const seal = Buffer.from(bytes.toString('latin1', 0, SEAL_CHARS), 'hex')
        const expected = sealOf(sealingKey(dir), key, content)
        if (seal.length !== expected.length || !timingSafeEqual(seal, expected)) return undefined
        const now = new Date()
        utimesSync(file, now, now)
        return content.toString('utf8')
      } catch {
        return undefined
      }
    },
    keep(key, result) {
      if (!isUsable) return
      try {
        mkdirSync(dir, { recursive: true, mode: 0o700 })
        const content = Buffer.from(result)
        if (content.length + SEAL_CHARS + 1 > maxBytes) return
        const seal = sealOf(sealingKey(dir), key, content).toString('hex')
        writeWhole(fileOf(dir, key), Buffer.concat([Buffer.from(`${seal}\n`), content]))
        makeRoom(dir, maxEntries, maxBytes)
      } catch {
        // A disk that is full or read-only costs the time of the next import, nothing else.
      }
    },
  }
}

function fileOf(dir: string, key: string): string {
  if (!ENTRY.test(key)) throw new TypeError('a key is a version and a digest')
  return join(dir, key)
}

function sealOf(key: Buffer, name: string, content: Buffer): Buffer {
  return createHmac('sha256', key).update(`${name}\n`).update(content).digest()
}

/** Made on the first use. One that is not whole is made anew: every entry is then as good as gone. */
function sealingKey(dir: string): Buffer {
  const file = join(dir, 'seal.key')
  try {
    const key = readFileSync(file)
    if (key.length === KEY_BYTES) return key
  } catch {
    // not there yet
  }
  writeWhole(file, randomBytes(KEY_BYTES))
  return readFileSync(file)
}

/** All of it or nothing, whenever the process dies. */
function writeWhole(file: string, bytes: Buffer): void {
  const temporary = `${file}.${process.pid}.part`
  writeFileSync(temporary, bytes, { mode: 0o600, flush: true })
  chmodSync(temporary, 0o600)
  renameSync(temporary, file)
}

/** Takes away what a process that died left behind, and the entries used longest ago. */
function makeRoom(dir: string, maxEntries: number, maxBytes: number): void {
  const mine = `.${process.pid}.part`
  const names = readdirSync(dir)
  for (const name of names)
    if (name.endsWith('.part') && !name.endsWith(mine)) rmSync(join(dir, name), { force: true })
  const entries = names
    .filter((name) => ENTRY.test(name))
    .map((name) => ({ name, stat: statSync(join(dir, name)) }))
    .sort((a, b) => b.stat.mtimeMs - a.stat.mtimeMs)
  let bytes = 0
  entries.forEach(({ name, stat }, index) => {
    bytes += stat.size
    if (index >= maxEntries || bytes > maxBytes) rmSync(join(dir, name), { force: true })
  })
}
