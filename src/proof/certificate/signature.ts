/** Whether an authority signed something: algorithms of RFC 4055, RFC 5758 and RFC 8410 that are still sound. SHA-1 and MD5 are none. */
import { constants, createPublicKey, type KeyObject, verify } from 'node:crypto'
import type { Signed } from './certificate.ts'
import { contextTag, Der } from './der.ts'

interface Algorithm {
  readonly hash: string | null
  readonly keys: readonly string[]
  readonly saltLength?: number
}

const ALGORITHMS: ReadonlyMap<string, Algorithm> = new Map([
  ['1.2.840.113549.1.1.11', { hash: 'sha256', keys: ['rsa'] }],
  ['1.2.840.113549.1.1.12', { hash: 'sha384', keys: ['rsa'] }],
  ['1.2.840.113549.1.1.13', { hash: 'sha512', keys: ['rsa'] }],
  ['1.2.840.10045.4.3.2', { hash: 'sha256', keys: ['ec'] }],
  ['1.2.840.10045.4.3.3', { hash: 'sha384', keys: ['ec'] }],
  ['1.2.840.10045.4.3.4', { hash: 'sha512', keys: ['ec'] }],
  ['1.3.101.112', { hash: null, keys: ['ed25519'] }],
  ['1.3.101.113', { hash: null, keys: ['ed448'] }],
])
const PSS = '1.2.840.113549.1.1.10'
const HASHES: ReadonlyMap<string, string> = new Map([
  ['2.16.840.1.101.3.4.2.1', 'sha256'],
  ['2.16.840.1.101.3.4.2.2', 'sha384'],
  ['2.16.840.1.101.3.4.2.3', 'sha512'],
])
/** NIST SP 800-57 part 1 §5.6.1: 112 bits. */
const MIN_RSA_BITS = 2_048
const MAX_RSA_BITS = 16_384
/** P-256, P-384, P-521 as Node names them, and the Brainpool curves of eIDAS signers. */
const CURVES = [
  'prime256v1',
  'secp384r1',
  'secp521r1',
  'brainpoolP256r1',
  'brainpoolP384r1',
  'brainpoolP512r1',
]

/** Never throws: what cannot be verified was not signed. */
export function isSignedBy({ tbs, algorithm, signature }: Signed, publicKey: Uint8Array): boolean {
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' })
    const used = algorithmOf(algorithm)
    if (used === undefined || !used.keys.includes(key.asymmetricKeyType ?? '') || !isStrong(key))
      return false
    const padding =
      used.saltLength === undefined
        ? {}
        : { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: used.saltLength }
    return verify(used.hash, tbs, { key, ...padding }, signature)
  } catch {
    return false
  }
}

/** A key that may stand in a certificate or behind a signature. */
export function isStrong(key: KeyObject): boolean {
  const { modulusLength = 0, namedCurve = '' } = key.asymmetricKeyDetails ?? {}
  switch (key.asymmetricKeyType) {
    case 'rsa':
    case 'rsa-pss':
      return modulusLength >= MIN_RSA_BITS && modulusLength <= MAX_RSA_BITS
    case 'ec':
      return CURVES.includes(namedCurve)
    case 'ed25519':
    case 'ed448':
      return true
    default:
      return false
  }
}

function algorithmOf(der: Uint8Array): Algorithm | undefined {
  const [id, parameters] = Der.whole(der).items()
  const name = id?.oid() ?? ''
  return name === PSS ? pss(parameters) : ALGORITHMS.get(name)
}

/** RFC 4055 §3.1: the hash, MGF1 with the same hash, and the length of the salt. Defaults mean SHA-1, so they are refused. */
function pss(parameters: Der | undefined): Algorithm | undefined {
  const parts = parameters?.items() ?? []
  const part = (number: number): Der | undefined => {
    const found = parts.find(({ tag }) => tag === contextTag(number, 'constructed'))
    return found === undefined ? undefined : Der.whole(found.content)
  }
  const hash = HASHES.get(part(0)?.items()[0]?.oid() ?? '')
  const mask = part(1)?.items()[1]?.items()[0]?.oid() ?? ''
  if (hash === undefined || HASHES.get(mask) !== hash) return undefined
  return { hash, keys: ['rsa', 'rsa-pss'], saltLength: part(2)?.smallInteger() ?? 20 }
}
