/** Reads a request body into memory, up to a limit, and hands over its text. */
import { Buffer, isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import type { BodyFact } from '../../decide/index.ts'
import type { ErrorCode } from '../../lib/index.ts'

export type ReadBody =
  | { readonly ok: true; readonly body: BodyFact }
  | { readonly ok: false; readonly code: ErrorCode }

/** `done` is called once, or never if the client leaves: the response's `close` tells that. */
export function readRequestBody(
  request: IncomingMessage,
  maxBytes: number,
  done: (result: ReadBody) => void,
): void {
  const chunks: Buffer[] = []
  let bytes = 0
  const take = (chunk: Buffer): void => {
    bytes += chunk.length
    if (bytes > maxBytes) {
      request.off('data', take)
      request.off('end', finish)
      request.pause()
      done({ ok: false, code: 'GH_GATEWAY_BODY_TOO_LARGE' })
    } else chunks.push(chunk)
  }
  const finish = (): void => {
    const whole = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)
    // RFC 8259 §8.1: JSON between systems is UTF-8. Two readers of broken UTF-8 see two bodies.
    if (!isUtf8(whole)) return done({ ok: false, code: 'GH_GATEWAY_REQUEST_INVALID' })
    done({
      ok: true,
      body: { kind: 'text', mediaType: mediaType(request), text: whole.toString('utf8') },
    })
  }
  request.on('data', take)
  request.on('end', finish)
}

function mediaType(request: IncomingMessage): string {
  let found: string | undefined
  for (let at = 0; at < request.rawHeaders.length; at += 2) {
    if (request.rawHeaders[at]?.toLowerCase() !== 'content-type') continue
    if (found !== undefined) return '' // two types are none
    found = request.rawHeaders[at + 1] ?? ''
  }
  return (found ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
}
