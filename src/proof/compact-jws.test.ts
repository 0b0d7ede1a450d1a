import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MAX_HEADER_BYTES, MAX_TOKEN_CHARS, parseCompactJws } from './compact-jws.ts'

const segment = (text: string | Buffer): string => Buffer.from(text).toString('base64url')
const good = `${segment('{"alg":"ES256"}')}.${segment('{"iss":"a"}')}.${segment('signature')}`

test('`parseCompactJws` gives the parts of a token', () => {
  const parts = parseCompactJws(good)
  assert.deepEqual(parts?.header, { alg: 'ES256' })
  assert.deepEqual(parts?.payload, { iss: 'a' })
  assert.equal(parts?.signature.toString(), 'signature')
  assert.equal(parts?.signingInput, good.slice(0, good.lastIndexOf('.')))
})

test('`parseCompactJws` refuses every text that is not exactly three canonical segments', () => {
  const [head = '', body = '', signature = ''] = good.split('.')
  for (const text of [
    '',
    '.',
    '..',
    '...',
    head,
    `${head}.${body}`,
    `${head}.${body}.`,
    `.${body}.${signature}`,
    `${head}..${signature}`,
    `${good}.`,
    `${good}.${signature}`,
    `${good}=`,
    ` ${good}`,
    `${good}\n`,
    `${head}=.${body}.${signature}`,
    `${head.slice(0, 3)}+${head.slice(4)}.${body}.${signature}`,
    `${segment('[]')}.${body}.${signature}`,
    `${head}.${segment('"text"')}.${signature}`,
    `${head}.${segment(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))}.${signature}`,
    `${segment('\uFEFF{"alg":"ES256"}')}.${body}.${signature}`,
  ])
    assert.equal(parseCompactJws(text), undefined, JSON.stringify(text))
})

test('`parseCompactJws` never throws, and accepts only texts that it can give back letter for letter', () => {
  const letters = fc.string({ unit: fc.constantFrom(...'ABCDEFwxyz0189-_.=+/ e'), maxLength: 60 })
  fc.assert(
    fc.property(
      fc.oneof(
        letters,
        fc.string(),
        letters.map((text) => good + text),
      ),
      (text) => {
        const parts = parseCompactJws(text)
        if (parts !== undefined)
          assert.equal(`${parts.signingInput}.${parts.signature.toString('base64url')}`, text)
      },
    ),
    { numRuns: 500 },
  )
})

test('`parseCompactJws` holds its limits at their edges', () => {
  const token = (header: string, pad: number): string =>
    `${segment(header)}.${segment(JSON.stringify({ pad: 'x'.repeat(pad) }))}.${segment('s')}`
  const header = (bytes: number): string => `{"a":"${'x'.repeat(bytes - 8)}"}`
  assert.ok(parseCompactJws(token(header(MAX_HEADER_BYTES), 1)))
  assert.equal(parseCompactJws(token(header(MAX_HEADER_BYTES + 1), 1)), undefined)
  let pad = 6_000
  while (token('{}', pad + 1).length <= MAX_TOKEN_CHARS) pad++
  assert.ok(parseCompactJws(token('{}', pad)))
  assert.equal(parseCompactJws(token('{}', pad + 3)), undefined)
})
