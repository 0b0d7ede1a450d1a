/** The head of the bank's answer as the kernel judges it. */
import type { ResponseHead } from '../../decide/index.ts'
import type { UpstreamHeaders } from './response-headers.ts'

export function responseHead(status: number, headers: UpstreamHeaders): ResponseHead {
  const coding = headers['content-encoding'] ?? ''
  return {
    status,
    mediaType: mediaTypeOf(headers['content-type']),
    // Two values where one belongs are joined: no coding is called that, so it is refused.
    contentEncoding: (typeof coding === 'string' ? coding : coding.join(', ')).trim().toLowerCase(),
    headers: Object.keys(headers),
  }
}

/**
 * Lower case, without parameters. `''` for an answer that says two things of its body, or of JSON that it is not UTF-8 (RFC 8259
 * §8.1): the client might read other letters than the ones that were projected.
 */
function mediaTypeOf(value: string | readonly string[] | undefined): string {
  if (typeof value !== 'string') return ''
  if (USUAL.has(value)) return 'application/json'
  const end = value.indexOf(';')
  const type = (end < 0 ? value : value.slice(0, end)).trim().toLowerCase()
  return end >= 0 && type.endsWith('json') && !isUtf8(value.slice(end)) ? '' : type
}

/** What nearly every answer says, so that it is taken apart for few. */
const USUAL = new Set([
  'application/json',
  'application/json; charset=utf-8',
  'application/json;charset=utf-8',
  'application/json; charset=UTF-8',
  'application/json;charset=UTF-8',
])
const CHARSET = /;[\t ]*charset[\t ]*=[\t ]*"?([^\t ";]*)/gi
const UTF_8 = new Set(['utf-8', 'utf8', 'us-ascii'])

/** Every `charset` that the parameters name is UTF-8, or a part of it. */
function isUtf8(parameters: string): boolean {
  for (const [, charset = ''] of parameters.matchAll(CHARSET))
    if (!UTF_8.has(charset.toLowerCase())) return false
  return true
}
