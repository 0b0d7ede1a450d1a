/** A bank API that is slow, dead or lying: the caller gets a code, never a part of the answer. */
import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { test } from 'node:test'
import { gatewayRig, type RigOptions } from '../support/gateway-rig.ts'
import { jsonAnswer, type Script } from '../support/scripted-upstream.ts'

const SECRET = '{"Data":{"Account":[{"AccountId":"A1","Currency":"GBP"}]}}'
const head = (lines: string, status = '200 OK'): string =>
  `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\n${lines}\r\n`

interface Trouble {
  readonly name: string
  readonly script: Script
  readonly status: number
  readonly code: string
  readonly options?: RigOptions
}
const TROUBLES: readonly Trouble[] = [
  {
    name: 'dead: closes without a word',
    script: (_request, socket) => socket.destroy(),
    status: 502,
    code: 'UPSTREAM_UNREACHABLE',
  },
  {
    name: 'slow: never answers',
    script: () => {},
    status: 504,
    code: 'UPSTREAM_TIMEOUT',
  },
  {
    name: 'slow: stops within the head',
    script: (_request, socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-ty'),
    status: 504,
    code: 'UPSTREAM_TIMEOUT',
  },
  {
    name: 'slow: stops within the body',
    script: (_request, socket) => socket.write(`${head('content-length: 100\r\n')}${SECRET}`),
    status: 504,
    code: 'UPSTREAM_TIMEOUT',
  },
  {
    name: 'names two media types',
    script: (_request, socket) => socket.write(jsonAnswer(SECRET, 'content-type: text/html\r\n')),
    status: 502,
    code: 'RESPONSE_REFUSED',
  },
  {
    name: 'says that JSON is UTF-16',
    script: (_request, socket) =>
      socket.write(jsonAnswer(SECRET).replace('charset=utf-8', 'charset=utf-16')),
    status: 502,
    code: 'RESPONSE_REFUSED',
  },
  {
    name: 'lies: announces more than it sends',
    script: (_request, socket) => socket.end(`${head('content-length: 100\r\n')}${SECRET}`),
    status: 502,
    code: 'RESPONSE_REFUSED',
  },
  {
    name: 'lies: sends more than it announces',
    script: (_request, socket) => socket.write(`${head('content-length: 20\r\n')}${SECRET}`),
    status: 502,
    code: 'RESPONSE_REFUSED',
  },
  {
    name: 'chunks that end early',
    script: (_request, socket) =>
      socket.end(
        `${head('transfer-encoding: chunked\r\n')}${SECRET.length.toString(16)}\r\n${SECRET}\r\n`,
      ),
    status: 502,
    code: 'RESPONSE_REFUSED',
  },
  {
    name: 'a length and chunks at once',
    script: (_request, socket) =>
      socket.end(`${head('content-length: 5\r\ntransfer-encoding: chunked\r\n')}0\r\n\r\n`),
    status: 502,
    code: 'RESPONSE_REFUSED',
  },
  {
    name: 'no HTTP at all',
    script: (_request, socket) => socket.end('SSH-2.0-OpenSSH_9.9\r\n'),
    status: 502,
    code: 'RESPONSE_REFUSED',
  },
  {
    name: 'a head larger than 16 KB',
    script: (_request, socket) =>
      socket.end(`${head(`x-pad: ${'x'.repeat(20_000)}\r\ncontent-length: 2\r\n`)}{}`),
    status: 502,
    code: 'RESPONSE_REFUSED',
  },
  {
    name: 'gzip although identity was asked for',
    script: (_request, socket) => {
      const body = gzipSync(SECRET)
      socket.write(head(`content-encoding: gzip\r\ncontent-length: ${body.length}\r\n`))
      socket.write(body)
    },
    status: 502,
    code: 'RESPONSE_REFUSED',
  },
  {
    name: 'a body over the limit, announced',
    script: (_request, socket) =>
      socket.write(head('content-length: 1001\r\n') + 'x'.repeat(1_001)),
    status: 502,
    code: 'RESPONSE_REFUSED',
    options: { maxResponseBytes: 1_000 },
  },
  {
    name: 'a body over the limit, in chunks',
    script: (_request, socket) => {
      socket.write(head('transfer-encoding: chunked\r\n'))
      for (let at = 0; at < 20; at++) socket.write(`64\r\n${' '.repeat(100)}\r\n`)
    },
    status: 502,
    code: 'RESPONSE_REFUSED',
    options: { maxResponseBytes: 1_000 },
  },
  {
    name: 'JSON cut in the middle',
    script: (_request, socket) => socket.write(jsonAnswer(SECRET.slice(0, -3))),
    status: 502,
    code: 'RESPONSE_REFUSED',
  },
  {
    name: 'bytes that are no UTF-8',
    script: (_request, socket) => {
      const body = Buffer.from(SECRET.replace('GBP', 'G\xffP'), 'latin1')
      socket.write(head(`content-length: ${body.length}\r\n`))
      socket.write(body)
    },
    status: 502,
    code: 'RESPONSE_REFUSED',
  },
  {
    name: 'an object with a key twice',
    script: (_request, socket) => socket.write(jsonAnswer('{"Data":{},"Data":{"x":"leak-A1"}}')),
    status: 502,
    code: 'RESPONSE_REFUSED',
  },
  {
    name: 'a redirect',
    script: (_request, socket) =>
      socket.write(head('location: http://127.0.0.1:1/evil\r\ncontent-length: 0\r\n', '302 Found')),
    status: 502,
    code: 'RESPONSE_REFUSED',
  },
  {
    name: 'an error with a stack trace',
    script: (_request, socket) =>
      socket.write(
        head('content-length: 30\r\n', '500 Oops') + '{"stack":"at A1 core.java:123"'.slice(0, 30),
      ),
    status: 502,
    code: 'UPSTREAM_ERROR',
  },
  {
    name: 'its own 401',
    script: (_request, socket) =>
      socket.write(head('www-authenticate: Basic realm="core"\r\ncontent-length: 0\r\n', '401 No')),
    status: 502,
    code: 'UPSTREAM_ERROR',
  },
  {
    name: 'a page where data was promised',
    script: (_request, socket) =>
      socket.write(
        'HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 9\r\n\r\n<b>A1</b>',
      ),
    status: 502,
    code: 'RESPONSE_REFUSED',
  },
  {
    name: 'two content types',
    script: (_request, socket) =>
      socket.write(head('content-type: text/html\r\ncontent-length: 2\r\n') + '{}'),
    status: 502,
    code: 'RESPONSE_REFUSED',
  },
]

for (const { name, script, status, code, options } of TROUBLES)
  test(`upstream: ${name}`, async (t) => {
    const rig = await gatewayRig(t, { patienceMs: 300, ...options })
    rig.upstream.script = script
    const answer = await rig.call('/aisp/accounts')
    assert.equal(answer.status, status, answer.body)
    assert.equal(JSON.parse(answer.body).code, `GH_GATEWAY_${code}`)
    assert.ok(
      !answer.body.includes('A1') && !answer.body.includes('GBP'),
      'a part of the answer left',
    )
    assert.equal(answer.headers.get('location'), undefined)
    assert.equal(rig.upstream.seen.length, 1, 'no retry, no redirect')
    assert.deepEqual(
      rig.sink.access.map((event) => [event.outcome, event.code]),
      [['failed', `GH_GATEWAY_${code}`]],
    )
  })

test('upstream: a port where nobody listens', async (t) => {
  const rig = await gatewayRig(t, { upstream: 'http://127.0.0.1:1' })
  const answer = await rig.call('/aisp/accounts')
  assert.equal(answer.status, 502)
  assert.match(answer.body, /GH_GATEWAY_UPSTREAM_UNREACHABLE/)
})

test('upstream: after bytes too many the next caller does not read them', async (t) => {
  const rig = await gatewayRig(t, { patienceMs: 300 })
  rig.upstream.script = (_request, socket) =>
    socket.write(
      `${jsonAnswer({ Data: {} })}${jsonAnswer({ Data: { Account: [{ AccountId: 'A1' }] } })}`,
    )
  const first = await rig.call('/aisp/accounts')
  assert.equal(first.body, '{"Data":{}}')
  rig.upstream.script = (_request, socket) => socket.write(jsonAnswer({ Data: { Account: [] } }))
  const second = await rig.call('/aisp/accounts')
  assert.equal(second.body, '{"Data":{"Account":[]}}')
})

test('upstream: interim answers and trailers end at the gateway', async (t) => {
  const rig = await gatewayRig(t, { patienceMs: 300 })
  rig.upstream.script = (_request, socket) =>
    socket.write(
      `HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n${head('transfer-encoding: chunked\r\ntrailer: x-secret\r\n')}b\r\n{"Data":{}}\r\n0\r\nx-secret: A9\r\n\r\n`,
    )
  const answer = await rig.call('/aisp/accounts')
  assert.equal(answer.status, 200)
  assert.equal(answer.body, '{"Data":{}}')
  assert.ok(!answer.lines.join('\n').includes('secret'))
})

test('upstream: its connection headers, cookies and banner stay behind', async (t) => {
  const rig = await gatewayRig(t, { patienceMs: 300 })
  rig.upstream.script = (_request, socket) =>
    socket.write(
      jsonAnswer(
        { Data: {} },
        'connection: keep-alive, x-page-count\r\nx-page-count: 7\r\nset-cookie: s=1\r\nserver: CoreBank/1\r\nx-powered-by: x\r\nx-gatehouse-subject: a\r\nx-internal: 1\r\nkeep-alive: timeout=9\r\ncache-control: public\r\n',
      ),
    )
  const answer = await rig.call('/aisp/accounts')
  assert.equal(answer.status, 200)
  for (const name of [
    'set-cookie',
    'server',
    'x-powered-by',
    'x-gatehouse-subject',
    'x-internal',
    'x-page-count',
  ])
    assert.equal(answer.headers.get(name), undefined, name)
  assert.equal(answer.headers.get('cache-control'), 'no-store')
})

test('upstream: a declared header leaves', async (t) => {
  const rig = await gatewayRig(t, { patienceMs: 300 })
  rig.upstream.script = (_request, socket) =>
    socket.write(jsonAnswer({ Data: {} }, 'x-page-count: 7\r\n'))
  assert.equal((await rig.call('/aisp/accounts')).headers.get('x-page-count'), '7')
})

test('upstream: text beyond ASCII and numbers keep their bytes', async (t) => {
  const rig = await gatewayRig(t, { patienceMs: 300 })
  const body =
    '{"Data":{"Account":[{"AccountId":"A1","Nickname":"Zoë’s 💷"}]},"Meta":{"TotalPages":10}}'
  rig.upstream.script = (_request, socket) => socket.write(jsonAnswer(body))
  assert.equal((await rig.call('/aisp/accounts')).body, body)
  rig.upstream.script = (_request, socket) =>
    socket.write(jsonAnswer(body.replace('}]', ',"X":"é"}]')))
  assert.equal((await rig.call('/aisp/accounts')).body, body)
})

test('upstream: HEAD has no body and no length', async (t) => {
  const rig = await gatewayRig(t, { patienceMs: 300 })
  rig.upstream.script = (_request, socket) => socket.write(head('content-length: 5000\r\n'))
  const answer = await rig.call('/aisp/atms', { method: 'HEAD', token: null })
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get('content-length'), undefined)
})

