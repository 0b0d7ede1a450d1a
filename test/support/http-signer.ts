/** A third party that signs as the Berlin Group's guidelines say, written apart from the code that verifies: what a request carries, by name. */
import { constants, createHash, createPrivateKey, sign, X509Certificate } from 'node:crypto'

export type Fields = Record<string, string>
export interface SignerOptions {
  readonly certificate: string
  readonly key: string
  readonly now: number
}
export interface Signing {
  readonly headers?: readonly string[]
  readonly algorithm?: string
  readonly keyId?: string
  readonly hash?: string
  readonly pss?: boolean
  readonly digest?: string
  readonly date?: string
  readonly more?: Fields
}

export function sha(text: string, name = 'sha256'): string {
  return createHash(name).update(text).digest('base64')
}

/** `SN=…,CA=…` of a certificate, the name written as OpenSSL shows it. */
export function keyIdOf(pem: string): string {
  const { serialNumber, issuer } = new X509Certificate(pem)
  return `SN=${serialNumber},CA=${issuer.split('\n').toReversed().join(',')}`
}

export function httpSigner({
  certificate,
  key,
  now,
}: SignerOptions): (body: string, signing?: Signing) => Fields {
  const privateKey = createPrivateKey(key)
  const der = new X509Certificate(certificate).raw.toString('base64')
  return (body, signing = {}) => {
    const fields: Fields = {
      'x-request-id': '99391c7e-ad88-49ec-a2ad-99ddcb1f7721',
      date: signing.date ?? new Date(now).toUTCString(),
      digest: signing.digest ?? `SHA-256=${sha(body)}`,
      ...signing.more,
    }
    const headers = signing.headers ?? [
      'digest',
      'x-request-id',
      'date',
      ...Object.keys(signing.more ?? {}),
    ]
    const text = headers
      .map((name) => `${name.toLowerCase()}: ${fields[name.toLowerCase()] ?? ''}`)
      .join('\n')
    const padding = signing.pss
      ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
      : {}
    const signature = sign(signing.hash ?? 'sha256', Buffer.from(text), {
      key: privateKey,
      ...padding,
    })
    const parameters = [
      `keyId="${signing.keyId ?? keyIdOf(certificate)}"`,
      `algorithm="${signing.algorithm ?? 'rsa-sha256'}"`,
      `headers="${headers.join(' ')}"`,
      `signature="${signature.toString('base64')}"`,
    ]
    return { ...fields, signature: parameters.join(','), 'tpp-signature-certificate': der }
  }
}
