import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { requestHead } from './request-head.ts'

const RUNS = Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 10_000)

test('`requestHead` writes a head that says where it ends', () => {
  assert.equal(
    requestHead('GET', '/a?b=c', 'bank:9000', ['accept', 'x'], -1),
    'GET /a?b=c HTTP/1.1\r\nhost: bank:9000\r\nconnection: keep-alive\r\naccept: x\r\n\r\n',
  )
  assert.match(requestHead('POST', '/', 'b', [], 12) ?? '', /\r\ncontent-length: 12\r\n\r\n$/)
  assert.match(requestHead('PUT', '/', 'b', [], -1) ?? '', /\r\ncontent-length: 0\r\n\r\n$/)
  assert.doesNotMatch(requestHead('DELETE', '/', 'b', [], -1) ?? '', /content-length/)
})

test('`requestHead` refuses what could end a line or a target', () => {
  for (const bad of ['a\r\nb', 'a\nb', 'a\rb', 'a\0b', '\u{1f4b7}', 'a\u2028b'])
    assert.equal(requestHead('GET', '/', 'b', ['x', bad], -1), undefined, JSON.stringify(bad))
  for (const bad of ['', 'a b', 'a:', 'a\r\n', '\xe4']) {
    assert.equal(requestHead('GET', '/', 'b', [bad, '1'], -1), undefined, JSON.stringify(bad))
    assert.equal(requestHead(bad, '/', 'b', [], -1), undefined, JSON.stringify(bad))
  }
  for (const bad of ['', '/a b', '/a\r\n', '/a\t', '/\u0100', '/\0'])
    assert.equal(requestHead('GET', bad, 'b', [], -1), undefined, JSON.stringify(bad))
})

test('`requestHead` writes as many lines as it was given, whatever they hold', () => {
  const unit = fc.integer({ min: 0, max: 0x2fff }).map((code) => String.fromCharCode(code))
  const text = fc.oneof(
    fc.string({ unit, maxLength: 8 }),
    fc.constantFrom('a', 'x-b', '1', 'a\r\nb: c'),
  )
  fc.assert(
    fc.property(fc.array(fc.tuple(text, text), { maxLength: 6 }), text, (fields, path) => {
      const head = requestHead('GET', `/${path}`, 'bank', fields.flat(), -1)
      if (head === undefined) return
      const lines = Buffer.from(head, 'latin1')
        .toString('latin1')
        .split(/\r\n|\r|\n/)
      assert.equal(lines.length, fields.length + 5)
      assert.equal(lines[0]?.split(' ').length, 3)
    }),
    { numRuns: RUNS },
  )
})
