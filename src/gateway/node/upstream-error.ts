/** What an error of the HTTP client means to the caller. */
import { errors } from 'undici'
import type { ErrorCode } from '../../lib/index.ts'

/** `begun`: a response head had been read. */
export function upstreamErrorCode(error: Error, begun: boolean): ErrorCode {
  if (
    error instanceof errors.HeadersTimeoutError ||
    error instanceof errors.BodyTimeoutError ||
    error instanceof errors.ConnectTimeoutError
  )
    return 'GH_GATEWAY_UPSTREAM_TIMEOUT'
  // A head that lied about its body, or bytes that are no HTTP: the bank API answered, and not soundly.
  if (
    begun ||
    error instanceof errors.HTTPParserError ||
    error instanceof errors.HeadersOverflowError ||
    error instanceof errors.ResponseContentLengthMismatchError
  )
    return 'GH_GATEWAY_RESPONSE_REFUSED'
  return 'GH_GATEWAY_UPSTREAM_UNREACHABLE'
}
