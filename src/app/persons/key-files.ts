/**
 * The two key files of an installation, mode 0600. `pseudonym.key` (32 bytes) says where in the tree somebody stands; `persons.key` is
 * the tree. What was destroyed is in `erasures.jsonl`, which has the last word: a tree that an old backup brought back loses those keys
 * again before anybody uses it.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  fstatSync,
  ftruncateSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { type PseudonymKey, type TreeNodes, withoutLeaf } from '../../gateway/core/index.ts'
import { GatehouseError } from '../../lib/index.ts'
import { readErasures } from './erasure-log.ts'

const KEY_BYTES = 32
/** A tree that lost some four thousand keys; reading it takes a second. */
const MAX_NODES = 1_000_000

const sharedFile = (dataDir: string): string => join(dataDir, 'pseudonym.key')
const treeFile = (dataDir: string): string => join(dataDir, 'persons.key')

/** The keys that are there, made when there are none. @throws GH_STORE_CORRUPT, GH_STORE_FAILED */
export function pseudonymKey(
  dataDir: string,
  randomBytes: (count: number) => Uint8Array,
): PseudonymKey {
  const newKey = (): string => Buffer.from(randomBytes(KEY_BYTES)).toString('base64url')
  const shared = readOrMake(sharedFile(dataDir), newKey, (text) => bytesOf(text, 'pseudonym.key'))
  const persons = readOrMake(
    treeFile(dataDir),
    () => `{"v":1,"nodes":{"":"${newKey()}"}}\n`,
    treeOf,
  )
  const left = readErasures(dataDir)
    .flatMap(({ places }) => places)
    .reduce(withoutLeaf, persons)
  if (left !== persons) writeTree(dataDir, left)
  return { shared, persons: left }
}

/** Replaces the tree. What the old file held is overwritten, as far as the disk lets one. */
export function writeTree(dataDir: string, nodes: TreeNodes): void {
  if (nodes.size > MAX_NODES)
    throw new GatehouseError('GH_STORE_FAILED', 'too many keys were destroyed for one tree')
  const file = treeFile(dataDir)
  const temporary = `${file}.${process.pid}`
  const pairs = [...nodes].map(([prefix, key]) => [prefix, Buffer.from(key).toString('base64url')])
  const text = JSON.stringify({ v: 1, nodes: Object.fromEntries(pairs) as unknown })
  writeFileSync(temporary, `${text}\n`, { mode: 0o600, flush: true })
  const old = openSync(file, 'r+')
  try {
    renameSync(temporary, file)
    syncFolder(dataDir)
    const { size } = fstatSync(old)
    writeSync(old, Buffer.alloc(size), 0, size, 0)
    fsyncSync(old)
    ftruncateSync(old)
  } finally {
    closeSync(old)
  }
}

export function hasKeys(dataDir: string): boolean {
  return existsSync(sharedFile(dataDir)) && existsSync(treeFile(dataDir))
}

/** Changes when somebody else replaced the tree. */
export function treeStamp(dataDir: string): string {
  const { ino, mtimeMs, size } = statSync(treeFile(dataDir))
  return `${ino} ${mtimeMs} ${size}`
}

function readOrMake<T>(file: string, make: () => string, parse: (text: string) => T): T {
  const found = readText(file)
  if (found !== undefined) return parse(found)
  // Written beside and linked: two starts at once agree on one key, and a crash leaves no half of one.
  const temporary = `${file}.${process.pid}`
  writeFileSync(temporary, make(), { mode: 0o600, flush: true })
  try {
    linkSync(temporary, file)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  } finally {
    rmSync(temporary, { force: true })
  }
  // The name is as durable as what it names: a power cut must not make yesterday's hashes strangers to today's.
  syncFolder(join(file, '..'))
  const made = readText(file)
  if (made === undefined) throw new GatehouseError('GH_STORE_FAILED', `${file} cannot be read back`)
  return parse(made)
}

function syncFolder(dir: string): void {
  const folder = openSync(dir, 'r')
  fsyncSync(folder)
  closeSync(folder)
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/** A file of another length is no key of ours: refused, because a weak key would give the customers away. */
function bytesOf(text: string, name: string): Uint8Array {
  const key = Buffer.from(text.trim(), 'base64url')
  if (key.byteLength !== KEY_BYTES)
    throw new GatehouseError('GH_STORE_FAILED', `${name} does not hold a key of ${KEY_BYTES} bytes`)
  return key
}

/** A tree that is not whole is refused: some people would get new names, and nobody would notice. */
function treeOf(text: string): TreeNodes {
  const nodes = new Map<string, Uint8Array>()
  try {
    const read: unknown = JSON.parse(text)
    const version = typeof read === 'object' && read !== null && 'v' in read ? read.v : undefined
    if (version !== 1) throw new TypeError('another version')
    const { nodes: pairs } = read as { nodes: Readonly<Record<string, unknown>> } // sound: entries are looked at below
    for (const [prefix, key] of Object.entries(pairs)) {
      if (!/^[0-9a-f]{0,16}$/.test(prefix) || typeof key !== 'string') throw new TypeError(prefix)
      nodes.set(prefix, bytesOf(key, 'persons.key'))
    }
  } catch {
    throw new GatehouseError('GH_STORE_CORRUPT', 'persons.key is not as it was made')
  }
  return nodes
}
