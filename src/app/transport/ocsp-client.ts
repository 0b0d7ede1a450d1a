/** OCSP over HTTP (RFC 6960 appendix A.1): one POST, no redirects, a bounded answer, and only to addresses that may be called. */
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'
import { guardedLookup, isPublic, mayCall } from '../../gateway/node/index.ts'
import { MAX_OCSP_BYTES } from '../../proof/index.ts'
import type { AskResponder } from './certificate-status.ts'

const ALLOWED = {
  /** The bank wrote it: its own network is as good as any, but no metadata service is. */
  configuration: mayCall,
  /** Whoever issued the certificate wrote it, and must not turn us on the bank's network. */
  certificate: (_host: string, address: string) => isPublic(address),
} as const
/** The lists of the answer's own headers; far more than responders send. */
const MAX_HEADER_BYTES = 8_192

export const askResponder: AskResponder = async ({ url, namedBy }, body, signal) => {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>()
  const at = new URL(url)
  const host = at.hostname.replace(/^\[(.*)\]$/, '$1')
  const allowed = ALLOWED[namedBy]
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
