/** The field `Digest` (RFC 3230 §4.3.2) over a body: SHA-256 and SHA-512 count, and whatever is listed must be true. */
import { hash } from 'node:crypto'
import { decodeBase64 } from './parameters.ts'

const HASHES: ReadonlyMap<string, readonly [name: 'sha256' | 'sha512', bytes: number]> = new Map([
  ['sha-256', ['sha256', 32]],
  ['sha-512', ['sha512', 64]],
])

export type DigestFault = 'malformed' | 'algorithm' | 'differs'

/** `undefined`: it is the digest of these bytes. An algorithm that nobody should trust any more vouches for nothing, not even beside another. */
export function digestFault(field: string, body: Uint8Array): DigestFault | undefined {
  const seen = new Set<string>()
  for (const part of field.split(',')) {
    const [, name = '', value = ''] =
      /^[ \t]*([A-Za-z0-9-]{1,16})=([^ \t]*)[ \t]*$/.exec(part) ?? []
    const algorithm = name.toLowerCase()
    if (name === '' || seen.has(algorithm)) return 'malformed'
    seen.add(algorithm)
    const known = HASHES.get(algorithm)
    if (known === undefined) return 'algorithm'
    const told = decodeBase64(value)
    if (told === undefined || told.length !== known[1]) return 'malformed'
    if (!told.equals(hash(known[0], body, 'buffer'))) return 'differs'
  }
  return undefined
}
