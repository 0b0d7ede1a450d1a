/**
 * Signatures over answers, as UK Open Banking wants them (OBIE R/W data API profile, "Message signing"): a detached JWS (RFC 7515
 * appendix F) with the critical claims `iat`, `iss` and `tan`, over the very bytes that leave.
 */
import { Buffer } from 'node:buffer'
import { hash } from 'node:crypto'
import type { PlanOperation, Respond } from '../../decide/index.ts'
import type { AnswerSignatureRecord } from '../../events/index.ts'
import type { CoreParts } from './core.ts'
import type { Answer } from './problem.ts'
import type { UpstreamHeaders } from './response-headers.ts'

/** The key in force and the names it signs under; made in `app`. */
export interface AnswerSigner {
  readonly kid: string
  readonly issuer: string
  readonly trustAnchor: string
  /** PS256 (RFC 7518 §3.5) over the text as it is (ASCII), base64url. @throws what the key throws: then nothing leaves */
  sign(input: string): string
}

export interface Sealed {
  readonly answer: Answer
  /** Absent: it needs none. */
  readonly signature?: AnswerSignatureRecord
}

/**
 * The answer with the signature that the kernel asks for: the bank's own, if the body is still what it signed; nobody here has its key,
 * and whoever gets it verifies it. @throws where the gateway must sign and cannot: then nothing leaves
 */
export function sealAnswer(
  answer: Answer,
  respond: Respond | undefined,
  came: { readonly headers: UpstreamHeaders; readonly changed: boolean },
  { answers, clock }: Pick<CoreParts, 'answers' | 'clock'>,
): Sealed {
  const sign = respond !== undefined && 'sign' in respond ? respond.sign : undefined
  if (sign === undefined || answer.body === null) return { answer }
  const bytes = bytesOf(answer.body)
  const own = sign.byBank && !came.changed ? came.headers[sign.header] : undefined
  if (typeof own === 'string')
    return { answer: withField(answer, sign.header, own), signature: recordOf('bank', own, bytes) }
  const signer = answers()
  if (signer === undefined) throw new TypeError('there is no key that signs')
  const field = detachedJws(signer, bytes, clock.now())
  const signature = recordOf('gateway', field, bytes, signer.kid)
  return { answer: withField(answer, sign.header, field), signature }
}

/** Which answers of an operation declare the field: by status as the specification writes it, upper case. */
export function signedStatuses(
  { responses }: PlanOperation,
  header: string,
): ReadonlyMap<string, boolean> {
  return new Map(
    responses.map(({ status, headers }) => [
      status.toUpperCase(),
      headers.some((name) => name.toLowerCase() === header),
    ]),
  )
}

/** A refusal of our own, signed where the specification declares it; without a key it leaves as it is: it moves no money. */
export function sealProblem(
  answer: Answer,
  signed: { readonly header: string; readonly statuses: ReadonlyMap<string, boolean> },
  signer: AnswerSigner | undefined,
  now: number,
): Answer {
  const { statuses, header } = signed
  const { status, body } = answer
  const declared =
    statuses.get(String(status)) ??
    statuses.get(`${Math.floor(status / 100)}XX`) ??
    statuses.get('DEFAULT')
  if (declared !== true || signer === undefined || body === null) return answer
  try {
    return withField(answer, header, detachedJws(signer, bytesOf(body), now))
  } catch {
    return answer
  }
}

const [IAT, ISS, TAN] = [
  'http://openbanking.org.uk/iat',
  'http://openbanking.org.uk/iss',
  'http://openbanking.org.uk/tan',
] as const

function detachedJws(
  { kid, issuer, trustAnchor, sign }: AnswerSigner,
  body: Buffer,
  now: number,
): string {
  const header = {
    alg: 'PS256',
    kid,
    typ: 'JOSE',
    [IAT]: Math.floor(now / 1000),
    [ISS]: issuer,
    [TAN]: trustAnchor,
    crit: [IAT, ISS, TAN],
  }
  const encoded = Buffer.from(JSON.stringify(header)).toString('base64url')
  return `${encoded}..${sign(`${encoded}.${body.toString('base64url')}`)}`
}

function withField({ status, headers, body }: Answer, name: string, field: string): Answer {
  return { status, headers: [...headers, name, field], body }
}

function recordOf(
  by: AnswerSignatureRecord['by'],
  field: string,
  body: Buffer,
  kid?: string,
): AnswerSignatureRecord {
  const proof = hash('sha256', Buffer.concat([Buffer.from(`${field}\n`), body]), 'hex')
  return { by, ...(kid !== undefined && { kid }), proof: `sha256:${proof}` }
}

function bytesOf(body: string | Uint8Array): Buffer {
  return typeof body === 'string'
    ? Buffer.from(body)
    : Buffer.from(body.buffer, body.byteOffset, body.byteLength)
}
