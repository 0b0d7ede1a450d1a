import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { test } from 'node:test'
import fc from 'fast-check'
import { chunkedBody, MAX_CHUNK_LINE_BYTES, MAX_TRAILER_BYTES } from './chunked-body.ts'

const RUNS = Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 10_000)

interface Read {
  readonly body: string
  readonly ended: boolean
  /** Bytes after the end, or -1: refused. */
  readonly rest: number
}

/** Reads `text` in the pieces that `cuts` make of it. */
function read(text: string, cuts: readonly number[] = []): Read {
  const chunks = chunkedBody()
  const bytes = Buffer.from(text, 'latin1')
  const places = [...new Set(cuts.filter((at) => at > 0 && at < bytes.length))].sort(
    (a, b) => a - b,
  )
  let body = ''
  let from = 0
  for (const to of [...places, bytes.length]) {
    const piece = bytes.subarray(from, to)
    const used = chunks.take(piece, 0, piece.length, (start, end) => {
      body += piece.toString('latin1', start, end)
    })
    if (used < 0) return { body, ended: false, rest: -1 }
    if (chunks.ended) return { body, ended: true, rest: bytes.length - from - used }
    assert.equal(used, piece.length)
    from = to
  }
  return { body, ended: chunks.ended, rest: 0 }
}

test('`chunkedBody` reads chunks, extensions and trailers, and stops at the end', () => {
  assert.deepEqual(read('5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n'), {
    body: 'hello world',
    ended: true,
    rest: 0,
  })
  assert.deepEqual(read('0\r\n\r\n'), { body: '', ended: true, rest: 0 })
  assert.deepEqual(read('A\r\n0123456789\r\n000\r\nX-A: 1\r\nX-B: 2\r\n\r\nHTTP'), {
    body: '0123456789',
    ended: true,
    rest: 4,
  })
  assert.equal(read('5\r\nhello\r\n').ended, false)
})

const REFUSED: readonly (readonly [name: string, text: string])[] = [
  ['no size', '\r\nhello\r\n'],
  ['a size that is no number', 'xyz\r\nhello\r\n'],
  ['a signed size', '+5\r\nhello\r\n'],
  ['a negative size', '-5\r\nhello\r\n'],
  ['a size with a prefix', '0x5\r\nhello\r\n'],
  ['a size with a blank before', ' 5\r\nhello\r\n'],
  ['a size with a blank after', '5 \r\nhello\r\n'],
  ['a size beyond 32 bits', '100000000\r\nhello\r\n'],
  ['a size that wraps', 'fffffffffffffffb\r\nhello\r\n'],
  ['a size with an underscore', '1_0\r\nhello\r\n'],
  ['a bare LF after the size', '5\nhello\r\n'],
  ['a bare CR in an extension', '5;a\rb\r\nhello\r\n'],
  ['a NUL in an extension', '5;a\0\r\nhello\r\n'],
  ['an extension without a semicolon', '5 a\r\nhello\r\n'],
  ['data longer than announced', '5\r\nhello!\r\n0\r\n\r\n'],
  ['a bare LF after the data', '5\r\nhello\n0\r\n\r\n'],
  ['a bare CR after the data', '5\r\nhello\r0\r\n\r\n'],
  ['a folded trailer', '0\r\nX-A: 1\r\n 2\r\n\r\n'],
  ['a trailer that is no field', '0\r\nnothing\r\n\r\n'],
  ['a trailer with a blank before its colon', '0\r\nX-A : 1\r\n\r\n'],
  ['a bare LF in a trailer', '0\r\nX-A: 1\nX-B: 2\r\n\r\n'],
]
for (const [name, text] of REFUSED)
  test(`\`chunkedBody\` refuses ${name}, whole or byte by byte`, () => {
    assert.equal(read(text).rest, -1)
    assert.equal(read(text, [...Array(text.length).keys()]).rest, -1)
  })

test('`chunkedBody` holds its limits to the byte', () => {
  const line = (bytes: number): string => `5;${'x'.repeat(bytes - 4)}\r\nhello\r\n0\r\n\r\n`
  assert.equal(read(line(MAX_CHUNK_LINE_BYTES)).ended, true)
  assert.equal(read(line(MAX_CHUNK_LINE_BYTES + 1)).rest, -1)
  const trailers = (bytes: number): string => `0\r\na: ${'x'.repeat(bytes - 5)}\r\n\r\n`
  assert.equal(read(trailers(MAX_TRAILER_BYTES)).ended, true)
  assert.equal(read(trailers(MAX_TRAILER_BYTES + 1)).rest, -1)
  assert.equal(read(`0\r\n${'abc: def\r\n'.repeat(2_000)}\r\n`).rest, -1, 'many short ones')
  assert.equal(read('7fffffff\r\nabc').ended, false, 'a large size is only waited for')
})

test('`chunkedBody` reads the same however the bytes are cut', () => {
  const part = fc.tuple(
    fc.string({ minLength: 1, maxLength: 40 }).map((text) => Buffer.from(text).toString('latin1')),
    fc.constantFrom('', ';a', ' ;b="c"'),
    fc.constantFrom('', '0', '00'),
  )
  fc.assert(
    fc.property(
      fc.array(part, { maxLength: 6 }),
      fc.constantFrom('', 'X-A: 1\r\n'),
      fc.array(fc.nat(300), { maxLength: 10 }),
      (parts, trailer, cuts) => {
        const text = parts
          .map(
            ([data, extension, zeros]) =>
              `${zeros}${data.length.toString(16)}${extension}\r\n${data}\r\n`,
          )
          .join('')
        assert.deepEqual(
          read(
            `${text}0\r\n${trailer}\r\nREST`,
            cuts.filter((at) => at < text.length),
          ),
          {
            body: parts.map(([data]) => data).join(''),
            ended: true,
            rest: 4,
          },
        )
      },
    ),
    { numRuns: RUNS },
  )
})

test('`chunkedBody` judges any bytes the same way, whole or in pieces', () => {
  const piece = fc.constantFrom(
    '0',
    '1',
    '5',
    'a',
    'hello',
    '\r\n',
    '\r',
    '\n',
    ';',
    ' ',
    'X: y',
    '\0',
  )
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 20 }),
      fc.array(fc.nat(60), { maxLength: 6 }),
      (pieces, cuts) => {
        const text = pieces.join('')
        const whole = read(text)
        const cut = read(text, cuts)
        assert.equal(cut.ended, whole.ended)
        assert.equal(cut.body, whole.body)
      },
    ),
    { numRuns: RUNS },
  )
})
