/** The head of the bank's answer as the kernel judges it. */
import type { ResponseHead } from '../../decide/index.ts'
import { mediaTypeOf } from './media-type.ts'
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
