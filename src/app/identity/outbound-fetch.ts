/**
 * How the authorization server reaches addresses that third parties chose. A name is resolved, each of its addresses judged, and one of those
 * that were judged is called: to a private network, this machine or a metadata service no packet goes (CWE-918), whatever a name means by then.
 */
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { isIP } from 'node:net'
import { guardedLookup } from '../../gateway/node/index.ts'
import { GatehouseError, isNeverCalled, isPublicAddress } from '../../lib/index.ts'

type Fetch = (url: string | URL, options: RequestInit) => Promise<Response>
export interface OutboundOptions {
  /** Names that may be at private addresses nevertheless: a directory within the bank's own network, and development. */
  readonly privateHosts: readonly string[]
  readonly lookup?: typeof guardedLookup
  /** Authorities that are believed beside those of the system, PEM. */
  readonly ca?: string
}

/** Largest answer, in bytes; whoever reads it has a limit of its own below. */
const MAX_ANSWER_BYTES = 262_144
const TIMEOUT_MS = 5_000

export function outboundFetch({
  privateHosts,
  lookup = guardedLookup,
  ca,
}: OutboundOptions): Fetch {
  const own = new Set(privateHosts.map((name) => name.toLowerCase()))
  const may = (host: string, address: string): boolean =>
    isPublicAddress(address) || (own.has(host.toLowerCase()) && !isNeverCalled(address))
  const resolve = lookup(undefined, may)

  return async (address, { method = 'GET', headers, body, signal }) => {
    const url = new URL(address)
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
    // An address is not resolved, so that nobody else would judge it.
    if (url.protocol !== 'https:' || (isIP(host) !== 0 && !may(host, host)))
      throw new GatehouseError('GH_GATEWAY_EGRESS_REFUSED', url.host)
    if (body !== undefined && body !== null && typeof body !== 'string')
      throw new TypeError('only texts are sent')
    const ends = [
      AbortSignal.timeout(TIMEOUT_MS),
      ...(signal instanceof AbortSignal ? [signal] : []),
    ]
    const answer = await new Promise<IncomingMessage>((done, failed) => {
      const sent = request(
        url,
        {
          method,
          // A connection of its own: one that is kept was judged for another moment.
          agent: false,
          lookup: resolve,
          signal: AbortSignal.any(ends),
          headers: {
            ...Object.fromEntries(new Headers(headers)),
            'accept-encoding': 'identity',
            ...(typeof body === 'string' && { 'content-length': Buffer.byteLength(body) }),
          },
          ...(ca === undefined ? {} : { ca }),
        },
        done,
      )
      sent.on('error', failed)
      sent.end(body ?? undefined)
    })
    const bytes = await bodyOf(answer)
    const status = answer.statusCode ?? 0
    // A redirect would be another address, chosen by whoever answers.
    if (status < 200 || (status >= 300 && status < 400)) throw new TypeError(`status ${status}`)
    const empty = status === 204 || status === 205
    return new Response(empty ? null : bytes, { status, headers: plain(answer) })
  }
}

async function bodyOf(answer: IncomingMessage): Promise<Buffer<ArrayBuffer>> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    if ((answer.headers['content-encoding'] ?? 'identity') !== 'identity')
      throw new TypeError('a content coding that was not asked for')
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      size += chunk.byteLength
      if (size > MAX_ANSWER_BYTES) throw new TypeError(`more than ${MAX_ANSWER_BYTES} bytes`)
      chunks.push(chunk)
    }
  } finally {
    answer.destroy()
  }
  return Buffer.concat(chunks)
}

/** What readers of key sets look at. */
function plain({ headers }: IncomingMessage): Record<string, string> {
  const found: Record<string, string> = {}
  for (const name of ['content-type', 'cache-control', 'expires']) {
    const value = headers[name]
    if (typeof value === 'string') found[name] = value
  }
  return found
}
