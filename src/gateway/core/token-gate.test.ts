import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TokenVerifier } from '../../proof/index.ts'
import { MemoryFeed } from '../../../test/support/memory-feed.ts'
import { createTokenGate, TOKEN_CACHE_LIMIT, TOKEN_TURN_MS } from './token-gate.ts'

const NOW = Date.UTC(2026, 0, 5)
const END = NOW / 1000 + 60

interface Counted extends TokenVerifier {
  calls: number
  readonly key: { usableUntil: number }
}
function counted(expiresAt: number | undefined = END, tokenId?: string, grantId?: string): Counted {
  const verifier: Counted = {
    calls: 0,
    key: { usableUntil: NOW + 86_400_000 },
    verify: () => {
      verifier.calls++
      const token = {
        issuer: 'i',
        type: 'at+jwt',
        audiences: [],
        clientId: 'c',
        subject: 's',
        consentId: 'k',
        scopes: new Set<string>(),
        expiresAt,
        issuedAt: undefined,
        notBefore: undefined,
        tokenId,
        ...(grantId !== undefined && { grantId }),
      }
      return { ok: true, token, key: verifier.key }
    },
  }
  return verifier
}

test('`createTokenGate` verifies a token once until it ends, and every time after', () => {
  const verifier = counted()
  const gate = createTokenGate(() => verifier, new MemoryFeed())
  for (let at = 0; at < 5; at++) void gate.judge(['Bearer t'], NOW)
  void gate.judge(['Bearer t'], END * 1000 - 1)
  assert.equal(verifier.calls, 1)
  void gate.judge(['Bearer t'], END * 1000)
  void gate.judge(['Bearer t'], END * 1000)
  assert.equal(verifier.calls, 3)
})

test('`createTokenGate` verifies anew when the key is no longer usable, or the verifier is another', () => {
  let verifier = counted()
  const gate = createTokenGate(() => verifier, new MemoryFeed())
  void gate.judge(['Bearer t'], NOW)
  verifier.key.usableUntil = 0
  void gate.judge(['Bearer t'], NOW)
  assert.equal(verifier.calls, 2)
  verifier = counted()
  void gate.judge(['Bearer t'], NOW)
  void gate.judge(['Bearer t'], NOW)
  assert.equal(verifier.calls, 1)
})

test('`createTokenGate` does not remember a token without an end', () => {
  const verifier = counted(Number.NaN)
  const gate = createTokenGate(() => verifier, new MemoryFeed())
  void gate.judge(['Bearer t'], NOW)
  void gate.judge(['Bearer t'], NOW)
  assert.equal(verifier.calls, 2)
})

test('`createTokenGate` looks revocation up every time', () => {
  const feed = new MemoryFeed()
  const gate = createTokenGate(() => counted(END, 'jti-1', 'grant-1'), feed)
  const revoked = (): unknown => {
    const fact = gate.judge(['Bearer t'], NOW)
    return 'revoked' in fact ? fact.revoked : undefined
  }
  assert.equal(revoked(), false)
  feed.revocations.add('token:jti-1')
  assert.equal(revoked(), true)
  feed.revocations.delete('token:jti-1')
  assert.equal(revoked(), false)
  feed.revocations.add('grant:jti-1')
  assert.equal(revoked(), false, 'a grant is no token')
  feed.revocations.add('grant:grant-1')
  assert.equal(revoked(), true)
})

test('`createTokenGate` forgets the oldest beyond its limit', () => {
  const verifier = counted()
  const gate = createTokenGate(() => verifier, new MemoryFeed())
  for (let at = 0; at <= TOKEN_CACHE_LIMIT; at++) void gate.judge([`Bearer t${at}`], NOW)
  assert.equal(verifier.calls, TOKEN_CACHE_LIMIT + 1)
  void gate.judge([`Bearer t${TOKEN_CACHE_LIMIT}`], NOW)
  assert.equal(verifier.calls, TOKEN_CACHE_LIMIT + 1)
  void gate.judge(['Bearer t0'], NOW)
  assert.equal(verifier.calls, TOKEN_CACHE_LIMIT + 2)
})

test('`createTokenGate` does not ask the verifier about what is no token at all', () => {
  const verifier = counted()
  const gate = createTokenGate(() => verifier, new MemoryFeed())
  for (const value of ['Bearer a b', 'Bearer ä', `Bearer ${'x'.repeat(8_193)}`])
    assert.deepEqual(gate.judge([value], NOW), {
      kind: 'invalid',
      code: 'GH_GATEWAY_TOKEN_MALFORMED',
    })
  assert.equal(verifier.calls, 0)
})

test('`createTokenGate` forgets a token that nobody uses, and keeps one that somebody does', () => {
  const verifier = counted(NOW / 1000 + 86_400)
  const gate = createTokenGate(() => verifier, new MemoryFeed())
  void gate.judge(['Bearer idle'], NOW)
  for (let at = 0; at <= 20; at++) void gate.judge(['Bearer busy'], NOW + at * TOKEN_TURN_MS)
  assert.equal(verifier.calls, 2)
  void gate.judge(['Bearer idle'], NOW + 20 * TOKEN_TURN_MS)
  assert.equal(verifier.calls, 3)
})
