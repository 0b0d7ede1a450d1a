/** How a specification asks for signed messages. */
import type { SignatureForm } from '../../decide/index.ts'
import type { OperationRecord } from '../../inventory/index.ts'
import { declaresHeader } from './idempotency.ts'

/** NextGenPSD2: all three, on every operation, with a body or without. */
const HTTP_SIGNATURE = ['signature', 'digest', 'tpp-signature-certificate'] as const

/** `header`: lower case, the field of a detached JWS. */
export function signatureForm(operation: OperationRecord, header: string): SignatureForm {
  const types = (operation.requestBody?.content ?? []).map(({ mediaType }) => mediaType)
  if (types.length > 0 && types.every((type) => type === 'application/jwt')) return 'message'
  if (operation.requestBody !== null && declaresHeader(operation, header)) return 'detached-jws'
  return HTTP_SIGNATURE.every((name) => declaresHeader(operation, name)) ? 'http-signature' : 'none'
}

/** Some answer of it declares the field. */
export function declaresSignedAnswers({ responses }: OperationRecord, header: string): boolean {
  return responses.some(({ headers }) => headers.some((name) => name.toLowerCase() === header))
}
