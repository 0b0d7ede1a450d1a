/**
 * The field `Signature` of draft-cavage-http-signatures (version 10, §2.1, §4.1) in the profile of the Berlin Group (NextGenPSD2
 * Implementation Guidelines 1.3, "Requirements on the Signature header"): four parameters, each once and each in quotes, nothing else.
 */

/** Characters of the field. */
export const MAX_SIGNATURE_FIELD_CHARS = 8192
/** Names in the list `headers`. */
export const MAX_SIGNED_HEADERS = 16

export interface SignatureParameters {
  /** `SN=9FA1,CA=CN=D-TRUST%20CA…`, as it came. */
  readonly keyId: string
  /** Lower case. */
  readonly algorithm: string
  /** Lower case, in the order of the signing string, each once. */
  readonly headers: readonly string[]
  readonly signature: Buffer
}

export type ParametersRead =
  | { readonly ok: true; readonly parameters: SignatureParameters }
  | { readonly ok: false; readonly fault: 'malformed' | 'repeated' }

const NAMES: ReadonlySet<string> = new Set(['keyId', 'algorithm', 'headers', 'signature'])
/** No escape is defined in the profile: a backslash would be read in two ways. */
const PARAMETER = /[ \t]*([A-Za-z]{1,16})="([^"\\]{0,8192})"[ \t]*(?:,|$)/y
const HEADER_NAME = /^[a-z0-9!#$%&'*+.^_`|~-]{1,64}$/

/** Never throws. */
export function readSignatureParameters(field: string): ParametersRead {
  const no = (fault: 'malformed' | 'repeated'): ParametersRead => ({ ok: false, fault })
  if (field.length > MAX_SIGNATURE_FIELD_CHARS || field.endsWith(',')) return no('malformed')
  const found = new Map<string, string>()
  PARAMETER.lastIndex = 0
  while (PARAMETER.lastIndex < field.length) {
    const [, name, value] = PARAMETER.exec(field) ?? []
    if (name === undefined || value === undefined || !NAMES.has(name)) return no('malformed')
    if (found.has(name)) return no('repeated')
    found.set(name, value)
  }
  const keyId = found.get('keyId')
  const algorithm = found.get('algorithm')
  const listed = found.get('headers')
  const encoded = found.get('signature')
  // §2.1.6 lets `headers` mean `date` when it is left out; the profile asks for more, so it must be there.
  if (keyId === undefined || algorithm === undefined || listed === undefined) return no('malformed')
  const signature = decodeBase64(encoded ?? '')
  const headers = listed.toLowerCase().split(' ')
  if (signature === undefined || headers.length > MAX_SIGNED_HEADERS) return no('malformed')
  if (!headers.every((name) => HEADER_NAME.test(name))) return no('malformed')
  if (new Set(headers).size !== headers.length) return no('repeated')
  const parameters = { keyId, algorithm: algorithm.toLowerCase(), headers, signature }
  return { ok: true, parameters }
}

/** Base64 (RFC 4648 §4) with its padding, no stray letter and no left-over bits. */
export function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.length > 0 && bytes.toString('base64') === text ? bytes : undefined
}