test('upstream: a file passes as it comes, with the length announced', async (t) => {
  const rig = await gatewayRig(t, { patienceMs: 300 })
  const file = 'x'.repeat(90_000)
  rig.upstream.script = (_request, socket) =>
    socket.write(
      `HTTP/1.1 200 OK\r\ncontent-type: application/pdf\r\ncontent-length: ${file.length}\r\n\r\n${file}`,
    )
  const answer = await rig.call('/aisp/accounts/A1/file')
  assert.equal(answer.status, 200, answer.body)
  assert.equal(answer.body, file)
  assert.equal(answer.headers.get('content-length'), String(file.length))
  assert.equal(rig.sink.access[0]?.response?.bytes, file.length)
})

test('upstream: a file that breaks off breaks the connection, so that nobody takes it for whole', async (t) => {
  const rig = await gatewayRig(t, { patienceMs: 300 })
  rig.upstream.script = (_request, socket) => {
    socket.write(
      'HTTP/1.1 200 OK\r\ncontent-type: application/pdf\r\ncontent-length: 90000\r\n\r\nabc',
    )
    setImmediate(() => socket.destroy())
  }
  const connection = rig.connect()
  connection.send(
    `GET /aisp/accounts/A1/file HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${rig.token()}\r\n\r\n`,
  )
  const answer = await connection.answer()
  assert.ok(answer === undefined || answer.status === 502)
  assert.equal(rig.sink.access.length, 1)
})

