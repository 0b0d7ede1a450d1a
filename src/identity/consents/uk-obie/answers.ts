/** Answers in the form of the specification (`OBErrorResponse1`), and what every consent shows. */
import type { JsonObject } from '../../../lib/index.ts'
import type { Created } from '../consent-book.ts'
import type { Consent } from '../consent.ts'
import type { CallRefused, FaceAnswer } from '../face.ts'
import type { Fault } from '../shape.ts'

/** OBInternalErrorResponseError1Code: names in comments are those of v3.1. Unchecked against the code sets themselves. */
export const CODES = {
  invalid: 'U002', // Field.Invalid
  date: 'U003', // Field.InvalidDate
  missing: 'U004', // Field.Missing
  unexpected: 'U005', // Field.Unexpected
  headerInvalid: 'U006', // Header.Invalid
  headerMissing: 'U007', // Header.Missing
  status: 'U009', // Resource.InvalidConsentStatus
  format: 'U010', // Resource.InvalidFormat
  notFound: 'U011', // Resource.NotFound
  unexpectedError: 'U000', // UnexpectedError
} as const

export const error = (
  status: number,
  code: string,
  message: string,
  path?: string,
): FaceAnswer => ({
  status,
  body: {
    Errors: [{ ErrorCode: code, Message: message, ...(path === undefined ? {} : { Path: path }) }],
  },
})

const REFUSALS: Readonly<Record<CallRefused, readonly [number, string, string]>> = {
  token: [
    401,
    CODES.headerInvalid,
    'A client-credentials token that is bound to the caller is needed',
  ],
  scope: [403, CODES.headerInvalid, 'The token has not the scope that this resource needs'],
  'not-found': [404, CODES.notFound, 'There is no such resource'],
  method: [405, CODES.unexpected, 'The resource has no such method'],
  'media-type': [415, CODES.headerInvalid, 'The body must be application/json in UTF-8'],
  body: [400, CODES.format, 'The body must be one JSON object'],
  'too-large': [413, CODES.format, 'The body is too large'],
  busy: [429, CODES.unexpectedError, 'Too many consents wait for their customers'],
  failed: [500, CODES.unexpectedError, 'It could not be done'],
}
export function refusal(why: CallRefused): FaceAnswer {
  const [status, code, message] = REFUSALS[why]
  const answer = error(status, code, message)
  return why === 'token' ? { ...answer, headers: { 'www-authenticate': 'DPoP' } } : answer
}

/** What never was, and what is another's: the same. */
export const unknown: FaceAnswer = error(
  400,
  CODES.notFound,
  'There is no such consent',
  'ConsentId',
)

export function faulty({ path, kind }: Fault): FaceAnswer {
  return error(400, CODES[kind], `The member is ${kind}`, path)
}

export function created(made: Created, show: (consent: Consent) => JsonObject): FaceAnswer {
  if (made.kind === 'too-many') return refusal('busy')
  if (made.kind === 'other-request')
    return error(
      400,
      CODES.headerInvalid,
      'The idempotency key was used for another request',
      'x-idempotency-key',
    )
  return { status: 201, body: show(made.consent) }
}

/** Members that all consents have, for `Data`. */
export function common(consent: Consent, word: string): JsonObject {
  return {
    ConsentId: consent.id,
    CreationDateTime: new Date(consent.createdAt).toISOString(),
    Status: word,
    StatusUpdateDateTime: new Date(consent.changedAt).toISOString(),
  }
}
