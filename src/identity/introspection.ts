/**
 * Introspection (RFC 7662) for gateways that authenticate by their certificate, before the library: the same answer from the same records, without
 * what the library does around it. It answers only one thing, that a token is active, and only where everything is as it should be. Whatever is
 * otherwise, however slightly, goes to the library as if nobody had looked: what is refused is refused in one place, and a test compares the two.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { parse } from 'node:querystring'
import type { Payload } from 'oidc-provider'
import type { Clock } from '../lib/index.ts'
import { CERTIFICATE_SUBJECTS, type Presented, subjectMatches } from './certificates.ts'
import type { ClientMetadata } from './client-metadata.ts'

export interface IntrospectionParts {
  /** Clients of the configuration, as they are now. */
  readonly configured: (id: string) => ClientMetadata | undefined
  readonly gateways: ReadonlySet<string>
  readonly presented: Presented
  /** A record of the library's, of the first of these kinds that has it, unless it has expired. */
  readonly find: (models: readonly string[], id: string) => Promise<Payload | undefined>
  /** Whether there is such a client, and it may act. */
  readonly isClient: (id: string) => Promise<boolean>
  readonly issuer: string
  readonly clock: Clock
}
export type Introspection = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>

/** A question is an id, a token and a hint. */
const MAX_QUESTION_BYTES = 1_024
/** 256 bits in base64url, as the library makes tokens (`bitsOfOpaqueRandomness`); none that says something itself. */
const TOKEN = /^[\w-]{43}$/
/** In the library's order. */
const ACCESS_TOKENS = ['AccessToken', 'ClientCredentials']
const GRANTS = ['Grant']
const FORM = /^application\/x-www-form-urlencoded(?:; ?charset=utf-8)?$/i
const PARAMETERS: ReadonlySet<string> = new Set(['client_id', 'token', 'token_type_hint'])
/** Other ways to authenticate, which the library judges together. */
const NOT_WITH = [
  'authorization',
  'oauth-client-attestation',
  'oauth-client-attestation-pop',
  // No gateway is a script in a browser.
  'origin',
]

/** True: it was answered. */
export function introspection(parts: IntrospectionParts): Introspection {
  const { configured, gateways, presented, find, isClient, issuer, clock } = parts

  function mayAsk(request: IncomingMessage, id: string): boolean {
    const client = gateways.has(id) ? configured(id) : undefined
    if (client?.token_endpoint_auth_method !== 'tls_client_auth') return false
    const certificate = presented.of(request)
    if (certificate === undefined || !presented.trusted(request)) return false
    const property = CERTIFICATE_SUBJECTS.find((name) => client[name])
    const expected = property && client[property]
    return expected !== undefined && subjectMatches(certificate, property ?? '', expected)
  }

  async function active(token: string): Promise<Payload | undefined> {
    const now = Math.floor(clock.now() / 1000)
    const inForce = (record: Payload): boolean =>
      typeof record['exp'] === 'number' && record['exp'] > now
    const record = await find(ACCESS_TOKENS, token)
    if (record === undefined || !inForce(record) || record['consumed'] !== undefined)
      return undefined
    if (!ORDINARY.every(([name, of]) => record[name] === undefined || of(record[name])))
      return undefined
    const { grantId, accountId, clientId } = record
    if (typeof clientId !== 'string') return undefined
    if (typeof grantId === 'string') {
      const grant = await find(GRANTS, grantId)
      if (grant === undefined || !inForce(grant)) return undefined
      if (grant['clientId'] !== clientId || grant['accountId'] !== accountId) return undefined
    }
    if (!(await isClient(clientId))) return undefined
    return told(record, issuer)
  }

  return async (request, response) => {
    if (!isQuestion(request)) return false
    const question = await wholeBody(request)
    if (question === undefined) return false
    const { client_id: id, token, ...more } = parse(question.toString())
    if (typeof id !== 'string' || typeof token !== 'string' || !TOKEN.test(token)) return false
    const hint = more['token_type_hint'] ?? 'access_token'
    if (hint !== 'access_token' || !Object.keys(more).every((name) => PARAMETERS.has(name)))
      return false
    if (!mayAsk(request, id)) return false
    const body = await active(token)
    if (body === undefined || response.destroyed) return false
    request.resume()
    const text = JSON.stringify(body)
    response
      .writeHead(200, {
        'cache-control': 'no-store',
        'content-type': 'application/json; charset=utf-8',
        'content-length': Buffer.byteLength(text),
      })
      .end(text)
    return true
  }
}

/** By its head alone: a form of known length, asked for as JSON. */
function isQuestion({ method, url, headers }: IncomingMessage): boolean {
  if (method !== 'POST' || url !== '/introspect') return false
  const { accept = '*/*', 'content-type': type, 'content-length': length } = headers
  return (
    (accept === '*/*' || accept === 'application/json') &&
    type !== undefined &&
    FORM.test(type) &&
    length !== undefined &&
    Number(length) > 0 &&
    Number(length) <= MAX_QUESTION_BYTES &&
    headers['content-encoding'] === undefined &&
    NOT_WITH.every((name) => headers[name] === undefined)
  )
}

/** What came with the head or right after it; it is put back, so that the library finds a request that nobody read. */
async function wholeBody(request: IncomingMessage): Promise<Buffer | undefined> {
  if (request.readableLength === 0)
    await new Promise<void>((resolve) => {
      const done = (): void => {
        for (const name of ['readable', 'close', 'error']) request.off(name, done)
        resolve()
      }
      for (const name of ['readable', 'close', 'error']) request.on(name, done)
    })
  const bytes: unknown = request.read()
  if (!Buffer.isBuffer(bytes)) return undefined
  request.unshift(bytes)
  return bytes.length === Number(request.headers['content-length']) ? bytes : undefined
}

const isText = (value: unknown): boolean => typeof value === 'string'
/** Members that the answer has of the record; one of another kind is for the library to look at. */
const ORDINARY: readonly (readonly [string, (value: unknown) => boolean])[] = [
  ['accountId', isText],
  ['grantId', isText],
  ['aud', isText],
  ['scope', isText],
  ['jkt', isText],
  ['x5t#S256', isText],
  ['iat', (value) => typeof value === 'number'],
  ['rar', (value) => Array.isArray(value) && value.length > 0],
  ['extra', (value) => typeof value === 'object' && value !== null],
  ['format', (value) => value === 'opaque'],
]

/** The members in the order in which the library has them. */
function told(record: Payload, issuer: string): Payload {
  const { accountId, clientId, extra, exp, iat, sid, aud, rar, scope, jkt } = record
  const thumbprint = record['x5t#S256']
  const bound = jkt !== undefined || thumbprint !== undefined
  return {
    active: true,
    ...(accountId === undefined ? {} : { sub: accountId }),
    ...(extra as Payload | undefined), // sound: an object or none (above)
    client_id: clientId,
    exp,
    iat,
    sid,
    iss: issuer,
    aud,
    authorization_details: rar,
    scope: scope === '' ? undefined : scope,
    cnf: bound ? { 'x5t#S256': thumbprint, jkt } : undefined,
    token_type: jkt === undefined ? 'Bearer' : 'DPoP',
  }
}
