/**
 * XML signatures of trusted lists, beyond what `xml-crypto` verifies: ECDSA (RFC 6931 §2.3.6) and SHA-384. The package is loaded with the first
 * list that is read: a start without lists does without.
 */
import { createHash, type KeyLike, verify, X509Certificate } from 'node:crypto'
import { createRequire } from 'node:module'
import type * as Xmldom from '@xmldom/xmldom'
import type * as XmlCrypto from 'xml-crypto'

const load = createRequire(import.meta.url)
/** Sound, both: what the packages export is what their types say. */
export const xmldom = (): typeof Xmldom => load('@xmldom/xmldom') as typeof Xmldom
const xmlCrypto = (): typeof XmlCrypto => load('xml-crypto') as typeof XmlCrypto

/** SHA-1 and HMAC are none: a list is signed with a key that nobody here has. */
const SIGNATURES = [
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512',
  'http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1',
]
const DIGESTS = [
  'http://www.w3.org/2001/04/xmlenc#sha256',
  'http://www.w3.org/2001/04/xmlenc#sha512',
]
const SHA384 = 'http://www.w3.org/2001/04/xmldsig-more#sha384'
/** Curves of a signer: those of the European trusted lists. */
const CURVES: readonly string[] = ['prime256v1', 'secp384r1', 'secp521r1']

/** `cert`: DER of the one who must have signed; a key that the file brings along counts for nothing. */
export function listVerifier(cert: Uint8Array): XmlCrypto.SignedXml {
  const { SignedXml } = xmlCrypto()
  const certificate = new X509Certificate(cert)
  const verifier = new SignedXml({
    publicCert: certificate.toString(),
    getCertFromKeyInfo: () => null,
  })
  keepOnly(verifier.SignatureAlgorithms, SIGNATURES)
  keepOnly(verifier.HashAlgorithms, DIGESTS)
  verifier.HashAlgorithms[SHA384] = class {
    readonly getAlgorithmName = (): string => SHA384
    readonly getHash = (text: string): string =>
      createHash('sha384').update(text, 'utf8').digest('base64')
  }
  // The kind of the key decides which algorithms there are: one must not pass for another.
  const { publicKey } = certificate
  if (publicKey.asymmetricKeyType !== 'ec') return verifier
  keepOnly(verifier.SignatureAlgorithms, [])
  if (!CURVES.includes(publicKey.asymmetricKeyDetails?.namedCurve ?? '')) return verifier
  for (const hash of ['sha256', 'sha384', 'sha512'])
    verifier.SignatureAlgorithms[`http://www.w3.org/2001/04/xmldsig-more#ecdsa-${hash}`] =
      ecdsa(hash)
  return verifier
}

function ecdsa(hash: string): new () => XmlCrypto.SignatureAlgorithm {
  return class {
    readonly getAlgorithmName = (): string => `ecdsa-${hash}`
    readonly getSignature = (): never => {
      throw new TypeError('nothing is signed here')
    }
    /** RFC 6931 §2.3.6: r and s side by side, each as long as the curve; not the DER of X.509. */
    readonly verifySignature = (material: string, key: KeyLike, signature: string): boolean =>
      verify(
        hash,
        Buffer.from(material, 'utf8'),
        { key: key as string, dsaEncoding: 'ieee-p1363' }, // sound: it is the PEM given above
        Buffer.from(signature, 'base64'),
      )
  }
}

function keepOnly(table: Record<string, unknown>, allowed: readonly string[]): void {
  for (const name of Object.keys(table)) if (!allowed.includes(name)) delete table[name]
}
