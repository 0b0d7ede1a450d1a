import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { test } from 'node:test'
import fc from 'fast-check'
import { projectMessage } from './message-answer.ts'

const message = (payload: string): string =>
  `aGVhZGVy.${Buffer.from(payload, 'utf8').toString('base64url')}.c2ln`
const all = projectMessage((text) => ({ ok: true, text, removedFields: 0, removedRows: 0 }))
const nothing = projectMessage(() => ({ ok: true, text: '{}', removedFields: 1, removedRows: 0 }))

test('a message leaves as it came when all that it says may leave', () => {
  fc.assert(
    fc.property(fc.json(), (payload) => {
      const text = message(payload)
      const left = all(text)
      // A member that stands twice is refused by the reader.
      assert.ok(!left.ok || left.text === text)
      if (!left.ok) assert.ok(['duplicate-key', 'malformed', 'too-deep'].includes(left.reason))
    }),
    { numRuns: 2_000 },
  )
  assert.ok(all(message('{"iss":"b","data":{"é":"\u{1f600}"}}')).ok)
})

test('the envelope is nobody’s to project; what is said is', () => {
  assert.ok(nothing(message('{"iss":"b","aud":"c","iat":1,"jti":"d"}')).ok)
  const left = nothing(message('{"iss":"b","data":1}'))
  assert.ok(!left.ok && left.reason === 'signed')
})

for (const [what, text] of [
  ['of two segments', 'a.e30'],
  ['of four segments', 'a.e30.b.c'],
  ['without a payload', 'a..b'],
  ['of a length that no bytes have', 'a.e30ab.b'],
  ['with padding', 'a.e30=.b'],
  ['with letters of the other alphabet', 'a.e3+/.b'],
  ['that is not UTF-8', `a.${Buffer.from([0x22, 0xff, 0x22]).toString('base64url')}.b`],
  ['that is no JSON', message('{')],
  ['with a member that stands twice', message('{"a":1,"a":2}')],
] as const)
  test(`a message ${what} does not leave`, () => assert.ok(!all(text).ok))
