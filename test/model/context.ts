/** What the bank believes of a call: the signed context, as `docs/how-to/verify-the-signed-context.md` says it. Written for the bank's side. */
import assert from 'node:assert/strict'
import { createHash, verify } from 'node:crypto'
import type { UpstreamCall } from '../../src/gateway/core/index.ts'
import { UPSTREAM } from './house.ts'
import { claimsOf, type Case, scaOf } from './rules/rules.ts'
import { textOf } from './rules/token.ts'
import type { World } from './world.ts'

export const CONTEXT = {
  header: 'gatehouse-context',
  issuer: 'gatehouse',
  ttlSeconds: 30,
  type: 'gatehouse-context+jwt',
} as const

/** @throws AssertionError where the call is not vouched for, or for something else than what was asked */
export function assertVouched(
  world: World,
  call: UpstreamCall,
  one: Case,
  decision: string,
  about: string,
): void {
  const at = call.context.indexOf(CONTEXT.header)
  const [head = '', payload = '', signature = ''] = (call.context[at + 1] ?? '').split('.')
  assert.ok(at >= 0, about)
  const key = { key: world.contextKey.publicKey, dsaEncoding: 'ieee-p1363' } as const
  const good = verify(
    'sha256',
    Buffer.from(`${head}.${payload}`),
    key,
    Buffer.from(signature, 'base64url'),
  )
  assert.ok(good, about)
  const { iat, exp, ...said } = JSON.parse(
    Buffer.from(payload, 'base64url').toString(),
  ) as Readonly<Record<string, unknown>> // sound: a JWS of ours
  assert.ok(typeof iat === 'number' && iat === Math.floor(one.wire.at / 1000), about)
  assert.equal(exp, iat + CONTEXT.ttlSeconds, about)
  // Of an open operation nobody's token is looked at.
  const claims = one.routed.api !== 'atms' && one.token().kind === 'good' ? claimsOf(one) : {}
  const known = (name: string): Readonly<Record<string, string>> =>
    textOf(claims[name]) === '' ? {} : { [name]: textOf(claims[name]) }
  const digest = createHash('sha256')
    .update(call.body ?? '')
    .digest('base64')
  assert.deepEqual(
    said,
    {
      iss: CONTEXT.issuer,
      aud: UPSTREAM,
      jti: decision,
      ...known('sub'),
      ...known('client_id'),
      ...known('consent_id'),
      ...known('acr'),
      ...(one.routed.api !== 'atms' && scaOf(one) !== undefined && { sca: scaOf(one) }),
      ...(typeof claims['auth_time'] === 'number' && { auth_time: claims['auth_time'] }),
      api: one.routed.api,
      operation: one.routed.operation,
      method: one.wire.method,
      target: call.path,
      content_digest: `sha-256=:${digest}:`,
    },
    about,
  )
}
