/** Headers and body of a request for the event: what is declared and came, and how large; never a value. */
import { Buffer } from 'node:buffer'
import type { Facts, SignatureFact } from '../../decide/index.ts'
import type { FactsRecord, GatheredFact } from '../../events/index.ts'
import { recordedText } from './recorded-text.ts'

const FACTS = ['token', 'client', 'consent', 'body'] as const
/** Every list there can be, by which facts are in it: events share them. */
const LISTS: readonly (readonly GatheredFact[])[] = Array.from({ length: 16 }, (_, bits) =>
  FACTS.filter((_name, at) => (bits & (1 << at)) !== 0),
)

/** Which facts were at hand. */
export function gatheredFacts({ token, client, consent, body }: Facts): readonly GatheredFact[] {
  const bits =
    (token === undefined ? 0 : 1) |
    (client === undefined ? 0 : 2) |
    (consent === undefined ? 0 : 4) |
    (body === undefined ? 0 : 8)
  return LISTS[bits] ?? []
}

/** Of the declared header parameters those that came; `undefined` for none. */
export function presentHeaders(
  { request }: Facts,
  declared: readonly string[] | undefined,
): readonly string[] | undefined {
  let present: string[] | undefined
  for (const name of declared ?? [])
    if (request.headers.all(name).length > 0) (present ??= []).push(name)
  return present
}

/** `undefined` when no body was announced and none was read. */
export function bodyRecord({ request, body }: Facts): FactsRecord['body'] | undefined {
  const length = request.headers.all('content-length')[0]
  const chunked = request.headers.all('transfer-encoding').length > 0
  const empty = !chunked && (length === undefined || length.trim() === '0')
  if (empty && body?.kind !== 'text') return undefined
  const bytes = Number(length ?? 0)
  const announced = chunked || !Number.isSafeInteger(bytes) ? null : bytes
  return body?.kind === 'text'
    ? { announced, bytes: Buffer.byteLength(body.text), mediaType: recordedText(body.mediaType) }
    : { announced }
}

/** The proof that a message was signed as it was: signature, key and hashes, never the message. */
export function signatureRecord({ signature }: Facts): FactsRecord['signature'] | undefined {
  if (signature === undefined || signature.kind === 'absent') return undefined
  if (signature.kind === 'invalid') return { kind: 'invalid' }
  const { kid, proof, field = '', digest } = signature
  return {
    kind: 'verified',
    kid: recordedText(kid),
    issuedAt: signature.kind === 'sealed' ? signature.signedAt / 1000 : signature.issuedAt,
    proof,
    ...(field !== '' && field.length <= MAX_RECORDED_SIGNATURE && { field }),
    ...(digest !== undefined && { digest }),
    ...thumbprintOf(signature),
  }
}

/** Characters: a signature of 4096 bits with its header has about 1,300. */
export const MAX_RECORDED_SIGNATURE = 2_048

function thumbprintOf(signature: SignatureFact): { readonly certificate?: string } {
  return signature.kind === 'sealed' && signature.certificate.kind !== 'absent'
    ? { certificate: signature.certificate.thumbprint }
    : {}
}
