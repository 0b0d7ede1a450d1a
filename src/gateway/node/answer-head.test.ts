import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  CHUNKED,
  MAX_ANSWER_FIELDS,
  readAnswerHead,
  readFields,
  UNTIL_CLOSE,
} from './answer-head.ts'

const RUNS = Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 10_000)
const read = (lines: string, status = '200 OK', bodyless = false) =>
  readAnswerHead(`HTTP/1.1 ${status}\r\n${lines}`, bodyless)

test('`readAnswerHead` reads what banks send', () => {
  const head = read('Content-Type: application/json\r\nContent-Length:\t12 \r\nX-A: 1\r\nx-a: 2')
  assert.equal(head?.status, 200)
  assert.equal(head?.body, 12)
  assert.equal(head?.persistent, true)
  assert.deepEqual(
    { ...head?.headers },
    {
      'content-type': 'application/json',
      'content-length': '12',
      'x-a': ['1', '2'],
    },
  )
  assert.equal(read('', '200')?.status, 200, 'no reason')
  assert.equal(read('', '404 Nicht gefunden \xfc')?.status, 404)
  assert.equal(readAnswerHead('HTTP/1.1 200 OK', false)?.body, UNTIL_CLOSE, 'no field at all')
})

const REFUSED: readonly (readonly [name: string, head: string])[] = [
  ['another protocol', 'HTTP/2 200 OK\r\n'],
  ['another version', 'HTTP/1.2 200 OK\r\n'],
  ['lower case', 'http/1.1 200 OK\r\n'],
  ['no status', 'HTTP/1.1 OK\r\n'],
  ['a status of two digits', 'HTTP/1.1 20 OK\r\n'],
  ['a status of four digits', 'HTTP/1.1 2000 OK\r\n'],
  ['a status nobody knows', 'HTTP/1.1 600 OK\r\n'],
  ['two blanks', 'HTTP/1.1  200 OK\r\n'],
  ['a tab for a blank', 'HTTP/1.1\t200 OK\r\n'],
  ['a blank before', ' HTTP/1.1 200 OK\r\n'],
  ['an empty line before', '\r\nHTTP/1.1 200 OK\r\n'],
  ['a NUL in the reason', 'HTTP/1.1 200 O\0K\r\n'],
  ['a bare CR in the reason', 'HTTP/1.1 200 O\rK\r\n'],
  ['a bare LF after the status line', 'HTTP/1.1 200 OK\nX-A: 1\r\n'],
  ['a line without a colon', 'HTTP/1.1 200 OK\r\nX-A\r\n'],
  ['an empty name', 'HTTP/1.1 200 OK\r\n: 1\r\n'],
  ['a blank before the colon', 'HTTP/1.1 200 OK\r\nContent-Length : 5\r\n'],
  ['a folded line', 'HTTP/1.1 200 OK\r\nX-A: 1\r\n 2\r\n'],
  ['a folded first line', 'HTTP/1.1 200 OK\r\n X-A: 1\r\n'],
  ['a bare LF in a value', 'HTTP/1.1 200 OK\r\nX-A: 1\nContent-Length: 5\r\n'],
  ['a bare CR in a value', 'HTTP/1.1 200 OK\r\nX-A: 1\rContent-Length: 5\r\n'],
  ['a NUL in a value', 'HTTP/1.1 200 OK\r\nX-A: \0\r\n'],
  ['a control character in a name', 'HTTP/1.1 200 OK\r\nX\x0bA: 1\r\n'],
  ['a name beyond ASCII', 'HTTP/1.1 200 OK\r\nContent-L\xe9ngth: 1\r\n'],
  ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n'],
  ['two equal lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\ncontent-length: 5\r\n'],
  ['a list of lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n'],
  ['a signed length', 'HTTP/1.1 200 OK\r\nContent-Length: +5\r\n'],
  ['a negative length', 'HTTP/1.1 200 OK\r\nContent-Length: -5\r\n'],
  ['a hexadecimal length', 'HTTP/1.1 200 OK\r\nContent-Length: 0x5\r\n'],
  ['an empty length', 'HTTP/1.1 200 OK\r\nContent-Length:\r\n'],
  ['a length with a blank inside', 'HTTP/1.1 200 OK\r\nContent-Length: 5 5\r\n'],
  ['a length beyond numbers', 'HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n'],
  ['length and chunks', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n'],
  ['another coding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n'],
  ['chunked, but not last', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, identity\r\n'],
  [
    'chunked twice',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n',
  ],
  ['a coding that looks chunked', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n'],
  ['identity', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n'],
  ['an empty coding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding:\r\n'],
  [
    'a coding hidden behind a vertical tab',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: \x0bchunked\r\n',
  ],
  ['chunks in HTTP/1.0', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n'],
  ['chunks of no content', 'HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n'],
  ['chunks of an interim answer', 'HTTP/1.1 103 Early Hints\r\nTransfer-Encoding: chunked\r\n'],
]
for (const [name, head] of REFUSED)
  test(`\`readAnswerHead\` refuses ${name}`, () => {
    assert.equal(readAnswerHead(head, false), undefined)
    assert.equal(readAnswerHead(head, true), undefined, 'also of a HEAD')
  })

test('`readAnswerHead` knows where each kind of answer ends (RFC 9112 §6.3)', () => {
  assert.equal(read('Transfer-Encoding: Chunked')?.body, CHUNKED)
  assert.equal(read('')?.body, UNTIL_CLOSE)
  assert.equal(read('Content-Length: 0')?.body, 0)
  for (const status of ['204 No Content', '304 Not Modified', '103 Early Hints'])
    assert.equal(read('Content-Length: 9', status)?.body, 0, status)
  assert.equal(read('Content-Length: 9', '200 OK', true)?.body, 0, 'HEAD')
  assert.equal(read('Transfer-Encoding: chunked', '200 OK', true)?.body, 0, 'HEAD')
  assert.equal(read('Content-Length: 999999999999999')?.body, 999_999_999_999_999)
})

test('`readAnswerHead` keeps a connection only where both sides agree that it stays', () => {
  const stays = (lines: string): boolean | undefined =>
    read(`${lines}Content-Length: 0`)?.persistent
  assert.equal(stays(''), true)
  assert.equal(stays('Connection: keep-alive\r\n'), true)
  for (const close of [
    'close',
    'Close',
    'x-a, close',
    'close , x-a',
    'keep-alive\r\nConnection: close',
  ])
    assert.equal(stays(`Connection: ${close}\r\n`), false, close)
  assert.equal(read('')?.persistent, false, 'its end is the end of the answer')
  assert.equal(
    readAnswerHead('HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0', false)
      ?.persistent,
    false,
  )
  assert.equal(read('Keep-Alive: timeout=5, max=100')?.keepAliveMs, 5_000)
  assert.equal(read('Keep-Alive: max=7, timeout=2')?.keepAliveMs, 2_000)
  assert.equal(read('Keep-Alive: xtimeout=2')?.keepAliveMs, undefined)
  assert.equal(read('Keep-Alive: timeout=9999999999')?.keepAliveMs, undefined)
})

test('`readFields` counts lines, and takes `__proto__` for a name', () => {
  const lines = (count: number): string => 'a: 1\r\n'.repeat(count)
  assert.equal(readFields(lines(MAX_ANSWER_FIELDS), 0)?.['a']?.length, MAX_ANSWER_FIELDS)
  assert.equal(readFields(lines(MAX_ANSWER_FIELDS + 1), 0), undefined)
  const headers = readFields('__proto__: x\r\nconstructor: y', 0)
  assert.equal(headers?.['__proto__'], 'x')
  assert.equal(headers?.['constructor'], 'y')
  assert.equal(headers?.['toString'], undefined)
})

test('`readAnswerHead` reads back every head that is written to the letter', () => {
  const name = fc
    .stringMatching(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,20}$/)
    .filter(
      (text) =>
        !['connection', 'keep-alive', 'content-length', 'transfer-encoding'].includes(
          text.toLowerCase(),
        ),
    )
  const value = fc.stringMatching(
    /^(?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]{0,30}[\x21-\x7e\x80-\xff])?)?$/,
  )
  const blank = fc.constantFrom('', ' ', '\t', '  \t')
  fc.assert(
    fc.property(fc.array(fc.tuple(name, blank, value, blank), { maxLength: 12 }), (fields) => {
      const text = fields.map(([n, before, v, after]) => `${n}:${before}${v}${after}\r\n`).join('')
      const head = read(`${text}content-length: 3`)
      assert.ok(head !== undefined)
      const flat = Object.entries(head.headers).flatMap(([n, v]) =>
        (typeof v === 'string' ? [v] : (v ?? [])).map((one) => `${n}\n${one}`),
      )
      const wanted = [...fields.map(([n, , v]) => `${n.toLowerCase()}\n${v}`), 'content-length\n3']
      assert.deepEqual(flat.sort(), wanted.sort())
    }),
    { numRuns: RUNS },
  )
})

test('`readAnswerHead` never finds a length or a coding that another reader of lines would not', () => {
  const piece = fc.constantFrom(
    'Content-Length',
    'Transfer-Encoding',
    'chunked',
    ':',
    ' ',
    '\t',
    '\r',
    '\n',
    '\r\n',
    '\0',
    '5',
    '05',
    ',',
    'a',
    '\x0b',
    '\xa0',
    'HTTP/1.1 200 OK',
    'HTTP/1.1 100 Continue',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 24 }), (pieces) => {
      const text = pieces.join('')
      if (text.includes('\r\n\r\n')) return
      const head = read(text)
      if (head === undefined) return
      // Whatever was accepted has no line end but CR LF, and each line is one field.
      assert.ok(!/(?:^|[^\r])\n|\r(?!\n)|\0/.test(text), JSON.stringify(text))
      const lengths = text.split('\r\n').filter((line) => /^content-length:/i.test(line))
      if (lengths.length > 0) {
        assert.equal(lengths.length, 1)
        assert.equal(head.body, Number(lengths[0]?.split(':')[1]))
      } else assert.ok(head.body < 0)
    }),
    { numRuns: RUNS },
  )
})
