/** Attacks on what is between Envoy and Gatehouse, and on Envoy as it is configured: what is not decided does not go on. */
import assert from 'node:assert/strict'
import { connect, constants } from 'node:http2'
import type { TestContext } from 'node:test'
import { type AskingEnvoy, askingEnvoy } from '../support/asking-envoy.ts'
import { envoyTest } from '../support/peer-envoy.ts'
import type { PeerProgram } from '../support/peer-programs.ts'
import { type RawAnswer, RawConnection } from '../support/raw-http.ts'
import {
  type ResponderRig,
  responderRig,
  type ResponderRigOptions,
} from '../support/responder-rig.ts'

interface Edge {
  readonly rig: ResponderRig
  readonly envoy: AskingEnvoy
}

async function edge(
  t: TestContext,
  program: PeerProgram,
  options: ResponderRigOptions = {},
): Promise<Edge> {
  const rig = await responderRig(t, options)
  return { rig, envoy: await askingEnvoy(t, program, rig) }
}

const codeOf = ({ body }: RawAnswer): unknown => (JSON.parse(body) as { code: unknown }).code // sound: a problem document

function read(rig: ResponderRig, ...lines: readonly string[]): string {
  return [
    'GET /aisp/accounts HTTP/1.1',
    'Host: api.bank.example',
    `Authorization: Bearer ${rig.token()}`,
    ...lines,
    '\r\n',
  ].join('\r\n')
}

const ENVOYS_OWN: readonly (readonly [text: string, status: number, code: string])[] = [
  [
    'GET http://evil.example/aisp/accounts HTTP/1.1\r\nHost: a\r\n\r\n',
    400,
    'GH_GATEWAY_TARGET_MALFORMED',
  ],
  ['OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n', 400, 'GH_GATEWAY_TARGET_MALFORMED'],
  ['GET /aisp/accounts#x HTTP/1.1\r\nHost: a\r\n\r\n', 400, 'GH_GATEWAY_TARGET_MALFORMED'],
  ['GET /aisp/accounts HTTP/1.0\r\n\r\n', 400, 'GH_GATEWAY_REQUEST_MALFORMED'],
  [
    'GET /aisp/accounts HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n',
    400,
    'GH_GATEWAY_REQUEST_MALFORMED',
  ],
  [
    'CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n',
    404,
    'GH_GATEWAY_ROUTE_UNKNOWN',
  ],
  [
    `GET /aisp/accounts HTTP/1.1\r\nHost: a\r\nX-Long: ${'a'.repeat(20_000)}\r\n\r\n`,
    431,
    'GH_GATEWAY_HEADERS_TOO_LARGE',
  ],
  [
    'POST /aisp/accounts HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    400,
    'GH_GATEWAY_REQUEST_MALFORMED',
  ],
]

envoyTest(
  'what Envoy refuses by itself is refused in our words, and reaches nobody',
  async (t, program) => {
    const { rig, envoy } = await edge(t, program)
    for (const [text, status, code] of ENVOYS_OWN) {
      const answer = await envoy.raw(text)
      assert.equal(answer.status, status, text.slice(0, 80))
      assert.equal(answer.body === '' ? code : codeOf(answer), code, text.slice(0, 80))
    }
    assert.equal(rig.upstream.seen.length, 0)
  },
)

envoyTest('where nobody answers, nobody is let through', async (t, program) => {
  const { rig, envoy } = await edge(t, program)
  assert.equal((await envoy.raw(read(rig))).status, 200)
  const load = Array.from({ length: 40 }, () => envoy.raw(read(rig)))
  const closed = rig.responder.close(0)
  rig.clock.advance(1)
  const during = await Promise.all(load)
  await closed
  const calls = rig.upstream.seen.length
  assert.ok(during.every(({ status }) => status === 200 || status === 503))
  assert.equal(during.filter(({ status }) => status === 200).length + 1, calls)
  const after = await envoy.raw(read(rig))
  assert.equal(after.status, 503)
  assert.equal(codeOf(after), 'GH_GATEWAY_DECISION_UNAVAILABLE')
  assert.equal(after.headers.get('cache-control'), 'no-store')
  assert.equal(rig.upstream.seen.length, calls)
  assert.equal((await envoy.logged(during.length + 2)).length, during.length + 2)
})

envoyTest('a spool that fails stops every request, by way of Envoy too', async (t, program) => {
  const { rig, envoy } = await edge(t, program)
  rig.sink.failure = new Error('disk full')
  const answer = await envoy.raw(read(rig))
  assert.equal(answer.status, 503)
  assert.equal(codeOf(answer), 'GH_AUDIT_UNAVAILABLE')
  assert.equal(answer.headers.get('retry-after'), '1')
  assert.equal(rig.upstream.seen.length, 0)
})

