/**
 * HTTP signatures of the Berlin Group (NextGenPSD2 Implementation Guidelines 1.3): a field `Signature` over named headers, among them
 * the `Digest` of the body, by the key of the certificate in `TPP-Signature-Certificate`. Whether anybody trusts that certificate, and
 * whether the time is right, is judged elsewhere.
 */
import { type Certificate, readCertificate } from '../certificate/certificate.ts'
import { sealFault } from './algorithms.ts'
import { digestFault } from './digest.ts'
import { namesCertificate } from './key-id.ts'
import { decodeBase64, readSignatureParameters } from './parameters.ts'

export interface SignedRequest {
  /** All values of a header, name in lower case. */
  header(name: string): readonly string[]
  readonly body: Uint8Array
}

export type HttpSignatureFault =
  | 'missing'
  | 'malformed'
  /** A parameter, a name in the list or a signed header stands twice. */
  | 'repeated'
  | 'algorithm'
  | 'signature'
  /** A header that must be signed is not, one that is signed is not there, or one is that may not be. */
  | 'coverage'
  | 'digest'
  | 'digest-algorithm'
  | 'certificate'
  /** `keyId` names another certificate. */
  | 'key-id'
  | 'date'

export type HttpSignatureJudgement =
  | { readonly ok: false; readonly fault: HttpSignatureFault }
  | {
      readonly ok: true
      readonly keyId: string
      readonly certificate: Certificate
      /** `Date`, milliseconds since the epoch. */
      readonly signedAt: number
      /** As it came. */
      readonly digest: string
      /** Names, in the order of the signing string. */
      readonly headers: readonly string[]
    }

/** Guidelines 1.3: "Must include"; the others if and only if they are in the request; "No other entries may be included". */
const ALWAYS = ['digest', 'x-request-id', 'date'] as const
const IF_THERE = ['psu-id', 'psu-corporate-id', 'tpp-redirect-uri'] as const
const MAY_BE: ReadonlySet<string> = new Set([...ALWAYS, ...IF_THERE])
const MAX_CERTIFICATE_CHARS = 16_384

/** Cheap faults first; the one signature is verified last. Never throws. */
export function verifyHttpSignature({ header, body }: SignedRequest): HttpSignatureJudgement {
  const no = (fault: HttpSignatureFault): HttpSignatureJudgement => ({ ok: false, fault })
  const fields = ['signature', 'digest', 'tpp-signature-certificate'].map(header)
  if (fields.some((values) => values.length > 1)) return no('repeated')
  const [field, digest, sent] = fields.map(([value]) => value?.trim())
  if (field === undefined || digest === undefined || sent === undefined) return no('missing')
  const read = readSignatureParameters(field)
  if (!read.ok) return no(read.fault)
  const { keyId, algorithm, headers, signature } = read.parameters
  if (!covers(headers, header)) return no('coverage')
  const lines: string[] = []
  for (const name of headers) {
    const values = header(name)
    if (values.length > 1) return no('repeated')
    const [value] = values
    if (value === undefined) return no('coverage')
    lines.push(`${name}: ${value.trim()}`)
  }
  const signedAt = readHttpDate(header('date')[0]?.trim() ?? '')
  if (signedAt === undefined) return no('date')
  const different = digestFault(digest, body)
  if (different !== undefined)
    return no(
      different === 'algorithm'
        ? 'digest-algorithm'
        : different === 'differs'
          ? 'digest'
          : 'malformed',
    )
  const der = sent.length > MAX_CERTIFICATE_CHARS ? undefined : decodeBase64(sent)
  const certificate = der === undefined ? undefined : readCertificate(der)
  if (certificate?.ok !== true) return no('certificate')
  if (!namesCertificate(keyId, certificate.certificate)) return no('key-id')
  const { publicKey } = certificate.certificate
  const bad = sealFault(algorithm, publicKey, lines.join('\n'), signature)
  if (bad !== undefined) return no(bad)
  return { ok: true, keyId, certificate: certificate.certificate, signedAt, digest, headers }
}

function covers(signed: readonly string[], header: SignedRequest['header']): boolean {
  const listed = new Set(signed)
  return (
    signed.every((name) => MAY_BE.has(name)) &&
    ALWAYS.every((name) => listed.has(name)) &&
    IF_THERE.every((name) => listed.has(name) === header(name).length > 0)
  )
}

const IMF_FIXDATE =
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d{2}:\d{2}:\d{2} GMT$/

/** RFC 9110 §5.6.7, the preferred form; a day that is none, or of another week day, is refused. */
function readHttpDate(text: string): number | undefined {
  if (!IMF_FIXDATE.test(text)) return undefined
  const at = new Date(text)
  return !Number.isNaN(at.getTime()) && at.toUTCString() === text ? at.getTime() : undefined
}
