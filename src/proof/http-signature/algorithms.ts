/**
 * Which signatures the key of a certificate may make. The key decides the family, the name in the field only which of its own: a name
 * of another family, or of a hash that is none any more, is refused before anything is verified (RFC 8725 §3.1 says why).
 */
import { constants, createPublicKey, type KeyObject, verify } from 'node:crypto'
import { isStrong } from '../certificate/signature.ts'

interface Algorithm {
  readonly keys: readonly string[]
  readonly hash: 'sha256' | 'sha512' | null
  readonly pss?: number
}

/** Guidelines 1.3: "It must identify SHA-256 or SHA-512 as Hash algorithm". `hs2019` identifies none. */
const ALGORITHMS: ReadonlyMap<string, Algorithm> = new Map<string, Algorithm>([
  ['rsa-sha256', { keys: ['rsa'], hash: 'sha256' }],
  ['rsa-sha512', { keys: ['rsa'], hash: 'sha512' }],
  ['rsa-pss-sha256', { keys: ['rsa', 'rsa-pss'], hash: 'sha256', pss: 32 }],
  ['rsa-pss-sha512', { keys: ['rsa', 'rsa-pss'], hash: 'sha512', pss: 64 }],
  ['rsassa-pss-sha256', { keys: ['rsa', 'rsa-pss'], hash: 'sha256', pss: 32 }],
  ['rsassa-pss-sha512', { keys: ['rsa', 'rsa-pss'], hash: 'sha512', pss: 64 }],
  ['ecdsa-sha256', { keys: ['ec'], hash: 'sha256' }],
  ['ecdsa-sha512', { keys: ['ec'], hash: 'sha512' }],
  ['ed25519', { keys: ['ed25519'], hash: null }],
])

/** `spki`: SubjectPublicKeyInfo, DER. Never throws. */
export function sealFault(
  name: string,
  spki: Uint8Array,
  text: string,
  signature: Buffer,
): 'algorithm' | 'signature' | undefined {
  const algorithm = ALGORITHMS.get(name)
  const key = keyOf(spki)
  if (algorithm === undefined || key === undefined) return 'algorithm'
  if (!algorithm.keys.includes(key.asymmetricKeyType ?? '')) return 'algorithm'
  const padding =
    algorithm.pss === undefined
      ? {}
      : { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: algorithm.pss }
  try {
    // A header value holds one octet a character (RFC 9110 §5.5).
    const data = Buffer.from(text, 'latin1')
    return verify(algorithm.hash, data, { key, ...padding }, signature) ? undefined : 'signature'
  } catch {
    return 'signature' // a key of RSASSA-PSS that is bound to another hash
  }
}

function keyOf(spki: Uint8Array): KeyObject | undefined {
  try {
    const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
    return isStrong(key) ? key : undefined
  } catch {
    return undefined
  }
}
