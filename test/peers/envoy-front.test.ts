/** Envoy before Gatehouse, as a bank's edge would have it: what is allowed and what is refused is the same as without it. */
import assert from 'node:assert/strict'
import { connect, constants } from 'node:http2'
import { Agent, request } from 'node:http'
import type { TestContext } from 'node:test'
import { type Envoy, envoyTest, type EnvoyListener, startEnvoy } from '../support/peer-envoy.ts'
import type { PeerProgram } from '../support/peer-programs.ts'
import { gatewayRig, type Rig, type RigOptions } from '../support/gateway-rig.ts'
import { type RawAnswer, RawConnection } from '../support/raw-http.ts'
import { jsonAnswer } from '../support/scripted-upstream.ts'

const BODY = '{"Data":{"Account":[]}}'

async function front(
  t: TestContext,
  program: PeerProgram,
  manager: EnvoyListener['manager'] = {},
  options: RigOptions = {},
): Promise<{ rig: Rig; envoy: Envoy }> {
  const rig = await gatewayRig(t, options)
  rig.upstream.script = (_request, socket) => socket.write(jsonAnswer(BODY))
  const envoy = await startEnvoy(t, program, { manager, next: rig.port })
  return { rig, envoy }
}

/** One request, byte for byte. */
async function send(t: TestContext, port: number, text: string): Promise<RawAnswer | undefined> {
  const connection = new RawConnection(port)
  t.after(() => connection.destroy())
  connection.send(text)
  const answer = await connection.answer()
  connection.destroy()
  return answer
}
const get = (target: string, ...lines: readonly string[]): string =>
  `${[`GET ${target} HTTP/1.1`, 'Host: api.bank.example', ...lines].join('\r\n')}\r\n\r\n`
const bearer = (rig: Rig): string => `Authorization: Bearer ${rig.token()}`

envoyTest(
  'requests are allowed and refused behind Envoy as they are without it',
  async (t, program) => {
    const { rig, envoy } = await front(t, program)
    const requests: readonly string[] = [
      get('/aisp/accounts', bearer(rig)),
      get('/aisp/accounts/A1', bearer(rig)),
      get('/aisp/atms'),
      get('/aisp/accounts'),
      get('/aisp/accounts', 'Authorization: Bearer x.y.z'),
      get('/aisp/accounts', 'Authorization: Basic eDp5'),
      get('/aisp/accounts/A9', bearer(rig)),
      get('/aisp/nothing', bearer(rig)),
      get('/aisp/accounts?access_token=x', bearer(rig)),
      get('/aisp/accounts', `Authorization: Bearer ${rig.token({ scope: 'openid' })}`),
      get('/aisp/accounts', `Authorization: Bearer ${rig.token({ aud: 'https://other' })}`),
      get('/broken/x', bearer(rig)),
      get('/aisp/accounts', bearer(rig)).replace('GET', 'DELETE'),
    ]
    const outcomes = new Set<number>()
    for (const text of requests) {
      const direct = await send(t, rig.port, text)
      const behind = await send(t, envoy.port, text)
      assert.equal(behind?.status, direct?.status, text)
      assert.equal(code(behind), code(direct), text)
      assert.equal(behind?.headers.get('www-authenticate'), direct?.headers.get('www-authenticate'))
      outcomes.add(behind?.status ?? 0)
    }
    assert.ok(outcomes.size >= 4, [...outcomes].join())
    assert.equal(rig.sink.access.length, requests.length * 2, 'each has its event')
  },
)

function code(answer: RawAnswer | undefined): string | undefined {
  return /"code":"(\w+)"/.exec(answer?.body ?? '')?.[1]
}

