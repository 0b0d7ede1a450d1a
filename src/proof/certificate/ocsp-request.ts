/** The question whether one certificate is revoked (RFC 6960 §4.1), in DER; and the name that a certificate has in it. */
import { createHash } from 'node:crypto'
import type { Certificate } from './certificate.ts'
import { Der, DerFault } from './der.ts'

/** Names the authority and protects nothing: responders of old know SHA-1 alone (RFC 5019 §2.1.1). */
export type CertIdHash = 'sha1' | 'sha256'

export interface OcspRequest {
  readonly certificate: Certificate
  /** Who issued it. */
  readonly issuer: Certificate
  readonly hash: CertIdHash
  /** RFC 9654 §2.1: 1 to 128 bytes, 32 by rights. */
  readonly nonce?: Uint8Array
}

/** Dotted, and as DER. */
export const OCSP_NONCE = '1.3.6.1.5.5.7.48.1.2'
const NONCE_ID = hex('06092b0601050507300102')
const ALGORITHMS: Readonly<Record<CertIdHash, Uint8Array>> = {
  sha1: hex('300906052b0e03021a0500'),
  sha256: hex('300d06096086480165030402010500'),
}

/** An OCSPRequest, unsigned. */
export function ocspRequest({ certificate, issuer, hash, nonce }: OcspRequest): Uint8Array {
  const { nameHash, keyHash } = authorityHashes(certificate, issuer, hash)
  const serial = tagged(0x02, Buffer.from(certificate.serial, 'hex'))
  const certId = tagged(
    0x30,
    ALGORITHMS[hash],
    tagged(0x04, nameHash),
    tagged(0x04, keyHash),
    serial,
  )
  const extensions =
    nonce === undefined
      ? []
      : [tagged(0xa2, tagged(0x30, tagged(0x30, NONCE_ID, tagged(0x04, tagged(0x04, nonce)))))]
  return tagged(0x30, tagged(0x30, tagged(0x30, tagged(0x30, certId)), ...extensions))
}

/** RFC 6960 §4.1.1: of the name of the authority as the certificate writes it, and of the bits of its key. */
export function authorityHashes(
  certificate: Certificate,
  issuer: Certificate,
  hash: CertIdHash,
): { readonly nameHash: Buffer; readonly keyHash: Buffer } {
  return {
    nameHash: createHash(hash).update(Buffer.from(certificate.issuer.key, 'base64')).digest(),
    keyHash: createHash(hash).update(keyBits(issuer)).digest(),
  }
}

/** What KeyHash is made of: the key without its algorithm. @throws DerFault */
export function keyBits({ publicKey }: Certificate): Uint8Array {
  const bits = Der.whole(publicKey).items()[1]?.bits()
  if (bits === undefined || bits.unused !== 0) throw new DerFault('a key that is no whole bytes')
  return bits.bytes
}

/** A question has some hundred bytes, so that two bytes of length are enough. */
function tagged(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(contents)
  const { length } = content
  const digits =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...digits]), content])
}

function hex(text: string): Uint8Array {
  return Buffer.from(text, 'hex')
}