envoyTest(
  'an operation whose answers are judged is not served, and others are',
  async (t, program) => {
    const { rig, envoy } = await edge(t, program, { judged: ['GetAccounts'] })
    const answer = await envoy.raw(read(rig))
    assert.equal(answer.status, 503)
    assert.equal(codeOf(answer), 'GH_GATEWAY_DATA_PLANE')
    assert.equal(rig.upstream.seen.length, 0)
  },
)

envoyTest(
  'an Envoy with another secret is told nothing and lets nobody through',
  async (t, program) => {
    const { rig } = await edge(t, program)
    const stranger = await askingEnvoy(t, program, rig, { secret: 'a guess' })
    const answer = await stranger.raw(read(rig))
    assert.equal(answer.status, 403)
    assert.equal(codeOf(answer), 'GH_GATEWAY_CHECK_REFUSED')
    assert.equal(rig.upstream.seen.length, 0)
    assert.equal(rig.sink.access.length, 0)
  },
)

envoyTest(
  'bodies: chunked and whole, up to the limit and over it; nothing waits for a body that is not there',
  async (t, program) => {
    const { rig, envoy } = await edge(t, program)
    rig.upstream.script = (_request, socket) => socket.write('HTTP/1.1 204 No Content\r\n\r\n')
    const post = (body: string, chunked: boolean): string =>
      [
        'POST /aisp/accounts/A1/notes HTTP/1.1',
        'Host: a',
        `Authorization: Bearer ${rig.token()}`,
        'Content-Type: application/json',
        chunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`,
        '',
        chunked ? `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n` : body,
      ].join('\r\n')
    const note = `{"Text":"a"${' '.repeat(2_000 - 12)}}`
    assert.equal(note.length, 2_000)
    for (const chunked of [false, true]) {
      assert.equal((await envoy.raw(post(note, chunked))).status, 204)
      const over = await envoy.raw(post(`${note} `, chunked))
      assert.equal(over.status, 413)
      assert.equal(codeOf(over), 'GH_GATEWAY_BODY_TOO_LARGE')
    }
    assert.equal(rig.upstream.seen.length, 2)
    const slow = new RawConnection(envoy.port)
    slow.send(post(note, false).slice(0, -10))
    await new Promise((resolve) => setTimeout(resolve, 200))
    slow.destroy()
    assert.equal(rig.upstream.seen.length, 2)
  },
)

envoyTest('HTTP/2: pseudo-headers and headers of ours count for nothing', async (t, program) => {
  const { rig, envoy } = await edge(t, program)
  const ask = (headers: Record<string, string>, body?: string): Promise<number> => {
    const { promise, resolve } = Promise.withResolvers<number>()
    // One for each: some of these end their connection.
    const session = connect(`http://127.0.0.1:${envoy.port}`)
    t.after(() => session.destroy())
    session.on('error', () => resolve(0))
    session.on('close', () => resolve(0))
    const stream = session.request(
      {
        [constants.HTTP2_HEADER_PATH]: '/aisp/accounts',
        authorization: `Bearer ${rig.token()}`,
        ...headers,
      },
      { endStream: body === undefined },
    )
    stream.on('response', (answer) => resolve(answer[':status'] ?? 0))
    stream.on('error', () => resolve(0))
    stream.on('close', () => resolve(0))
    stream.resume()
    if (body !== undefined) stream.end(body)
    return promise
  }
  assert.equal(await ask({}), 200)
  const [good] = rig.upstream.seen
  assert.equal(good?.line, 'GET /bank/accounts HTTP/1.1')
  const refused: readonly Record<string, string>[] = [
    { ':path': '//aisp/accounts' },
    { ':path': '/aisp/x/../accounts' },
    { ':path': '/aisp/%2e%2e/aisp/accounts' },
    { ':path': '*', ':method': 'OPTIONS' },
    { ':authority': 'a b' },
    { ':authority': 'a,b' },
    { ':method': 'DELETE' },
    { ':method': 'TRACE' },
    { 'x-gatehouse-api': 'accounts', ':path': '/aisp/accounts/A9' },
  ]
  for (const headers of refused) {
    const status = await ask(headers)
    assert.ok(
      status === 0 || (status >= 400 && status < 500),
      `${JSON.stringify(headers)} ${status}`,
    )
  }
  // Bytes after a head that announces none.
  const smuggled = await ask({}, 'GET /aisp/accounts/A9 HTTP/1.1\r\n\r\n')
  assert.equal(smuggled, 400)
  assert.equal(rig.upstream.seen.length, 1)
  assert.equal(await ask({ 'x-gatehouse-subject': 'evil', te: 'trailers' }), 200)
  assert.equal(rig.upstream.seen.at(-1)?.header('x-gatehouse-subject'), 'customer-1')
  assert.equal(rig.upstream.seen.at(-1)?.header('authorization'), undefined)
})
