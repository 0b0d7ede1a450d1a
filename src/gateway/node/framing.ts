/**
 * Whether a request says in one way only where it goes and where it ends. What two servers might
 * read differently is refused here, because request smuggling lives on that difference (RFC 9112 §6.3, §11.2; RFC 9110 §7.2).
 */
import type { ErrorCode } from '../../lib/index.ts'
import type { HeaderKinds } from './header-kinds.ts'

export interface Framing {
  readonly refused: ErrorCode | undefined
  readonly hasBody: boolean
  /** Bytes; -1 when chunked or not announced. */
  readonly contentLength: number
  /** Names in `Connection` beside `keep-alive` and `close`, lower case; they must not be forwarded. */
  readonly listed: readonly string[] | undefined
  /** RFC 9112 §9.3: the client wants no other answer on this connection, or speaks HTTP/1.0 and did not ask to keep it. */
  readonly closes: boolean
  /** RFC 9110 §10.1.1: the client waits for `100 Continue` before it sends a body. */
  readonly expects: 'nothing' | 'continue'
}

const PLAIN: Framing = {
  refused: undefined,
  hasBody: false,
  contentLength: -1,
  listed: undefined,
  closes: false,
  expects: 'nothing',
}

export function judgeFraming(
  raw: readonly string[],
  version: string,
  maxHeaders: number,
  kinds: HeaderKinds,
): Framing {
  // RFC 9112 §2.3: the parser takes `HTTP/2.0` for a version of this grammar; it is none.
  if (version !== '1.1' && version !== '1.0') return refuse('GH_GATEWAY_REQUEST_MALFORMED')
  if (raw.length > maxHeaders * 2) return refuse('GH_GATEWAY_HEADERS_TOO_LARGE')
  let hosts = 0
  let authorizations = 0
  let lengths = 0
  let length = -1
  let chunked = false
  let listed: string[] | undefined
  let closes = false
  let keeps = version === '1.1'
  let expects: Framing['expects'] = 'nothing'
  for (let at = 0; at < raw.length; at += 2) {
    const value = raw[at + 1] ?? ''
    switch (kinds(raw[at] ?? '')) {
      case 'host':
        hosts++
        if (!HOST.test(value)) return refuse('GH_GATEWAY_REQUEST_MALFORMED')
        break
      case 'authorization':
        authorizations++
        break
      case 'content-length':
        lengths++
        if (!/^\d{1,15}$/.test(value)) return refuse('GH_GATEWAY_REQUEST_MALFORMED')
        length = Number(value)
        break
      case 'transfer-encoding':
        if (chunked || version !== '1.1' || value.toLowerCase() !== 'chunked')
          return refuse('GH_GATEWAY_REQUEST_MALFORMED')
        chunked = true
        break
      case 'upgrade':
        return refuse('GH_GATEWAY_REQUEST_MALFORMED')
      case 'expect':
        if (value.toLowerCase() !== '100-continue') return refuse('GH_GATEWAY_REQUEST_MALFORMED')
        expects = 'continue'
        break
      case 'connection':
        for (const part of value.split(',')) {
          const option = part.trim().toLowerCase()
          if (option === 'close') closes = true
          else if (option === 'keep-alive') keeps = true
          else if (option !== '') (listed ??= []).push(option)
        }
        break
      case 'forward':
      case 'drop':
        break
    }
  }
  if (hosts > 1 || authorizations > 1 || lengths > 1) return refuse('GH_GATEWAY_HEADER_REPEATED')
  if ((hosts === 0 && version === '1.1') || (chunked && lengths > 0))
    return refuse('GH_GATEWAY_REQUEST_MALFORMED')
  closes ||= !keeps
  if (!chunked && lengths === 0 && listed === undefined && !closes && expects === 'nothing')
    return PLAIN
  return {
    refused: undefined,
    hasBody: chunked || length > 0,
    contentLength: length,
    listed,
    closes,
    expects,
  }
}

/** RFC 9110 §7.2: a name or address with an optional port; no user, no path, no list. */
const HOST = /^(?:[A-Za-z0-9._~-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/

function refuse(code: ErrorCode): Framing {
  return { ...PLAIN, refused: code }
}
