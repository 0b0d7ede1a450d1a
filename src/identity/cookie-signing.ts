/**
 * Signs the cookies of the library, in place of its own signer: with SHA-256, and what an earlier key signed stays as it is. The library would
 * sign it again, with a cookie that lacks the attributes of the first.
 */
import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto'

/** As the library calls it. */
export interface CookieSigner {
  sign(text: string): string
  verify(text: string, signature: string): boolean
  /** 0: it was signed here; -1: it was not. */
  index(text: string, signature: string): number
}

/** The first key signs; what any of them signed counts. */
export function cookieSigner(keys: readonly [Buffer, ...Buffer[]]): CookieSigner {
  // Key objects: Node looks at the bytes of a key anew at each use, which takes several times as long as the hash.
  const [first, ...earlier] = keys
  const signing = createSecretKey(first)
  const known = [signing, ...earlier.map((key) => createSecretKey(key))]
  const mac = (key: KeyObject, text: string): Buffer =>
    createHmac('sha256', key).update(text).digest()
  function verify(text: string, signature: string): boolean {
    const given = Buffer.from(signature, 'base64url')
    return known.some((key) => {
      const made = mac(key, text)
      return made.length === given.length && timingSafeEqual(made, given)
    })
  }
  return {
    verify,
    sign: (text) => mac(signing, text).toString('base64url'),
    index: (text, signature) => (verify(text, signature) ? 0 : -1),
  }
}
