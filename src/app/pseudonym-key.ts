/**
 * The key of the hashes that stand for customers and consents in events. Made once per installation, mode 0600; who destroys it cuts
 * the spool from the people in it, for good.
 */
import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { GatehouseError } from '../lib/index.ts'

const KEY_BYTES = 32

export function pseudonymKey(
  dataDir: string,
  randomBytes: (count: number) => Uint8Array,
): Uint8Array {
  const file = join(dataDir, 'pseudonym.key')
  const found = read(file)
  if (found !== undefined) return found
  // Written beside and linked: two starts at once agree on one key, and a crash leaves no half of one.
  const temporary = `${file}.${process.pid}`
  writeFileSync(temporary, Buffer.from(randomBytes(KEY_BYTES)).toString('base64url'), {
    mode: 0o600,
    flush: true,
  })
  try {
    linkSync(temporary, file)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  } finally {
    rmSync(temporary, { force: true })
  }
  // The name is as durable as what it names: a power cut must not make yesterday's hashes strangers to today's.
  const folder = openSync(dataDir, 'r')
  fsyncSync(folder)
  closeSync(folder)
  const made = read(file)
  if (made === undefined) throw new GatehouseError('GH_STORE_FAILED', `${file} cannot be read back`)
  return made
}

/** A file of another length is no key of ours: refused, because a weak key would give the customers away. */
function read(file: string): Uint8Array | undefined {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
  const key = Buffer.from(text.trim(), 'base64url')
  if (key.byteLength !== KEY_BYTES)
    throw new GatehouseError('GH_STORE_FAILED', `${file} does not hold a key of ${KEY_BYTES} bytes`)
  return key
}
