import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { mayBecomeRequest, readRequestHead } from './request-reader.ts'

const RUNS = Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 10_000)

test('`readRequestHead` reads a request as it came, and changes nothing but the white space around values', () => {
  assert.deepEqual(
    readRequestHead('GET /a?b=c HTTP/1.1\r\nHost: a\r\nX-A:\t 1 2 \t\r\nx-a:\r\nX-\xc3: '),
    undefined,
    'a name is ASCII',
  )
  assert.deepEqual(readRequestHead('GET /a?b=c HTTP/1.1\r\nHost: a\r\nX-A:\t 1 2 \t\r\nx-a:'), {
    method: 'GET',
    target: '/a?b=c',
    version: '1.1',
    rawHeaders: ['Host', 'a', 'X-A', '1 2', 'x-a', ''],
  })
  assert.deepEqual(readRequestHead('\r\nGET * HTTP/1.0'), {
    method: 'GET',
    target: '*',
    version: '1.0',
    rawHeaders: [],
  })
  assert.equal(readRequestHead('GET /a HTTP/1.1\r\nX-A: \xa0b\xa0')?.rawHeaders[1], '\xa0b\xa0')
})

const REFUSED: readonly (readonly [name: string, head: string])[] = [
  ['nothing', ''],
  ['two empty lines', '\r\n\r\nGET / HTTP/1.1'],
  ['no version', 'GET /'],
  ['another version', 'GET / HTTP/1.2'],
  ['version 2', 'PRI * HTTP/2.0'],
  ['a lower-case protocol', 'GET / http/1.1'],
  ['two spaces', 'GET  / HTTP/1.1'],
  ['a tab', 'GET\t/ HTTP/1.1'],
  ['a space at the front', ' GET / HTTP/1.1'],
  ['a space at the end', 'GET / HTTP/1.1 '],
  ['a space in the target', 'GET /a b HTTP/1.1'],
  ['a target that is no path', 'GET a HTTP/1.1'],
  ['a target that begins with a question mark', 'GET ?a HTTP/1.1'],
  ['a target beyond ASCII', 'GET /\xe9 HTTP/1.1'],
  ['a star with more', 'OPTIONS *a HTTP/1.1'],
  ['a scheme without an authority', 'GET http:///a HTTP/1.1'],
  ['no target', 'GET HTTP/1.1'],
  ['a control character in the target', 'GET /\x01 HTTP/1.1'],
  ['a method that is no token', 'G@T / HTTP/1.1'],
  ['a method without end', `${'G'.repeat(33)} / HTTP/1.1`],
  ['a bare LF after the request line', 'GET / HTTP/1.1\nHost: a'],
  ['a bare LF between fields', 'GET / HTTP/1.1\r\nHost: a\nX: b'],
  ['a bare CR between fields', 'GET / HTTP/1.1\r\nHost: a\rX: b'],
  ['a bare CR at the end', 'GET / HTTP/1.1\r\nHost: a\r'],
  ['a folded field', 'GET / HTTP/1.1\r\nHost: a\r\n b'],
  ['white space before the colon', 'GET / HTTP/1.1\r\nHost : a'],
  ['white space before a name', 'GET / HTTP/1.1\r\n Host: a'],
  ['no colon', 'GET / HTTP/1.1\r\nHost'],
  ['no name', 'GET / HTTP/1.1\r\n: a'],
  ['a NUL', 'GET / HTTP/1.1\r\nX: a\0b'],
  ['a DEL', 'GET / HTTP/1.1\r\nX: a\x7fb'],
  ['an empty line between fields', 'GET / HTTP/1.1\r\n\r\nX: a'],
]
for (const [name, head] of REFUSED)
  test(`\`readRequestHead\` refuses ${name}`, () => assert.equal(readRequestHead(head), undefined))

test('what `readRequestHead` takes can be written again and is read the same', () => {
  const piece = fc.constantFrom(
    'GET',
    'POST',
    ' ',
    '/a',
    '*',
    ' HTTP/1.1',
    '\r\n',
    '\r',
    '\n',
    'Host',
    ':',
    'a',
    '\t',
    '\0',
    'é',
  )
  let taken = 0
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 12 }).map((parts) => `GET /a HTTP/1.1\r\nX:1${parts.join('')}`),
      (head) => {
        const read = readRequestHead(head)
        if (read === undefined) return
        taken++
        let again = `${read.method} ${read.target} HTTP/${read.version}`
        for (let at = 0; at < read.rawHeaders.length; at += 2)
          again += `\r\n${read.rawHeaders[at]}: ${read.rawHeaders[at + 1]}`
        assert.deepEqual(readRequestHead(again), read)
      },
    ),
    { numRuns: RUNS },
  )
  assert.ok(taken > 0, 'nothing was taken: the check is blind')
})

test('`mayBecomeRequest` refuses no beginning of a head that would be read, wherever it is cut', () => {
  const head = 'GET /a HTTP/1.1\r\nHost: a\r\nX-A: b c\xff\r\nX-B:\t1'
  for (let end = 1; end <= head.length; end++)
    for (let seen = 0; seen <= end; seen++)
      assert.ok(mayBecomeRequest(head.slice(0, end), seen), `${seen} of ${end}`)
})

test('`mayBecomeRequest` refuses what no more bytes could mend, as soon as it comes', () => {
  for (const broken of [
    '\x16\x03\x01',
    'GET / HTTP/1.1\nH',
    '\nGET',
    'GET /\0',
    'A: b\rX',
    'a\x7f',
    '\r\r',
  ])
    for (let seen = 0; seen < broken.length; seen++) {
      // What was seen before was judged then: only from its last byte on is judged now.
      if (mayBecomeRequest(broken.slice(0, seen), 0))
        assert.equal(mayBecomeRequest(broken, seen), false, JSON.stringify([broken, seen]))
    }
})
