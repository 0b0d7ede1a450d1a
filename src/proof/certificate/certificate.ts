/**
 * X.509 certificates (RFC 5280 §4), read and not believed: whether anybody trusted issued one is `trust-path.ts`. What an eIDAS or
 * PSD2 certificate says of its holder is here too.
 */
import { createHash } from 'node:crypto'
import { contextTag, Der, DerFault, TAG } from './der.ts'
import { type DistinguishedName, ORGANIZATION_IDENTIFIER, readName } from './distinguished-name.ts'
import { type Extensions, readExtensions } from './extensions.ts'

export interface Certificate extends Extensions {
  /** Lower-case hex of the INTEGER, as written. */
  readonly serial: string
  readonly issuer: DistinguishedName
  readonly subject: DistinguishedName
  /** Milliseconds since the epoch; both ends belong to it (RFC 5280 §4.1.2.5). */
  readonly notBefore: number
  readonly notAfter: number
  /** EN 319 412-1 §5.1.4: `PSDGB-FCA-123456`; `undefined`: none, or more than one. */
  readonly organizationIdentifier: string | undefined
  /** RFC 8705 §3.1: base64url of SHA-256 over the DER. */
  readonly thumbprint: string
  readonly der: Uint8Array
  readonly signed: Signed
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array
}

/** What a signature covers, and the signature. */
export interface Signed {
  readonly tbs: Uint8Array
  /** AlgorithmIdentifier, DER. */
  readonly algorithm: Uint8Array
  readonly signature: Uint8Array
}

export type CertificateRead =
  | { readonly ok: true; readonly certificate: Certificate }
  /** `fault` names what is wrong and quotes nothing. */
  | { readonly ok: false; readonly fault: string }

/** Bytes of one certificate; qualified ones have two or three thousand. */
export const MAX_CERTIFICATE_BYTES = 65_536

/** Reads DER; trailing bytes, BER forms and repeated extensions are faults. Never throws. */
export function readCertificate(der: Uint8Array): CertificateRead {
  if (der.length > MAX_CERTIFICATE_BYTES)
    return { ok: false, fault: `more than ${MAX_CERTIFICATE_BYTES} bytes` }
  try {
    return { ok: true, certificate: read(der) }
  } catch (error) {
    if (error instanceof DerFault) return { ok: false, fault: error.message }
    throw error
  }
}

/** The three parts of anything that an authority signs. @throws DerFault */
export function readSigned(der: Uint8Array): { readonly fields: readonly Der[]; signed: Signed } {
  const [tbs, algorithm, signature, more] = Der.whole(der).items()
  if (tbs === undefined || algorithm === undefined || signature === undefined || more !== undefined)
    throw new DerFault('not three parts')
  const { bytes, unused } = signature.bits()
  if (unused !== 0) throw new DerFault('a signature of broken bytes')
  const signed = {
    tbs: tbs.raw,
    algorithm: algorithm.expect(TAG.sequence).raw,
    signature: bytes,
  }
  return { fields: tbs.items(), signed }
}

function read(der: Uint8Array): Certificate {
  const { fields, signed } = readSigned(der)
  const rest = [...fields]
  const optional = (tag: number): Der | undefined =>
    rest[0]?.tag === tag ? rest.shift() : undefined
  const needed = (): Der => {
    const value = rest.shift()
    if (value === undefined) throw new DerFault('a part is missing')
    return value
  }
  const version = optional(contextTag(0, 'constructed'))
  const v3 = version !== undefined && Der.whole(version.content).smallInteger() === 2
  const serial = needed().integer()
  const algorithm = needed().expect(TAG.sequence)
  // RFC 5280 §4.1.2.3: the same inside and outside, or the inner one is not what was used.
  if (!Buffer.from(algorithm.raw).equals(signed.algorithm))
    throw new DerFault('two signature algorithms')
  const issuer = readName(needed())
  const [from, until, more] = needed().items()
  if (from === undefined || until === undefined || more !== undefined)
    throw new DerFault('a validity that is not two times')
  const subject = readName(needed())
  const publicKey = needed().expect(TAG.sequence).raw
  optional(contextTag(1, 'primitive'))
  optional(contextTag(2, 'primitive'))
  const extensions = optional(contextTag(3, 'constructed'))
  if (rest.length > 0) throw new DerFault('parts that do not belong here')
  if (extensions !== undefined && !v3) throw new DerFault('extensions of another version')
  const identifiers = subject.values.get(ORGANIZATION_IDENTIFIER) ?? []
  return {
    serial: Buffer.from(serial).toString('hex'),
    issuer,
    subject,
    notBefore: from.time(),
    notAfter: until.time(),
    organizationIdentifier: identifiers.length === 1 ? identifiers[0] : undefined,
    thumbprint: createHash('sha256').update(der).digest('base64url'),
    der,
    signed,
    publicKey,
    ...readExtensions(extensions === undefined ? undefined : Der.whole(extensions.content)),
  }
}
