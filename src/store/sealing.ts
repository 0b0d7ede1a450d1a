/**
 * What protects at rest what nobody but its writer may read. All keys of an area come from one secret of the installation (HKDF, RFC 5869).
 * Names (tokens, codes, ids) become keyed hashes: a copy of the table is no copy of a token. Payloads are sealed with AES-256-GCM under a key
 * of their own name, so that a payload that was moved to another name does not open, and no key ever sees many nonces.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
} from 'node:crypto'
import { type ErrorCode, GatehouseError } from '../lib/index.ts'

export interface Sealing {
  /** Keyed hash of a name of one kind, base64url. */
  hashed(kind: string, name: string): string
  seal(name: string, text: string): Uint8Array
  /** @throws the area's `unreadable` */
  open(name: string, sealed: Uint8Array): string
  /** Bytes for another purpose, the same on every node that has the secret. */
  derive(purpose: string, bytes: number): Buffer
}

/** Whose records they are: two areas with one secret have no key in common. */
export interface SealedArea {
  /** Part of every key: it never changes. */
  readonly name: string
  /** The secret is too short. */
  readonly weak: ErrorCode
  /** A record was sealed with another secret or under another name, or was altered. */
  readonly unreadable: ErrorCode
}

/** 32 bytes in base64url. */
const MIN_SECRET_CHARS = 43
const FORMAT = 1
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** @throws the area's `weak` */
export function sealingOf(
  area: SealedArea,
  secret: string,
  randomBytes: (count: number) => Uint8Array,
): Sealing {
  if (secret.length < MIN_SECRET_CHARS) throw new GatehouseError(area.weak)
  const derive = (purpose: string, bytes: number): Buffer =>
    Buffer.from(hkdfSync('sha256', secret, '', `gatehouse ${area.name} ${purpose}`, bytes))
  // As key objects: Node looks at the bytes of a key anew at each use, which takes several times as long as the hash.
  const names = createSecretKey(derive('names', 32))
  const payloads = createSecretKey(derive('payloads', 32))
  const keyOf = (name: string): KeyObject =>
    createSecretKey(createHmac('sha256', payloads).update(name).digest())

  return {
    derive,
    hashed: (kind, name) =>
      createHmac('sha256', names).update(`${kind}\0${name}`).digest('base64url'),
    seal(name, text) {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', keyOf(name), nonce)
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return Buffer.concat([Buffer.of(FORMAT), nonce, cipher.getAuthTag(), sealed])
    },
    open(name, sealed) {
      const bytes = Buffer.from(sealed)
      const body = 1 + NONCE_BYTES + TAG_BYTES
      if (bytes[0] !== FORMAT || bytes.length < body) throw new GatehouseError(area.unreadable)
      try {
        const nonce = bytes.subarray(1, 1 + NONCE_BYTES)
        const cipher = createDecipheriv('aes-256-gcm', keyOf(name), nonce)
        cipher.setAuthTag(bytes.subarray(1 + NONCE_BYTES, body))
        return Buffer.concat([cipher.update(bytes.subarray(body)), cipher.final()]).toString('utf8')
      } catch {
        throw new GatehouseError(area.unreadable) // the cause says nothing more
      }
    },
  }
}
