/**
 * The keys of an installation (`*.key` in its folder) in one file, mode 0600, apart from the backup: who holds only the backup reads no
 * person in it, who holds both reads all. Keep the two in different places.
 */
import { createCipheriv, createDecipheriv, hash, randomBytes, scryptSync } from 'node:crypto'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { GatehouseError } from '../../lib/index.ts'

export type Keys = ReadonlyMap<string, string>

const NAME = /^[a-z][a-z0-9-]{0,60}\.key$/
const MAX_KEYS_BYTES = 64 << 20
const SALT_BYTES = 16
const NONCE_BYTES = 12
const TAG_BYTES = 16

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

/** Never over a file that is there. With a passphrase it is sealed: AES-256-GCM under scrypt (RFC 7914). */
export function writeKeys(file: string, keys: Keys, passphrase: string | undefined): void {
  const plain = JSON.stringify(Object.fromEntries(keys))
  const held = passphrase === undefined ? { keys: plain } : sealed(plain, passphrase)
  const text = JSON.stringify({ gatehouseKeys: 1, ...held })
  writeFileSync(file, `${text}\n`, { mode: 0o600, flag: 'wx', flush: true })
}

/** @throws GH_BACKUP_KEYS (no such file, not one of ours, open to others, or another passphrase) */
export function readKeys(file: string, passphrase: string | undefined): Keys {
  try {
    const { mode, size } = statSync(file)
    if ((mode & 0o077) !== 0) return refuse(`${file} may be read by others: chmod 600`)
    if (size > MAX_KEYS_BYTES) return refuse(`${file} is too large`)
    const plain = opened(JSON.parse(readFileSync(file, 'utf8')), passphrase)
    if (plain === undefined) return refuse(`${file} needs its passphrase (--passphrase FILE)`)
    const keys = new Map<string, string>()
    // sound: entries of whatever it is
    for (const [name, text] of Object.entries(
      JSON.parse(plain) as Readonly<Record<string, unknown>>,
    )) {
      if (!NAME.test(name) || typeof text !== 'string') return refuse(file)
      keys.set(name, text)
    }
    return keys
  } catch (error) {
    if (error instanceof GatehouseError) throw error
    return refuse(`${file} cannot be read`)
  }
}

function sealed(plain: string, passphrase: string): Readonly<Record<string, string>> {
  const [salt, nonce] = [randomBytes(SALT_BYTES), randomBytes(NONCE_BYTES)]
  const cipher = createCipheriv('aes-256-gcm', stretched(passphrase, salt), nonce)
  const text = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()])
  return {
    salt: salt.toString('base64url'),
    nonce: nonce.toString('base64url'),
    sealed: text.toString('base64url'),
  }
}

/** `undefined`: it is sealed and there is no passphrase. @throws when it is another, or the file was changed */
function opened(read: unknown, passphrase: string | undefined): string | undefined {
  const held = read as Readonly<Record<string, string>> // sound: a wrong member fails below
  if (held['keys'] !== undefined) return held['keys']
  if (passphrase === undefined) return undefined
  const [salt, nonce, text] = ['salt', 'nonce', 'sealed'].map((name) =>
    Buffer.from(held[name] ?? '', 'base64url'),
  ) as [Buffer, Buffer, Buffer] // sound: three names
  const decipher = createDecipheriv('aes-256-gcm', stretched(passphrase, salt), nonce)
  decipher.setAuthTag(text.subarray(-TAG_BYTES))
  return Buffer.concat([decipher.update(text.subarray(0, -TAG_BYTES)), decipher.final()]).toString()
}

/** A sixth of a second and 64 MiB for each guess. */
function stretched(passphrase: string, salt: Uint8Array): Uint8Array {
  return scryptSync(passphrase, salt, 32, { N: 1 << 16, r: 8, p: 1, maxmem: 128 << 20 })
}

function refuse(why: string): never {
  throw new GatehouseError('GH_BACKUP_KEYS', why)
}
