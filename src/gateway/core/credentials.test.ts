import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { dpopToken, isToken, readCredentials } from './credentials.ts'

test('`readCredentials` takes one token of the schemes Bearer and DPoP, in any case, after any number of spaces', () => {
  for (const value of ['Bearer abc', 'bearer abc', 'BEARER   abc', 'DPoP abc', 'dpop  abc'])
    assert.deepEqual(readCredentials([value]), { kind: 'token', token: 'abc' })
})

test('`readCredentials` tells nothing, another scheme, nonsense and repetition apart', () => {
  assert.equal(readCredentials([]).kind, 'absent')
  for (const value of [
    '',
    'Basic abc',
    'Bearerabc',
    'DPoPabc',
    'DPo abc',
    'Bear abc',
    'Bearer\tabc',
  ])
    assert.equal(readCredentials([value]).kind, 'absent', value)
  for (const value of ['Bearer', 'Bearer ', 'Bearer   ', 'DPoP', 'dpop '])
    assert.deepEqual(readCredentials([value]), {
      kind: 'refused',
      code: 'GH_GATEWAY_TOKEN_MALFORMED',
    })
  assert.deepEqual(readCredentials(['Bearer a', 'Bearer a']), {
    kind: 'refused',
    code: 'GH_GATEWAY_HEADER_REPEATED',
  })
})

test('`isToken` is the grammar of RFC 6750 §2.1', () => {
  for (const text of ['a', 'a.b.c', 'A-Z_a~z+0/9==', '-']) assert.ok(isToken(text), text)
  for (const text of ['', '=', 'a b', 'a,b', 'a=b', 'ä', 'a\n', 'a"'])
    assert.ok(!isToken(text), text)
})

test('`readCredentials` never throws and never gives an empty token or one that starts with a space', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          fc.string(),
          fc.string().map((rest) => `Bearer ${rest}`),
          fc.string().map((rest) => `DPoP ${rest}`),
        ),
        { maxLength: 3 },
      ),
      (values) => {
        const given = readCredentials(values)
        if (given.kind !== 'token') return
        assert.match(given.token, /^[^ ]/)
        const dpop = dpopToken(values[0] ?? '')
        assert.ok(dpop === undefined || dpop === given.token)
      },
    ),
  )
})
