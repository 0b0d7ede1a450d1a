import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CATALOG, type ErrorCode } from '../../lib/index.ts'
import { problem } from './problem.ts'

const context = { decision: '0'.repeat(26), interaction: ['x-fapi-interaction-id', 'id'] } as const
const header = (headers: readonly string[], name: string): string | undefined => {
  const at = headers.indexOf(name)
  return at < 0 ? undefined : headers[at + 1]
}

test('`problem` says code, title, status and decision of every code, and nothing else', () => {
  const codes = Object.keys(CATALOG) as ErrorCode[] // sound: keys of the catalogue
  assert.ok(codes.length > 40)
  for (const code of codes) {
    const { status, headers, body } = problem(code, context)
    const said: Record<string, unknown> = JSON.parse(String(body))
    assert.deepEqual(Object.keys(said), ['type', 'title', 'status', 'code', 'decision'])
    assert.equal(said['status'], status)
    assert.equal(status, CATALOG[code].status)
    assert.equal(header(headers, 'cache-control'), 'no-store')
    assert.equal(header(headers, 'content-type'), 'application/problem+json')
    assert.equal(headers.length % 2, 0)
  }
})

test('`problem` challenges as RFC 6750 §3 asks', () => {
  const challenge = (code: ErrorCode): string | undefined =>
    header(problem(code, context).headers, 'www-authenticate')
  assert.equal(challenge('GH_GATEWAY_TOKEN_MISSING'), 'Bearer realm="gatehouse"')
  assert.match(challenge('GH_GATEWAY_TOKEN_EXPIRED') ?? '', /error="invalid_token"$/)
  assert.match(challenge('GH_GATEWAY_SCOPE_MISSING') ?? '', /error="insufficient_scope"$/)
  assert.match(challenge('GH_GATEWAY_TOKEN_IN_QUERY') ?? '', /error="invalid_request"$/)
  assert.equal(challenge('GH_GATEWAY_CONSENT_EXPIRED'), undefined)
})

test('`problem` challenges as RFC 9449 §7.1 and RFC 9470 §3 ask', () => {
  const challenge = (code: ErrorCode, more: Partial<Parameters<typeof problem>[1]>): string =>
    header(problem(code, { ...context, ...more }).headers, 'www-authenticate') ?? ''
  const algs = 'algs="ES256 PS256 EdDSA"'
  const dpop = 'DPoP realm="gatehouse"'
  assert.equal(
    challenge('GH_GATEWAY_TOKEN_MISSING', { dpop: 'taken' }),
    `Bearer realm="gatehouse", ${dpop}, ${algs}`,
  )
  assert.equal(
    challenge('GH_GATEWAY_PROOF_TIME', {}),
    `${dpop}, error="invalid_dpop_proof", ${algs}`,
  )
  assert.equal(
    challenge('GH_GATEWAY_TOKEN_EXPIRED', { dpop: 'used' }),
    `${dpop}, error="invalid_token", ${algs}`,
  )
  const stepUp = ', acr_values="loa3", max_age="300"'
  assert.equal(
    challenge('GH_GATEWAY_AUTHENTICATION_INSUFFICIENT', { dpop: 'used', stepUp }),
    `${dpop}, error="insufficient_user_authentication"${stepUp}, ${algs}`,
  )
  assert.ok(!challenge('GH_GATEWAY_TOKEN_EXPIRED', { stepUp }).includes('acr_values'))
  const nonced = problem('GH_GATEWAY_PROOF_NONCE', { ...context, nonce: 'n' })
  assert.equal(header(nonced.headers, 'dpop-nonce'), 'n')
  assert.equal(nonced.headers.length % 2, 0)
})

test('`problem` names the methods of a 405, and keeps the status of a replaced answer', () => {
  const refused = problem('GH_GATEWAY_METHOD_UNKNOWN', { ...context, allow: ['GET', 'HEAD'] })
  assert.equal(header(refused.headers, 'allow'), 'GET, HEAD')
  const replaced = problem('GH_GATEWAY_UPSTREAM_ERROR', { ...context, status: 404 })
  assert.equal(replaced.status, 404)
  assert.equal(JSON.parse(String(replaced.body)).status, 404)
})
