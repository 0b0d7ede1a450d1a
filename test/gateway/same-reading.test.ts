/**
 * Two readers of one request. Whatever our reader takes and our framing allows, Node's own parser (llhttp, strict) takes too, and reads the
 * same method, target, fields and body: a server behind us that reads as Node does cannot be told another story (CWE-444).
 */
import assert from 'node:assert/strict'
import { createServer, METHODS } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { Buffer } from 'node:buffer'
import { test, type TestContext } from 'node:test'
import fc from 'fast-check'
import { judgeFraming } from '../../src/gateway/node/framing.ts'
import { createHeaderKinds } from '../../src/gateway/node/header-kinds.ts'
import { RequestBody } from '../../src/gateway/node/request-body.ts'
import { readRequestHead } from '../../src/gateway/node/request-reader.ts'

const RUNS = Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 10_000)
const KNOWN = new Set(METHODS)

interface Read {
  readonly method: string
  readonly target: string
  readonly fields: readonly string[]
  readonly body: string
}

/** The first request on a connection as we read it, and its bytes; `undefined`: refused, or its end has not come. */
function ours(bytes: string): { readonly read: Read; readonly bytes: string } | undefined {
  const end = bytes.indexOf('\r\n\r\n')
  const head = end < 0 ? undefined : readRequestHead(bytes.slice(0, end))
  if (head === undefined || !KNOWN.has(head.method) || head.method === 'CONNECT') return undefined
  const { refused, hasBody, contentLength } = judgeFraming(
    head.rawHeaders,
    head.version,
    100,
    createHeaderKinds(),
  )
  if (refused !== undefined) return undefined
  const read = { method: head.method, target: head.target, fields: head.rawHeaders }
  const start = end + 4
  if (!hasBody) return { read: { ...read, body: '' }, bytes: bytes.slice(0, start) }
  const body = new RequestBody(contentLength, 1_000, head.rawHeaders)
  const used = body.take(Buffer.from(bytes.slice(start), 'latin1'), 0)
  const { result } = body
  return result?.ok === true && result.body.kind === 'text'
    ? { read: { ...read, body: result.body.text }, bytes: bytes.slice(0, start + used) }
    : undefined
}

/** The same, as Node reads it; `undefined`: it refuses. */
async function nodeReader(t: TestContext): Promise<(bytes: string) => Promise<Read | undefined>> {
  let told: (read: Read | undefined) => void = () => undefined
  const server = createServer({ requireHostHeader: false, maxHeaderSize: 65_536 })
  server.on('request', (request) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')))
    request.on('end', () =>
      told({
        method: request.method ?? '',
        target: request.url ?? '',
        fields: request.rawHeaders,
        body,
      }),
    )
  })
  server.on('checkContinue', (request, response) => server.emit('request', request, response))
  server.on('clientError', (_error, socket) => {
    told(undefined)
    socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo // sound: listening on TCP
  return (bytes) =>
    new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => undefined)
      told = (read) => {
        socket.destroy()
        resolve(read)
      }
      socket.write(Buffer.from(bytes, 'latin1'))
    })
}

const some = (...values: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...values)
const end = fc.oneof(
  { weight: 12, arbitrary: some('\r\n') },
  some('\n', '\r', '\r\r\n', ' \r\n', '\n\r'),
)
const field = fc.oneof(
  some(
    'Host: a',
    'X-A: 1',
    'x-a:2',
    'X-B:  \t ü ',
    'Accept:',
    'A: b:c',
    '__proto__: x',
    'Connection: close',
  ),
  some('Content-Length: 0', 'Content-Length: 5', 'content-length: 00005', 'Content-Length:\t5 '),
  some(
    'Transfer-Encoding: chunked',
    'TRANSFER-ENCODING: CHUNKED',
    'Transfer-Encoding: gzip, chunked',
  ),
  some(
    'Expect: 100-continue',
    'TE: trailers',
    'Trailer: X-T',
    ' folded',
    'No colon',
    'X A: 1',
    'X-A : 1',
    'X: \0',
  ),
)
const body = some(
  '',
  'hello',
  'hello world',
  '0\r\n\r\n',
  '5\r\nhello\r\n0\r\n\r\n',
  '5;a=b\r\nhello\r\n0\r\nX-T: 1\r\n\r\n',
  '5\nhello\n0\n\n',
  '+5\r\nhello\r\n0\r\n\r\n',
  '5 \r\nhello\r\n0\r\n\r\n',
  '05\r\nhello\r\n00\r\n\r\n',
)
const request = fc
  .tuple(
    some('', '', '', '\r\n', '\n'),
    some('GET', 'POST', 'POST', 'PUT', 'HEAD', 'OPTIONS', 'get', 'PRI'),
    some(' ', ' ', ' ', '  ', '\t'),
    some(
      '/a',
      '/a?b=c',
      '*',
      'http://x/y',
      '//a',
      '/%2e',
      '/é',
      'a',
      '/a#b',
      '/a|b',
      '/a\\b',
      '/{a}',
    ),
    some(' HTTP/1.1', ' HTTP/1.1', ' HTTP/1.0', ' HTTP/1.2', ' http/1.1', ''),
    fc.array(fc.tuple(field, end), { maxLength: 5 }),
    end,
    body,
  )
  .map(
    ([front, method, blank, target, version, fields, last, content]) =>
      `${front}${method}${blank}${target}${version}\r\nHost: a\r\n${fields.map((one) => one.join('')).join('')}${last}${content}`,
  )

test('what we take Node takes, and reads the same', async (t) => {
  const read = await nodeReader(t)
  const seen = { taken: 0, bodies: 0 }
  await fc.assert(
    fc.asyncProperty(request, async (bytes) => {
      const own = ours(bytes)
      if (own === undefined) return
      seen.taken++
      if (own.read.body !== '') seen.bodies++
      assert.deepEqual(await read(own.bytes), own.read, JSON.stringify(own.bytes))
    }),
    { numRuns: RUNS },
  )
  assert.ok(seen.taken > RUNS / 100 && seen.bodies > RUNS / 1_000, 'the check is nearly blind')
})
