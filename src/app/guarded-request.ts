/**
 * HTTP of our own, to addresses that the configuration names: key sets, introspection. No redirect is followed, no coding is asked for, and a name
 * that came to mean a metadata service or this machine is refused as it is for bank APIs: the address that was judged is the one called.
 */
import { type IncomingMessage, request as plainRequest } from 'node:http'
import { request as tlsRequest } from 'node:https'
import { isIP } from 'node:net'
import type { SecureContext } from 'node:tls'
import { guardedLookup, mayReach, type Resolve } from '../gateway/node/index.ts'
import { type EgressList, GatehouseError, offList } from '../lib/index.ts'

export interface GuardedRequest {
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly timeoutMs: number
  /** Of the answer's body. */
  readonly maxBytes: number
  /** Lists of where calls may go; it must be on all of them. */
  readonly lists?: readonly EgressList[]
  /** Whom to believe and what to show over TLS; absent: the anchors of the machine, and nothing. */
  readonly secureContext?: SecureContext
}

export interface GuardedAnswer {
  readonly status: number
  /** Lower case, without parameters; `''`: none is said. */
  readonly mediaType: string
  /** `''`: it names none. */
  readonly etag: string
  /** UTF-8; reading it rejects past `maxBytes`, and where it is no UTF-8. */
  text(): Promise<string>
  /** Lets go of the connection where the body is not wanted. */
  discard(): void
}

/** @throws GH_GATEWAY_EGRESS_REFUSED, `TimeoutError`, and what the network says */
export async function guardedRequest(
  address: string,
  options: GuardedRequest,
  names?: Resolve,
): Promise<GuardedAnswer> {
  const { method, headers, body, timeoutMs, maxBytes, secureContext } = options
  const url = new URL(address)
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  // An address is not resolved, so that nobody else would judge it.
  const { lists = [] } = options
  const may = mayReach(lists)
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80))
  if (
    lists.some((list) => offList(list, host, port) !== undefined) ||
    (isIP(host) !== 0 && !may(host, host))
  )
    throw new GatehouseError('GH_GATEWAY_EGRESS_REFUSED', url.host)
  const signal = AbortSignal.timeout(timeoutMs)
  const send = url.protocol === 'https:' ? tlsRequest : plainRequest
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = send(
        url,
        {
          method,
          // A connection of its own: one that is kept was judged for another moment.
          agent: false,
          lookup: guardedLookup(names, may),
          signal,
          ...(secureContext !== undefined && { secureContext }),
          headers: {
            ...headers,
            'accept-encoding': 'identity',
            ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }),
          },
        },
        resolve,
      )
      request.on('error', reject)
      request.end(body)
    })
    const [mediaType = ''] = (response.headers['content-type'] ?? '').split(';', 1)
    return {
      status: response.statusCode ?? 0,
      mediaType: mediaType.trim().toLowerCase(),
      etag: response.headers.etag ?? '',
      text: () => textOf(response, maxBytes, signal),
      discard: () => void response.destroy(),
    }
  } catch (error) {
    throw ended(error, signal)
  }
}

async function textOf(
  response: IncomingMessage,
  maxBytes: number,
  signal: AbortSignal,
): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    const coding = response.headers['content-encoding'] ?? 'identity'
    // What is small on the way may be large.
    if (coding !== 'identity') throw new Error('a content coding that was not asked for')
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.byteLength
      if (size > maxBytes) throw new Error(`more than ${maxBytes} bytes`)
      chunks.push(chunk)
    }
  } catch (error) {
    throw ended(error, signal)
  } finally {
    response.destroy()
  }
  return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))
}

/** What ended by its time says so, whichever part of it was under way. */
function ended(error: unknown, signal: AbortSignal): unknown {
  return signal.aborted ? signal.reason : error
}
