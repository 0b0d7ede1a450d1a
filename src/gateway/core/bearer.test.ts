import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isBearerToken, readBearer } from './bearer.ts'

test('`readBearer` takes one token of the Bearer scheme, in any case, after any number of spaces', () => {
  for (const value of ['Bearer abc', 'bearer abc', 'BEARER   abc'])
    assert.deepEqual(readBearer([value]), { kind: 'token', token: 'abc' })
})

test('`readBearer` tells nothing, another scheme, nonsense and repetition apart', () => {
  assert.equal(readBearer([]).kind, 'absent')
  for (const value of ['', 'Basic abc', 'DPoP abc', 'Bearerabc', 'Bear abc', 'Bearer\tabc'])
    assert.equal(readBearer([value]).kind, 'absent', value)
  for (const value of ['Bearer', 'Bearer ', 'Bearer   '])
    assert.deepEqual(readBearer([value]), { kind: 'refused', code: 'GH_GATEWAY_TOKEN_MALFORMED' })
  assert.deepEqual(readBearer(['Bearer a', 'Bearer a']), {
    kind: 'refused',
    code: 'GH_GATEWAY_HEADER_REPEATED',
  })
})

test('`isBearerToken` is the grammar of RFC 6750 §2.1', () => {
  for (const text of ['a', 'a.b.c', 'A-Z_a~z+0/9==', '-']) assert.ok(isBearerToken(text), text)
  for (const text of ['', '=', 'a b', 'a,b', 'a=b', 'ä', 'a\n', 'a"'])
    assert.ok(!isBearerToken(text), text)
})

test('`readBearer` never throws and never gives an empty token or one that starts with a space', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          fc.string(),
          fc.string().map((rest) => `Bearer ${rest}`),
        ),
        { maxLength: 3 },
      ),
      (values) => {
        const bearer = readBearer(values)
        if (bearer.kind === 'token') assert.match(bearer.token, /^[^ ]/)
      },
    ),
  )
})
