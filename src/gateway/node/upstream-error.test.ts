import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errors } from 'undici'
import { upstreamErrorCode } from './upstream-error.ts'

test('`upstreamErrorCode` tells slow, dead and lying apart', () => {
  const cases: readonly (readonly [error: Error, begun: boolean, code: string])[] = [
    [new errors.HeadersTimeoutError(), false, 'UPSTREAM_TIMEOUT'],
    [new errors.ConnectTimeoutError(), false, 'UPSTREAM_TIMEOUT'],
    [new errors.BodyTimeoutError(), true, 'UPSTREAM_TIMEOUT'],
    [new errors.SocketError('closed'), false, 'UPSTREAM_UNREACHABLE'],
    [new Error('ECONNREFUSED'), false, 'UPSTREAM_UNREACHABLE'],
    [new errors.SocketError('closed'), true, 'RESPONSE_REFUSED'],
    [new errors.ResponseContentLengthMismatchError(), true, 'RESPONSE_REFUSED'],
    [new errors.HTTPParserError('bad'), false, 'RESPONSE_REFUSED'],
    [new errors.HeadersOverflowError(), false, 'RESPONSE_REFUSED'],
  ]
  for (const [error, begun, code] of cases)
    assert.equal(upstreamErrorCode(error, begun), `GH_GATEWAY_${code}`, error.name)
})
