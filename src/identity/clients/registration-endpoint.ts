/** Registration over HTTP: POST at the endpoint, then GET, PUT and DELETE at the client's own address (RFC 7592 §2). Always over mutual TLS. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Clock, GatehouseError } from '../../lib/index.ts'
import type { Presented } from '../certificates.ts'
import { DECISION_HEADER, type Evidence, type EvidenceEntry } from '../evidence.ts'
import { type Caller, callerOf } from './caller.ts'
import { RegistrationRefused } from './refused.ts'
import { type Registration, REGISTRATION_PATH, type Sent } from './registration.ts'
import { registrationRate } from './registration-rate.ts'
import { MAX_REQUEST_CHARS } from './registration-request.ts'

export interface EndpointOptions {
  readonly registration: Registration
  readonly presented: Presented
  readonly clock: Clock
  readonly evidence: Evidence
  /** Told of what failed here. */
  readonly say: (failure: unknown) => void
}
/** False: the request is for somebody else. */
export type RegistrationEndpoint = (
  request: IncomingMessage,
  response: ServerResponse,
) => Promise<boolean>

/** `application/jose` is that of UK Open Banking. */
const MEDIA_TYPES: readonly string[] = ['application/json', 'application/jose', 'application/jwt']
const TOKEN = /^Bearer ([\w-]{1,128})$/i
const RETRY_SECONDS = 60
const ACTIONS: ReadonlyMap<string | undefined, EvidenceEntry['action']> = new Map([
  ['PUT', 'client-change'],
  ['DELETE', 'client-remove'],
])

export function registrationEndpoint(options: EndpointOptions): RegistrationEndpoint {
  const { registration, presented, clock, evidence, say } = options
  const rate = registrationRate(clock)

  async function answer(
    request: IncomingMessage,
    id: string | undefined,
    caller: Caller,
  ): Promise<readonly [number, object | undefined]> {
    const { method } = request
    if (id === undefined) {
      if (method !== 'POST') throw notAllowed()
      return [201, await registration.register(await sentBy(request, caller))]
    }
    const token = TOKEN.exec(request.headers.authorization ?? '')?.[1] ?? ''
    switch (method) {
      case 'GET':
        return [200, await registration.read(id, token, caller)]
      case 'PUT':
        return [200, await registration.change(id, token, await sentBy(request, caller))]
      case 'DELETE':
        await registration.remove(id, token, caller)
        return [204, undefined]
      default:
        throw notAllowed()
    }
  }

  /** What is refused for its number alone is not recorded: a stranger would fill the disk. */
  async function recorded(
    error: unknown,
    of: {
      readonly id: string | undefined
      readonly caller: Caller | undefined
      readonly method: string | undefined
    },
  ): Promise<RegistrationRefused> {
    try {
      if (!(error instanceof RegistrationRefused)) throw error
      if (error.decision !== undefined || of.caller === undefined) return error
      if (error.error === 'temporarily_unavailable') return error
      error.decision = await evidence.write({
        action:
          of.id === undefined ? 'client-register' : (ACTIONS.get(of.method) ?? 'client-manage'),
        outcome: 'refused',
        by: 'third-party',
        error: error.error,
        why: error.message,
        client: of.id,
        caller: of.caller.identity,
      })
      return error
    } catch (failure) {
      say(failure)
      return failure instanceof GatehouseError && failure.code === 'GH_IDENTITY_UNRECORDED'
        ? new RegistrationRefused('temporarily_unavailable', 'it cannot be recorded', 503)
        : new RegistrationRefused('server_error', 'it could not be done', 500)
    }
  }

  return async (request, response) => {
    const id = clientOf(request.url ?? '')
    if (id === false) return false
    let caller: Caller | undefined
    try {
      caller = callerOf(presented, request)
      if (!rate.take(caller.certificate.thumbprint))
        throw new RegistrationRefused('temporarily_unavailable', 'too many requests')
      const [status, body] = await answer(request, id, caller)
      send(response, status, body)
    } catch (error) {
      const refused = await recorded(error, { id, caller, method: request.method })
      if (refused.decision !== undefined) response.setHeader(DECISION_HEADER, refused.decision)
      if (refused.status === 429) response.setHeader('retry-after', RETRY_SECONDS)
      if (refused.status === 405)
        response.setHeader('allow', id === undefined ? 'POST' : 'GET, PUT, DELETE')
      if (refused.error === 'invalid_token')
        response.setHeader('www-authenticate', 'Bearer error="invalid_token"')
      // What was not read is not waited for.
      if (!request.complete) response.setHeader('connection', 'close')
      send(response, refused.status, { error: refused.error, error_description: refused.message })
    }
    return true
  }
}

/** `undefined`: the endpoint itself; `false`: another path. */
function clientOf(url: string): string | undefined | false {
  const [path = ''] = url.split('?', 1)
  if (path === REGISTRATION_PATH) return undefined
  const id = path.startsWith(`${REGISTRATION_PATH}/`) && path.slice(REGISTRATION_PATH.length + 1)
  return id !== false && /^[\w-]{1,64}$/.test(id) && id
}

function notAllowed(): RegistrationRefused {
  return new RegistrationRefused('invalid_request', 'the method is not taken here', 405)
}

/** @throws RegistrationRefused invalid_client_metadata */
async function sentBy(request: IncomingMessage, caller: Caller): Promise<Sent> {
  const refuse = (why: string, status?: number): never => {
    throw new RegistrationRefused('invalid_client_metadata', why, status)
  }
  const [type = ''] = (request.headers['content-type'] ?? '').split(';', 1)
  const mediaType = type.trim().toLowerCase()
  if (!MEDIA_TYPES.includes(mediaType))
    refuse(`the content type is one of ${MEDIA_TYPES.join(', ')}`, 415)
  if ((request.headers['content-encoding'] ?? 'identity') !== 'identity')
    refuse('no content coding is taken', 415)
  const chunks: Buffer[] = []
  let size = 0
  const body: AsyncIterable<Buffer> = request.iterator({ destroyOnReturn: false })
  for await (const chunk of body) {
    size += chunk.byteLength
    if (size > MAX_REQUEST_CHARS) refuse('the request is too large', 413)
    chunks.push(chunk)
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))
    return { text, mediaType, caller }
  } catch {
    return refuse('the request is not UTF-8')
  }
}

function send(response: ServerResponse, status: number, body: object | undefined): void {
  response.writeHead(status, {
    'cache-control': 'no-store',
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  })
  response.end(body === undefined ? undefined : JSON.stringify(body))
}