test('a request body is judged before the bank API hears of it', async (t) => {
  const rig = await gatewayRig(t, { patienceMs: 300 })
  rig.upstream.script = (_request, socket) => socket.write('HTTP/1.1 204 No Content\r\n\r\n')
  const post = (body: string, type = 'application/json'): ReturnType<typeof rig.call> =>
    rig.call('/aisp/accounts/A1/notes', {
      method: 'POST',
      body,
      headers: [`Content-Type: ${type}`],
    })
  const good = await post('{"Text":"hello"}')
  assert.equal(good.status, 204, good.body)
  assert.equal(good.headers.get('content-length'), undefined)
  assert.equal(rig.upstream.seen[0]?.body, '{"Text":"hello"}')
  assert.equal(rig.upstream.seen[0]?.header('content-type'), 'application/json')
  const refused = [
    await post('{"Text":"hello","Admin":true}'),
    await post('{"Text":1}'),
    await post('{"Text":"a","Text":"b"}'),
    await post('not json'),
    await post(''),
  ]
  for (const answer of refused) assert.equal(answer.status, 400, answer.body)
  for (const type of [
    'application/xml',
    'multipart/form-data; boundary=x',
    '',
    'application/json; charset=utf-16',
    'application/json; charset=utf-8; charset=utf-7',
    'application/json, text/html',
  ])
    assert.equal((await post('{"Text":"a"}', type)).status, 415, type)
  const edge = (bytes: number): string => `{"Text":"a"}${' '.repeat(bytes - 12)}`
  assert.equal((await post(edge(2_000))).status, 204)
  assert.equal((await post(edge(2_001))).status, 413)
  assert.equal(rig.upstream.seen.length, 2)
})

test('a chunked request body is read up to the limit, and the connection ends beyond it', async (t) => {
  const rig = await gatewayRig(t, { patienceMs: 300 })
  rig.upstream.script = (_request, socket) => socket.write('HTTP/1.1 204 No Content\r\n\r\n')
  const request = `POST /aisp/accounts/A1/notes HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nAuthorization: Bearer ${rig.token()}\r\n`
  const good = rig.connect()
  good.send(`${request}Expect: 100-continue\r\n\r\n10\r\n{"Text":"hello"}\r\n0\r\n\r\n`)
  assert.equal((await good.answer())?.status, 204)
  const endless = rig.connect()
  endless.send(`${request}\r\n`)
  for (let at = 0; at < 30; at++) endless.send(`64\r\n${' '.repeat(100)}\r\n`)
  const answer = await endless.answer()
  assert.equal(answer?.status, 413)
  assert.equal(answer?.headers.get('connection'), 'close')
  await endless.closed()
})
