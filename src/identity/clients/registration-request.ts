/**
 * What a third party sends to be registered: client metadata as JSON (RFC 7591 §3.1), or the same signed as a JWT, as UK Open Banking DCR 3.3
 * asks. The signature is that of the software, by a key of its statement, or of a QSEAL of the same holder as the connection's certificate.
 */
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../../lib/index.ts'
import {
  keyOfCertificate,
  parseKeySet,
  readCertificate,
  readSignedObject,
  type SignedObject,
  type VerificationKey,
} from '../../proof/index.ts'
import { CLOCK_TOLERANCE_SECONDS } from '../assertions.ts'
import type { Presented } from '../certificates.ts'
import { type Caller, isSealOf } from './caller.ts'
import { RegistrationRefused } from './refused.ts'
import {
  type Directory,
  MAX_STATEMENT_CHARS,
  readStatement,
  type SoftwareStatement,
} from './software-statement.ts'

export interface RegistrationRequest {
  readonly members: JsonObject
  /** `undefined`: none was sent; certificate and register alone say who it is. */
  readonly statement: SoftwareStatement | undefined
}
export interface RequestParts {
  readonly issuer: string
  readonly directories: readonly Directory[]
  readonly presented: Presented
  /** Keys of a software, from where its statement says. Rejects when they cannot be had. */
  readonly keysAt: (uri: string) => Promise<string>
  readonly now: () => number
}

export const MAX_REQUEST_CHARS = 65_536
/** How long a signed request may be good for. */
const MAX_REQUEST_SECONDS = 3600
const MAX_CHAIN = 5

/** @throws RegistrationRefused */
export async function readRequest(
  text: string,
  mediaType: string,
  caller: Caller,
  parts: RequestParts,
): Promise<RegistrationRequest> {
  const signed = mediaType !== 'application/json'
  const read = signed ? readSignedObject(text, MAX_REQUEST_CHARS) : undefined
  const members = signed ? read?.payload : jsonOf(text)
  if (members === undefined)
    throw new RegistrationRefused(
      'invalid_client_metadata',
      signed
        ? 'the request is no JWT that is signed with PS256, ES256 or EdDSA'
        : 'the request is no JSON object',
    )
  const { software_statement: sent } = members
  if (sent !== undefined && (typeof sent !== 'string' || sent.length > MAX_STATEMENT_CHARS))
    throw new RegistrationRefused('invalid_software_statement', 'it is no text, or too long')
  const statement =
    sent === undefined ? undefined : await readStatement(sent, parts.directories, parts.now())
  if (read !== undefined) await checkSigned(read, statement, caller, parts)
  return { members, statement }
}

function jsonOf(text: string): JsonObject | undefined {
  try {
    const value = parseJson(text)
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

async function checkSigned(
  request: SignedObject,
  statement: SoftwareStatement | undefined,
  caller: Caller,
  parts: RequestParts,
): Promise<void> {
  const refuse = (why: string): never => {
    throw new RegistrationRefused('invalid_client_metadata', why)
  }
  const { header, payload } = request
  const good =
    header['x5c'] === undefined
      ? request.signedByOneOf(await keysOf(statement, parts))
      : request.signedBy(sealKey(header['x5c'], caller, parts.presented))
  if (!good) refuse('the request is not signed by a key of the software')
  const { iss, aud, exp, iat, jti } = payload
  const now = Math.floor(parts.now() / 1000)
  if (statement !== undefined && iss !== statement.software)
    refuse('iss must be the software_id of the statement')
  if (aud !== parts.issuer && !(Array.isArray(aud) && aud.length === 1 && aud[0] === parts.issuer))
    refuse('aud must be the issuer of this server')
  if (typeof iat !== 'number' || iat > now + CLOCK_TOLERANCE_SECONDS)
    return refuse('iat is needed, and not in the future')
  if (typeof exp !== 'number' || exp <= now || exp - iat > MAX_REQUEST_SECONDS)
    refuse(`exp is needed, not past, and within ${MAX_REQUEST_SECONDS} seconds of iat`)
  if (typeof jti !== 'string' || jti === '') refuse('jti is needed')
}

async function keysOf(
  statement: SoftwareStatement | undefined,
  { keysAt }: RequestParts,
): Promise<readonly VerificationKey[]> {
  const refuse = (why: string): never => {
    throw new RegistrationRefused('invalid_software_statement', why)
  }
  if (statement === undefined) return []
  if (statement.jwks !== undefined) return parseKeySet(JSON.stringify(statement.jwks))?.keys ?? []
  if (statement.jwksUri === undefined) return refuse('it names no keys of the software')
  const text = await keysAt(statement.jwksUri).catch(() =>
    refuse('the keys of the software cannot be had from where it says'),
  )
  return parseKeySet(text)?.keys ?? refuse('where it says there are no keys of the software')
}

/** RFC 7515 §4.1.6: the certificate of the seal first. */
function sealKey(
  chain: JsonValue | undefined,
  caller: Caller,
  presented: Presented,
): VerificationKey | undefined {
  const refuse = (why: string): never => {
    throw new RegistrationRefused('invalid_client_metadata', why)
  }
  if (!Array.isArray(chain) || chain.length === 0 || chain.length > MAX_CHAIN)
    return refuse('x5c must be a chain of certificates')
  const first: JsonValue | undefined = chain[0]
  const read = readCertificate(Buffer.from(typeof first === 'string' ? first : '', 'base64'))
  if (!read.ok) return refuse('x5c must hold certificates')
  if (!isSealOf(read.certificate, caller))
    refuse('the seal is not of the holder of the client certificate')
  if (!presented.believesSeal(read.certificate.der)) refuse('the seal is not trusted')
  return keyOfCertificate(read.certificate)
}
