/** Registration over HTTP: POST at the endpoint, then GET, PUT and DELETE at the client's own address (RFC 7592 §2). Always over mutual TLS. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../../lib/index.ts'
import type { Presented } from '../certificates.ts'
import { type Caller, callerOf } from './caller.ts'
import { RegistrationRefused } from './refused.ts'
import { type Registration, REGISTRATION_PATH, type Sent } from './registration.ts'
import { registrationRate } from './registration-rate.ts'
import { MAX_REQUEST_CHARS } from './registration-request.ts'

/** Something that a third party did, or tried to, for the record. */
export interface RegistrationNews {
  readonly what: 'client-registered' | 'client-changed' | 'client-removed' | 'client-refused'
  readonly client: string | undefined
  /** By its certificate. */
  readonly caller: string
  /** RFC 7591 error code, of a refusal. */
  readonly error: string | undefined
}
export interface EndpointOptions {
  readonly registration: Registration
  readonly presented: Presented
  readonly clock: Clock
  readonly tell: (news: RegistrationNews) => void
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

export function registrationEndpoint(options: EndpointOptions): RegistrationEndpoint {
  const { registration, presented, clock, tell, say } = options
  const rate = registrationRate(clock)

  async function answer(
    request: IncomingMessage,
    id: string | undefined,
    caller: Caller,
  ): Promise<readonly [number, object | undefined]> {
    const { method } = request
    const news = (what: RegistrationNews['what'], client: unknown): void =>
      tell({ what, client: String(client), caller: caller.identity, error: undefined })
    if (id === undefined) {
      if (method !== 'POST') throw notAllowed()
      const made = await registration.register(await sentBy(request, caller))
      news('client-registered', made['client_id'])
      return [201, made]
    }
    const token = TOKEN.exec(request.headers.authorization ?? '')?.[1] ?? ''
    switch (method) {
      case 'GET':
        return [200, await registration.read(id, token, caller)]
      case 'PUT': {
        const made = await registration.change(id, token, await sentBy(request, caller))
        news('client-changed', id)
        return [200, made]
      }
      case 'DELETE':
        await registration.remove(id, token, caller)
        news('client-removed', id)
        return [204, undefined]
      default:
        throw notAllowed()
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
      if (!(error instanceof RegistrationRefused)) {
        say(error)
        send(response, 500, { error: 'server_error' })
        return true
      }
      if (caller !== undefined && error.error !== 'temporarily_unavailable')
        tell({
          what: 'client-refused',
          client: id,
          caller: caller.identity,
          error: error.error,
        })
      if (error.status === 429) response.setHeader('retry-after', RETRY_SECONDS)
      if (error.error === 'invalid_token')
        response.setHeader('www-authenticate', 'Bearer error="invalid_token"')
      // What was not read is not waited for.
      if (!request.complete) response.setHeader('connection', 'close')
      send(response, error.status, { error: error.error, error_description: error.message })
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
