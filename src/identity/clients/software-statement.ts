/**
 * Software statements (RFC 7591 §2.3) as the UK directory writes them: a JWT by which a directory vouches for a third party's software, its
 * roles, its redirect URIs and where its keys are.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/index.ts'
import { type IssuerKeys, readSignedObject } from '../../proof/index.ts'
import { CLOCK_TOLERANCE_SECONDS } from '../assertions.ts'
import { RegistrationRefused } from './refused.ts'

/** Who signs statements that are believed. */
export interface Directory {
  /** `iss` of its statements. */
  readonly issuer: string
  readonly keys: IssuerKeys
  /** The oldest statement that it is believed for, in seconds. */
  readonly maxAgeSeconds: number
}

export interface SoftwareStatement {
  readonly text: string
  readonly issuer: string
  readonly jti: string
  readonly software: string
  readonly clientName: string | undefined
  /** Of the directory. */
  readonly organization: string
  /** Number at its authority, where the directory says it. */
  readonly registration: string | undefined
  /** PSD2 roles. */
  readonly roles: ReadonlySet<string>
  readonly redirectUris: readonly string[]
  readonly jwksUri: string | undefined
  readonly jwks: JsonObject | undefined
  /** Milliseconds since the epoch; from then on it is refused for its age. */
  readonly usableUntil: number
}

export const MAX_STATEMENT_CHARS = 32_768
const MAX_ID_CHARS = 256
const MAX_URIS = 100
const ROLES: ReadonlyMap<string, string> = new Map([
  ['AISP', 'PSP_AI'],
  ['PISP', 'PSP_PI'],
  ['CBPII', 'PSP_IC'],
  ['PSP_AI', 'PSP_AI'],
  ['PSP_PI', 'PSP_PI'],
  ['PSP_IC', 'PSP_IC'],
])

function refuse(why: string): never {
  throw new RegistrationRefused('invalid_software_statement', `software_statement: ${why}`)
}

/** @throws RegistrationRefused invalid_software_statement, unapproved_software_statement */
export async function readStatement(
  text: string,
  directories: readonly Directory[],
  now: number,
): Promise<SoftwareStatement> {
  const read = readSignedObject(text, MAX_STATEMENT_CHARS)
  if (read === undefined) return refuse('it is no JWT that is signed with PS256, ES256 or EdDSA')
  const { payload: claims, kid, algorithm } = read
  const directory = directories.find(({ issuer }) => issuer === claims['iss'])
  if (directory === undefined)
    throw new RegistrationRefused(
      'unapproved_software_statement',
      'the issuer of the software statement is no directory that is believed',
    )
  const key =
    directory.keys.known(kid, algorithm, now) ?? (await directory.keys.refetched(kid, algorithm))
  if (!read.signedBy(key)) refuse('its signature is not that of its directory')

  const seconds = Math.floor(now / 1000)
  const { iat, exp, nbf } = claims
  if (typeof iat !== 'number') return refuse('iat is needed')
  if (iat > seconds + CLOCK_TOLERANCE_SECONDS) refuse('iat is in the future')
  const end = iat + directory.maxAgeSeconds
  if (end <= seconds) refuse('it is too old: ask the directory for another one')
  if (exp !== undefined && (typeof exp !== 'number' || exp <= seconds)) refuse('it has expired')
  if (nbf !== undefined && (typeof nbf !== 'number' || nbf > seconds + CLOCK_TOLERANCE_SECONDS))
    refuse('it is not valid yet')
  if (claims['org_status'] !== undefined && claims['org_status'] !== 'Active')
    throw new RegistrationRefused(
      'unapproved_software_statement',
      'the directory says that the organisation is not active',
    )
  const jwksUri = optionalText(claims, 'software_jwks_endpoint')
  const jwks = claims['software_jwks']
  if (jwks !== undefined && !isJsonObject(jwks)) refuse('software_jwks is no key set')
  return {
    text,
    issuer: directory.issuer,
    jti: neededText(claims, 'jti'),
    software: neededText(claims, 'software_id'),
    clientName: optionalText(claims, 'software_client_name'),
    organization: neededText(claims, 'org_id'),
    registration: registrationOf(claims['organisation_competent_authority_claims']),
    roles: new Set(texts(claims, 'software_roles').flatMap((role) => ROLES.get(role) ?? [])),
    redirectUris: texts(claims, 'software_redirect_uris'),
    jwksUri,
    jwks: isJsonObject(jwks) ? jwks : undefined,
    usableUntil: end * 1000,
  }
}

function neededText(claims: JsonObject, name: string): string {
  return optionalText(claims, name) ?? refuse(`${name} is needed`)
}

function optionalText(claims: JsonObject, name: string): string | undefined {
  const value = Object.hasOwn(claims, name) ? claims[name] : undefined
  if (value === undefined || value === null) return undefined
  // oxlint-disable-next-line no-control-regex -- they are what is refused
  if (typeof value !== 'string' || value === '' || /[\u0000-\u001f\u007f]/.test(value))
    return refuse(`${name} must be a text`)
  return value.length > MAX_ID_CHARS ? refuse(`${name} is too long`) : value
}

function texts(claims: JsonObject, name: string): readonly string[] {
  const value = Object.hasOwn(claims, name) ? claims[name] : undefined
  if (value === undefined || value === null) return []
  if (!Array.isArray(value) || value.length > MAX_URIS) return refuse(`${name} must be a list`)
  return value.map((one: JsonValue) =>
    typeof one === 'string' ? one : refuse(`${name} must be a list of texts`),
  )
}

/** `{authority_id: "GBR", registry_id: "FCA", registration_id: "123456"}` names it in parts; those of others in one. */
function registrationOf(claims: JsonValue | undefined): string | undefined {
  if (!isJsonObject(claims)) return undefined
  const { registration_id: id, authority_id: authority } = claims
  if (typeof id !== 'string') return undefined
  return typeof authority === 'string' && !id.startsWith('PSD') ? `${authority}-${id}` : id
}
