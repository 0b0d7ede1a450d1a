/**
 * What protects at rest what nobody but its writer may read. All keys of an area come from the secrets of the installation (HKDF, RFC 5869).
 * Names (tokens, codes, ids) become keyed hashes: a copy of the table is no copy of a token; their key lasts, whatever becomes of the secret.
 * Payloads are sealed with AES-256-GCM under a key of their own name, so that a payload that was moved to another name does not open, and no
 * key ever sees many nonces; they open under each secret that is in use, and are sealed under one.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  type KeyObject,
} from 'node:crypto'
import { type ErrorCode, GatehouseError } from '../lib/index.ts'
import { derivedKey, type LastingPurpose, type SealingKeys } from './secrets/keys.ts'

export interface Sealing {
  /** Keyed hash of a name of one kind, base64url. */
  hashed(kind: string, name: string): string
  seal(name: string, text: string): Uint8Array
  /** @throws the area's `unreadable` */
  open(name: string, sealed: Uint8Array): string
}

/** Whose records they are: two areas with one secret have no key in common. */
export interface SealedArea {
  /** Part of every key: it never changes. */
  readonly name: 'identity' | 'sca'
  /** A record was sealed with another secret or under another name, or was altered. */
  readonly unreadable: ErrorCode
}

const FORMAT = 1
const NONCE_BYTES = 12
const TAG_BYTES = 16

export function sealingOf(
  area: SealedArea,
  keys: SealingKeys,
  randomBytes: (count: number) => Uint8Array,
): Sealing {
  const purpose: LastingPurpose = `${area.name} names`
  const names = createSecretKey(keys.lasting(purpose))
  const payloads = payloadKeys(area.name)

  return {
    hashed: (kind, name) =>
      createHmac('sha256', names).update(`${kind}\0${name}`).digest('base64url'),
    seal: (name, text) => sealUnder(payloads(keys.secrets[0]), name, text, randomBytes),
    open(name, sealed) {
      for (const secret of keys.secrets) {
        const text = openUnder(payloads(secret), name, sealed)
        if (text !== undefined) return text
      }
      throw new GatehouseError(area.unreadable) // the cause says nothing more
    },
  }
}

/**
 * The key that payloads of an area have from a secret: derived once. As a key object: Node looks at the bytes of a key anew at each use, which takes
 * several times as long as the hash.
 */
export function payloadKeys(area: string): (secret: string) => KeyObject {
  const known = new Map<string, KeyObject>()
  return (secret) => {
    const key = known.get(secret) ?? createSecretKey(derivedKey(secret, `${area} payloads`))
    known.set(secret, key)
    return key
  }
}

export function sealUnder(
  payloads: KeyObject,
  name: string,
  text: string,
  randomBytes: (count: number) => Uint8Array,
): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', keyOf(payloads, name), nonce)
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return Buffer.concat([Buffer.of(FORMAT), nonce, cipher.getAuthTag(), sealed])
}

/** `undefined`: it was sealed under another key or name, or was altered. */
export function openUnder(
  payloads: KeyObject,
  name: string,
  sealed: Uint8Array,
): string | undefined {
  const bytes = Buffer.from(sealed)
  const body = 1 + NONCE_BYTES + TAG_BYTES
  if (bytes[0] !== FORMAT || bytes.length < body) return undefined
  try {
    const nonce = bytes.subarray(1, 1 + NONCE_BYTES)
    const cipher = createDecipheriv('aes-256-gcm', keyOf(payloads, name), nonce)
    cipher.setAuthTag(bytes.subarray(1 + NONCE_BYTES, body))
    return Buffer.concat([cipher.update(bytes.subarray(body)), cipher.final()]).toString('utf8')
  } catch {
    return undefined
  }
}

const keyOf = (payloads: KeyObject, name: string): KeyObject =>
  createSecretKey(createHmac('sha256', payloads).update(name).digest())