envoyTest('fifty requests at once over connections that Envoy keeps', async (t, program) => {
  const { rig, envoy } = await front(t, program)
  rig.upstream.script = (seen, socket) => {
    const id = seen.header('x-fapi-interaction-id') ?? ''
    socket.write(jsonAnswer({ Data: { Account: [{ AccountId: 'A1', Nickname: id }] } }))
  }
  const agent = new Agent({ keepAlive: true, maxSockets: 10 })
  t.after(() => agent.destroy())
  const call = (id: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${rig.token()}`, 'x-fapi-interaction-id': id }
      const outgoing = request(
        { port: envoy.port, path: '/aisp/accounts', headers, agent },
        (answer) => {
          let body = ''
          answer.on('data', (chunk) => (body += chunk))
          answer.on('end', () => resolve(`${answer.statusCode} ${body}`))
        },
      )
      outgoing.on('error', reject)
      outgoing.end()
    })
  for (let round = 0; round < 4; round++) {
    const ids = Array.from({ length: 50 }, () => crypto.randomUUID())
    const answers = await Promise.all(ids.map(call))
    for (const [at, answer] of answers.entries())
      assert.ok(answer.startsWith('200') && answer.includes(ids[at] ?? '?'), answer)
  }
})

envoyTest('HTTP/2 in front: the same answers, and each header is judged', async (t, program) => {
  const { rig, envoy } = await front(t, program)
  const session = connect(`http://127.0.0.1:${envoy.port}`)
  t.after(() => session.destroy())
  const call = (
    headers: Record<string, string | string[]>,
  ): Promise<{ status: number; body: string }> =>
    new Promise((resolve, reject) => {
      const stream = session.request({
        ':path': '/aisp/accounts',
        ':authority': 'api.bank.example',
        ...headers,
      })
      let status = 0
      let body = ''
      stream.on('response', (head) => (status = Number(head[constants.HTTP2_HEADER_STATUS])))
      stream.on('data', (chunk) => (body += chunk))
      stream.on('end', () => resolve({ status, body }))
      stream.on('error', reject)
    })
  const authorization = `Bearer ${rig.token()}`
  const answers = await Promise.all(Array.from({ length: 20 }, () => call({ authorization })))
  for (const answer of answers) assert.deepEqual(answer, { status: 200, body: BODY })
  assert.equal((await call({})).status, 401)
  assert.equal((await call({ authorization: 'Bearer a.b.c' })).status, 401)
  assert.equal((await call({ authorization, ':path': '/aisp/accounts/A9' })).status, 403)
  assert.equal(
    (await call({ authorization, ':path': '/aisp/accounts/../accounts/A9' })).status >= 400,
    true,
  )
  assert.equal((await call({ authorization, ':method': 'DELETE' })).status, 405)
})

envoyTest(
  'what a client says of itself in forwarding headers does not reach the bank',
  async (t, program) => {
    const { rig, envoy } = await front(t, program, { use_remote_address: true })
    const spoofed = [
      'X-Forwarded-For: 203.0.113.9',
      'X-Forwarded-Client-Cert: Hash=00;Subject="CN=evil"',
      'X-Forwarded-Proto: https',
      'X-Forwarded-Host: evil.example',
      'Forwarded: for=203.0.113.9',
      'X-Gatehouse-Subject: customer-2',
      'X-Gatehouse-Client: tpp-b',
      'X_Gatehouse_Subject: customer-2',
      'X-Envoy-Original-Path: /aisp/accounts/A9',
      'X-Envoy-External-Address: 203.0.113.9',
      'X-Envoy-Internal: true',
      'X-Envoy-Max-Retries: 9',
      'X-Envoy-Retry-On: 5xx',
      'X-Envoy-Upstream-Rq-Timeout-Ms: 1',
      'X-Original-URL: /aisp/accounts/A9',
      'X-HTTP-Method-Override: DELETE',
    ]
    for (const port of [envoy.port, rig.port]) {
      const answer = await send(t, port, get('/aisp/accounts', bearer(rig), ...spoofed))
      assert.equal(answer?.status, 200, answer?.body)
      const seen = rig.upstream.seen.at(-1)
      const names =
        seen?.headers.map((line) => line.slice(0, line.indexOf(':')).toLowerCase()) ?? []
      for (const name of names)
        assert.doesNotMatch(
          name,
          /^(?:x-forwarded-|forwarded$|x-envoy-|x-original-|x-http-method|x_)/,
        )
      assert.equal(seen?.header('x-gatehouse-subject'), 'customer-1')
      assert.equal(seen?.header('x-gatehouse-client'), 'tpp-a')
      assert.ok(!seen?.headers.join('\n').includes('203.0.113.9'))
      assert.equal(seen?.header('authorization'), undefined)
    }
  },
)

envoyTest(
  'a chunked body, and one that waits for `100 Continue`, are judged',
  async (t, program) => {
    const { rig, envoy } = await front(t, program)
    rig.upstream.script = (_request, socket) => socket.write('HTTP/1.1 204 No Content\r\n\r\n')
    const post = (lines: string, body: string): string =>
      `POST /aisp/accounts/A1/notes HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n${bearer(rig)}\r\n${lines}\r\n${body}`
    const text = '{"Text":"hello"}'
    const chunked = 'Transfer-Encoding: chunked\r\n'
    const chunks = `8\r\n${text.slice(0, 8)}\r\n8\r\n${text.slice(8)}\r\n0\r\n\r\n`
    for (const [name, lines, body, status] of [
      ['a length', `Content-Length: ${text.length}\r\n`, text, 204],
      ['chunks', chunked, chunks, 204],
      ['chunks that wait', `${chunked}Expect: 100-continue\r\n`, chunks, 204],
      [
        'a length that waits',
        `Expect: 100-continue\r\nContent-Length: ${text.length}\r\n`,
        text,
        204,
      ],
      ['a body that does not fit the schema', `Content-Length: 10\r\n`, '{"Text":1}', 400],
      ['a body beyond the limit', chunked, `1000\r\n${' '.repeat(4_096)}\r\n0\r\n\r\n`, 413],
    ] as const) {
      const answer = await send(t, envoy.port, post(lines, body))
      assert.equal(answer?.status, status, `${name}: ${answer?.body}`)
    }
    assert.deepEqual(
      rig.upstream.seen.map(({ body }) => body),
      Array.from({ length: 4 }, () => text),
    )
  },
)

envoyTest(
  'what frames one request as two reaches neither Gatehouse nor the bank as two',
  async (t, program) => {
    const { rig, envoy } = await front(t, program)
    const inner = get('/aisp/accounts', bearer(rig))
    const attacks = [
      `POST /aisp/atms HTTP/1.1\r\nHost: a\r\nContent-Length: ${inner.length + 5}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${inner}`,
      `POST /aisp/atms HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: ${inner.length}\r\n\r\n${inner}`,
      `GET /aisp/atms HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${inner}`,
      `GET /aisp/atms HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n${inner}`,
      `GET /aisp/atms HTTP/1.1\r\nHost: a\r\nX: a\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${inner}`,
    ]
    for (const text of attacks) {
      const answer = await send(t, envoy.port, text)
      assert.ok(answer === undefined || answer.status >= 400, `${answer?.status} ${text}`)
    }
    assert.deepEqual(rig.upstream.seen, [])
  },
)

envoyTest('headers larger than ours are refused through Envoy too', async (t, program) => {
  const { rig, envoy } = await front(t, program)
  const answer = await send(
    t,
    envoy.port,
    get('/aisp/accounts', bearer(rig), `X-Pad: ${'x'.repeat(20_000)}`),
  )
  assert.equal(answer?.status, 431)
  const many = Array.from({ length: 110 }, (_, at) => `X-${at}: 1`)
  assert.ok(
    ((await send(t, envoy.port, get('/aisp/accounts', bearer(rig), ...many)))?.status ?? 0) >= 400,
  )
  assert.deepEqual(rig.upstream.seen, [])
  assert.equal((await send(t, envoy.port, get('/aisp/accounts', bearer(rig))))?.status, 200)
})

/** Spellings of `/aisp/accounts/A9` (not the caller's), of `/aisp/accounts/A1` (his) and of nothing at all. */
const SPELLINGS = [
  '/aisp/accounts/A1/../A9',
  '/aisp/accounts/A1/%2e%2e/A9',
  '/aisp/accounts/A1/%2E%2E/A9',
  '/aisp/accounts/A1%2f..%2fA9',
  '/aisp/accounts/A1%2F..%2FA9',
  '/aisp/accounts/A1%5c..%5cA9',
  '/aisp/accounts/A1\\..\\A9',
  '/aisp//accounts//A9',
  '/aisp/./accounts/./A9',
  '/aisp/atms/../accounts/A9',
  '/aisp/accounts/A9;a=A1',
  '/aisp/accounts/A9#A1',
  '/aisp/accounts/%41%39',
  '/aisp/accounts/%2541%2539',
  '/AISP/accounts/A9',
  '/aisp/accounts/A9/',
  '/aisp/accounts/A9%00',
  '/../aisp/accounts/A9',
  '/x/../../aisp/accounts/A9',
  'http://evil.example/aisp/accounts/A9',
] as const

for (const [name, manager] of [
  ['leaves paths alone', {}],
  [
    'normalises paths',
    {
      normalize_path: true,
      merge_slashes: true,
      path_with_escaped_slashes_action: 'UNESCAPE_AND_FORWARD',
    },
  ],
  [
    'refuses escaped slashes',
    { normalize_path: true, path_with_escaped_slashes_action: 'REJECT_REQUEST' },
  ],
] as const)
  envoyTest(`an Envoy that ${name} opens no way to another’s account`, async (t, program) => {
    const { rig, envoy } = await front(t, program, manager)
    for (const path of SPELLINGS) {
      const answer = await send(t, envoy.port, get(path, bearer(rig)))
      assert.ok((answer?.status ?? 0) >= 400, `${path}: ${answer?.status}`)
    }
    assert.deepEqual(rig.upstream.seen, [], 'the bank heard of none')
    // What Envoy has made plain is judged as it stands then, and the bank hears what was judged.
    const own = await send(t, envoy.port, get('/aisp/accounts/A9/../A1', bearer(rig)))
    if ('normalize_path' in manager) assert.equal(own?.status, 200, own?.body)
    else assert.ok((own?.status ?? 0) >= 400)
    for (const { line } of rig.upstream.seen) assert.equal(line, 'GET /bank/accounts/A1 HTTP/1.1')
  })
