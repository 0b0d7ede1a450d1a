/** Bytes that never became a request: one event, a short answer where there is room for one, and the connection ends. */
import { Buffer } from 'node:buffer'
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { ErrorCode } from '../../lib/index.ts'
import type { Core } from '../core/index.ts'

const CODES: ReadonlyMap<string, ErrorCode> = new Map([
  ['HPE_HEADER_OVERFLOW', 'GH_GATEWAY_HEADERS_TOO_LARGE'],
  ['ERR_HTTP_REQUEST_TIMEOUT', 'GH_GATEWAY_REQUEST_TIMEOUT'],
  ['CONNECT', 'GH_GATEWAY_METHOD_UNKNOWN'],
])
/** The other side is gone: nobody was refused. */
const GONE = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT'])

export function answerBrokenRequest(
  core: Core,
  error: { readonly code?: string | undefined },
  socket: Socket,
): void {
  // The rest of what was refused already: one connection, one event, however much it still sends.
  if (socket.writableEnded) return
  const cause = error.code ?? 'UNKNOWN'
  if (GONE.has(cause)) {
    socket.destroy()
    return
  }
  const code = CODES.get(cause) ?? 'GH_GATEWAY_REQUEST_MALFORMED'
  const { status, headers, body } = core.refusedEarly(
    code,
    cause.slice(0, 64),
    socket.remoteAddress ?? '',
  )
  // With an earlier answer still owed on this connection, these bytes would be read as that answer.
  if (!socket.writable || answerOwed(socket) || typeof body !== 'string') {
    socket.destroy()
    return
  }
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nconnection: close\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`
  for (let at = 0; at < headers.length; at += 2) head += `${headers[at]}: ${headers[at + 1]}\r\n`
  socket.end(`${head}\r\n${body}`)
  // What it still sends is not read.
  socket.destroySoon()
}

/** Node keeps the response being written on the socket; it has no public name for it, and its own handler looks there too. */
function answerOwed(socket: Socket & { readonly _httpMessage?: unknown }): boolean {
  return socket._httpMessage !== undefined && socket._httpMessage !== null
}
