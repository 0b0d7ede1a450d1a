/** OCSP over HTTP (RFC 6960 appendix A.1): one POST, no redirects, a bounded answer, and only to addresses that may be called. */
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'
import { guardedLookup, mayCall, mayReach } from '../../gateway/node/index.ts'
import { type EgressList, isPublicAddress, offList } from '../../lib/index.ts'
import { MAX_OCSP_BYTES } from '../../proof/index.ts'
import type { AskResponder } from './certificate-status.ts'

const ALLOWED = {
  /** The bank wrote it: its own network is as good as any, but no metadata service is. */
  configuration: mayCall,
  /** Whoever issued the certificate wrote it, and must not turn us on the bank's network. */
  certificate: (_host: string, address: string) => isPublicAddress(address),
} as const
/** The lists of the answer's own headers; far more than responders send. */
const MAX_HEADER_BYTES = 8_192

/** `lists`: of the APIs that are served; a responder is on all of them, whoever named it. */
export function responderAsker(lists: () => readonly EgressList[]): AskResponder {
  return (responder, body, signal) => askResponder(responder, body, signal, lists())
}

export async function askResponder(
  { url, namedBy }: Parameters<AskResponder>[0],
  body: Uint8Array,
  signal: AbortSignal,
  lists: readonly EgressList[] = [],
): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>()
  const at = new URL(url)
  const host = at.hostname.replace(/^\[(.*)\]$/, '$1')
  const reach = mayReach(lists)
  const allowed = (name: string, address: string): boolean =>
    ALLOWED[namedBy](name, address) && reach(name, address)
  const port = Number(at.port || (at.protocol === 'https:' ? 443 : 80))
  if (lists.some((list) => offList(list, host, port) !== undefined))
    throw new Error('it is not on the list of where calls may go')
  // A literal address is never looked up.
  if (isIP(host) !== 0 && !allowed(host, host)) throw new Error('its address may not be called')
  const send = at.protocol === 'https:' ? httpsRequest : httpRequest
  const sent = send(
    at,
    {
      method: 'POST',
      agent: false,
      signal,
      maxHeaderSize: MAX_HEADER_BYTES,
      lookup: guardedLookup(undefined, allowed),
      headers: {
        'content-type': 'application/ocsp-request',
        'content-length': body.length,
        accept: 'application/ocsp-response',
        connection: 'close',
      },
    },
    (answer) => {
      const chunks: Buffer[] = []
      let size = 0
      if (answer.statusCode !== 200)
        return void sent.destroy(new Error(`status ${answer.statusCode ?? 0}`))
      answer.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size > MAX_OCSP_BYTES) sent.destroy(new Error(`more than ${MAX_OCSP_BYTES} bytes`))
        else chunks.push(chunk)
      })
      answer.on('end', () => resolve(Buffer.concat(chunks)))
      answer.on('error', reject)
    },
  )
  sent.on('error', reject)
  sent.end(body)
  return promise
}
