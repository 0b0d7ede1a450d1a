/**
 * Raw bytes on a socket: requests made of good and bad pieces, then cut up. The gateway answers or closes, the bank's API sees only whole
 * requests that the gateway made itself, at most as many as were answered with a success, and none of the words of another request.
 */
import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { connect } from 'node:net'
import * as fc from 'fast-check'
import { rigForFuzz } from '../rig.ts'
import { cutUp, type Json } from '../../support/json-mutation.ts'
import { defineSuite } from '../suite.ts'

/** Connections at a time: most of one is waiting. */
const BATCH = 16
/** A word that only a smuggled request would bring to the bank. */
const SMUGGLED = '/aisp/smuggled-by-nobody'
/** Once all of it is sent and the other side is quiet this long, the connection is ended from here. */
const QUIET_MS = 40

const METHODS = [
  'GET',
  'GET',
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'CONNECT',
  'get',
  'G ET',
  'PRI',
]
const TARGETS = [
  '/aisp/atms',
  '/aisp/accounts',
  '/aisp/accounts/A1/notes',
  '*',
  'http://bank/aisp/atms',
  '//aisp/atms',
  '/aisp/%2e%2e/atms',
  '/aisp/atms?x=1',
  SMUGGLED,
]
const VERSIONS = [
  'HTTP/1.1',
  'HTTP/1.1',
  'HTTP/1.1',
  'HTTP/1.0',
  'HTTP/2.0',
  'HTTP/0.9',
  'HTTP/1.1 ',
  'http/1.1',
]
const ENDS = ['\r\n', '\r\n', '\r\n', '\r\n', '\n', '\r', '\r\r\n', '\n\r', ' \r\n']
const HEADERS = [
  'Host: a',
  'Host: a',
  'Host: b',
  'Content-Length: 0',
  'Content-Length: 5',
  'Content-Length: 60',
  'Content-Length: -1',
  'Content-Length: 5, 5',
  'Content-Length: 0x5',
  'Content-Length:5',
  'Content-Length : 5',
  'content-length: 00005',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: gzip, chunked',
  'Transfer-Encoding:	chunked',
  'Transfer-Encoding: chunked, chunked',
  'Transfer-Encoding: identity',
  'Transfer-Encoding : chunked',
  'transfer-encoding: xchunked',
  'Transfer-Encoding:',
  'TRANSFER-ENCODING: CHUNKED',
  'Connection: close',
  'Connection: keep-alive',
  'Connection: Content-Length',
  'Connection: Upgrade',
  'Upgrade: h2c',
  'Expect: 100-continue',
  'X-A: b\0c',
  'X-A: é',
  ' folded',
  '	folded',
  ': empty',
  'X_A: 1',
  'Authorization: Bearer x',
  'TE: trailers',
  'Trailer: X-T',
  `X-A: ${'y'.repeat(9e3)}`,
  'Content-Type: application/json',
]
const BODIES = [
  '',
  '',
  'hello',
  '{"Text":"x"}',
  '0\r\n\r\n',
  '5\r\nhello\r\n0\r\n\r\n',
  '5;a=b\r\nhello\r\n0\r\nX-T: 1\r\n\r\n',
  'fffffffff\r\n',
  '-1\r\n',
  '5\nhello\n0\n\n',
  `0\r\n\r\nGET ${SMUGGLED} HTTP/1.1\r\nHost: a\r\n\r\n`,
  `GET ${SMUGGLED} HTTP/1.1\r\nHost: a\r\n\r\n`,
]

const line = (values: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...values)
const oneRequest = fc
  .tuple(
    line(METHODS),
    line(TARGETS),
    line(VERSIONS),
    fc.array(fc.tuple(line(HEADERS), line(ENDS)), { maxLength: 5 }),
    line(ENDS),
    line(BODIES),
  )
  .map(
    ([method, target, version, headers, end, body]) =>
      `${method} ${target} ${version}${end}Host: a\r\n${headers.map(([header, ends]) => header + ends).join('')}\r\n${body}`,
  )
const plain = fc.constant('GET /aisp/atms HTTP/1.1\r\nHost: a\r\n\r\n')
const connection = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .array(fc.oneof(plain, oneRequest), { minLength: 1, maxLength: 3 })
      .map((all) => all.join('')),
  },
  {
    weight: 3,
    arbitrary: oneRequest.chain((text) =>
      cutUp(text, [...ENDS, ...HEADERS, '0\r\n\r\n', ':', ' ']),
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 100 }) },
)

export const httpBytes = defineSuite<Json>(
  {
    name: 'http-bytes',
    holds:
      'any bytes are answered or the connection ends, and the bank sees only whole requests that were decided',
    cases: 10_000,
    batch: BATCH,
  },
  async () => {
    const rig = await rigForFuzz()
    let answered = 0
    // Over all batches: what a client left behind may reach the bank during the next one.
    let reached = 0
    let allowed = 0
    return {
      input: fc
        .array(connection, { minLength: BATCH, maxLength: BATCH })
        .map((all): Json => [...all]),
      async check(input) {
        const texts = await Promise.all(
          (input as string[]).map((bytes) => exchange(rig.port, bytes)),
        ) // sound: made above
        let successes = 0
        for (const [at, text] of texts.entries()) {
          assert.ok(text !== undefined, `no end of connection ${at}`)
          for (const [, status] of text.matchAll(/HTTP\/1\.1 (\d{3}) /g)) {
            answered++
            if (status === '200') successes++
            // What strangers send is never a fault of ours.
            assert.notEqual(status, '500', text.slice(0, 300))
          }
          assert.doesNotMatch(text, /node:internal|\.ts:\d+|Error:/)
        }
        // Whose client left early has its event once the bank's answer is in, or its connection is gone.
        await rig.settled()
        const seen = rig.upstream.seen.splice(0)
        for (const { line: first, headers, body } of seen) {
          assert.match(first, /^(?:GET|HEAD|POST) \/[A-Za-z0-9/]+(?:\?[^ ]*)? HTTP\/1\.1$/)
          assert.ok(!first.includes('smuggled') && !body.includes('smuggled'), first)
          const framing = headers.filter((one) =>
            /^(?:content-length|transfer-encoding):/i.test(one),
          )
          assert.ok(framing.length <= 1, framing.join())
        }
        reached += seen.length
        const ended = rig.sink.access.filter(({ outcome }) => outcome !== 'denied').length
        allowed += ended
        assert.ok(successes <= ended, `${successes} answered, ${ended} allowed`)
        assert.ok(reached <= allowed, `${reached} reached the bank, ${allowed} were allowed`)
        rig.sink.appended.length = 0
      },
      async close() {
        await rig.close()
        assert.ok(answered > 0, 'nothing was answered: the check is blind')
      },
    }
  },
)

/** Sends the bytes, waits for the other side to end or to fall silent; all that came, or `undefined` if nothing ever ended. */
function exchange(port: number, bytes: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = ''
    const socket = connect(port, '127.0.0.1')
    const limit = setTimeout(() => end(undefined), 10_000)
    let quiet: NodeJS.Timeout | undefined
    const end = (result: string | undefined): void => {
      clearTimeout(limit)
      clearTimeout(quiet)
      socket.destroy()
      resolve(result)
    }
    const again = (): void => {
      clearTimeout(quiet)
      quiet = setTimeout(() => end(text), QUIET_MS)
    }
    socket.on('connect', () => socket.write(Buffer.from(bytes, 'latin1'), again))
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      again()
    })
    socket.on('error', () => end(text))
    socket.on('close', () => end(text))
  })
}
