/** Every route × what may be sent to it, over the socket as the command line uses it: what is taken, what is refused, what never leaves. */
import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { createServer, request } from 'node:http'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  apiClient,
  type ApiServices,
  createApi,
  type EventQuery,
  listenOnSocket,
} from '../../src/api/index.ts'
import { GatehouseError } from '../../src/lib/index.ts'
import { NO_SCA } from '../support/no-sca.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const SECRET = 'postgres://bank:hunter2@core'

function services(changes: Partial<ApiServices> = {}): ApiServices {
  return {
    sca: NO_SCA,
    consent: () => Promise.resolve(undefined),
    authorizationServer: () => Promise.resolve(null),
    consents: () => Promise.resolve({ consents: [], next: null }),
    status: () => ({
      version: '0.1.0',
      pid: 1,
      startedAt: 0,
      address: 'http://127.0.0.1:8080',
      plan: 'sha256:00',
      monitoring: null,
      phase: 'serving',
      ready: true,
      reasons: [],
      apis: [],
      feed: { ageMs: 10, mistakes: [] },
      events: { lastSeq: 7, indexedSeq: null, state: 'open', trouble: null, waiting: 0, held: 0 },
      issuers: [],
      lastReload: null,
      observeAll: null,
      secret: null,
    }),
    policy: () => ({ digest: 'sha256:00', effective: [], findings: [] }),
    observations: () => Promise.resolve([{ control: 'x' }]),
    pastObservations: () => Promise.resolve({ observations: [], since: null }),
    inventory: () => Promise.resolve([{ api: 'accounts' }]),
    events: () => Promise.resolve([]),
    queryEvents: () =>
      Promise.resolve({
        kind: 'count',
        count: 3,
        window: { since: '', until: '' },
        index: { indexedSeq: 7, spoolSeq: 7, ready: true },
      }),
    clients: () => Promise.resolve([]),
    client: () => Promise.resolve(undefined),
    explain: () => Promise.resolve(undefined),
    control: () => Promise.reject(new Error('nobody asks')),
    ...changes,
  }
}

const ROUTES = ['/v1/status', '/v1/policy', '/v1/observations', '/v1/inventory', '/v1/events']

for (const url of ROUTES)
  test(`GET ${url} answers JSON; another method, another case and what lies below it are not there`, async () => {
    const api = createApi(services())
    const good = await api.inject({ url })
    assert.equal(good.statusCode, 200)
    assert.match(String(good.headers['content-type']), /^application\/json/)
    assert.doesNotThrow(() => void JSON.parse(good.body))
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'] as const)
      assert.equal((await api.inject({ method, url })).statusCode, 404, method)
    for (const other of [`${url}/`, `${url}/x`, url.toUpperCase(), `/${url}`, `${url}%2f`]) {
      const missed = await api.inject({ url: other })
      assert.equal(missed.statusCode, 404, other)
      assert.deepEqual(JSON.parse(missed.body), {
        type: 'about:blank',
        title: 'No such resource',
        status: 404,
        code: 'about:blank',
      })
    }
  })

/** Query of `/v1/events` → what the service is asked for, or the status it is refused with. */
for (const [query, want] of [
  ['', {}],
  ['?', {}],
  ['?after=0', { after: 0 }],
  ['?after=9007199254740991', { after: 9007199254740991 }],
  ['?after=-1', 400],
  ['?after=1.5', 400],
  ['?after=x', 400],
  ['?after=1&after=2', 400],
  ['?limit=1', { limit: 1 }],
  ['?limit=1000', { limit: 1000 }],
  ['?limit=0', 400],
  ['?limit=1001', 400],
  ['?limit=1e2', { limit: 100 }],
  ['?limit=all', 400],
  ['?api=accounts', { api: 'accounts' }],
  [`?api=${'a'.repeat(64)}`, { api: 'a'.repeat(64) }],
  [`?api=${'a'.repeat(65)}`, 400],
  ['?api=a&api=b', 400],
  ['?client=tpp-a', { client: 'tpp-a' }],
  [`?client=${'c'.repeat(256)}`, { client: 'c'.repeat(256) }],
  [`?client=${'c'.repeat(257)}`, 400],
  ['?outcome=allowed', { outcome: 'allowed' }],
  ['?outcome=trimmed', { outcome: 'trimmed' }],
  ['?outcome=denied', { outcome: 'denied' }],
  ['?outcome=failed', { outcome: 'failed' }],
  ['?outcome=Denied', 400],
  ['?outcome=', 400],
  ['?outcome=denied&limit=5&after=2', { outcome: 'denied', limit: 5, after: 2 }],
] as const)
  test(`/v1/events${query.slice(0, 40)} is ${JSON.stringify(want).slice(0, 60)}`, async () => {
    const seen: EventQuery[] = []
    const api = createApi(services({ events: (given) => (seen.push(given), Promise.resolve([])) }))
    const { statusCode, body } = await api.inject({ url: `/v1/events${query}` })
    if (typeof want === 'number') {
      assert.equal(statusCode, want, body)
      assert.deepEqual(seen, [], 'nobody was asked')
      const problem = JSON.parse(body) as Readonly<Record<string, unknown>>
      assert.deepEqual(
        [problem['type'], problem['code'], problem['status']],
        ['about:blank', 'about:blank', want],
      )
      return
    }
    assert.equal(statusCode, 200, body)
    const nothing = { after: undefined, api: undefined, client: undefined, outcome: undefined }
    assert.deepEqual(seen, [{ ...nothing, limit: 100, ...want }])
  })

for (const [id, status] of [
  ['a', 404],
  ['a'.repeat(64), 404],
  ['a'.repeat(65), 414],
  ['..%2f..%2fetc%2fpasswd', 404],
  ['%00', 404],
  ['%zz', 400],
  ['', 400],
] as const)
  test(`/v1/explain/${id.slice(0, 30)} (${id.length}) of an event that is none is ${status}`, async () => {
    const api = createApi(services())
    const { statusCode, body } = await api.inject({ url: `/v1/explain/${id}` })
    assert.equal(statusCode, status, body)
    assert.ok(!body.includes('passwd') || statusCode === 414)
  })

test('an error of the catalogue is told by its code and its title, never by its detail', async () => {
  const fail = (): never => {
    throw new GatehouseError('GH_EVENTS_NOT_FOUND', SECRET)
  }
  const api = createApi(
    services({
      status: fail,
      observations: () => Promise.reject(new GatehouseError('GH_EVENTS_NOT_FOUND', SECRET)),
    }),
  )
  for (const url of ['/v1/status', '/v1/observations']) {
    const { statusCode, body } = await api.inject({ url })
    assert.equal(statusCode, 404)
    assert.ok(!body.includes('hunter2'), body)
    const problem = JSON.parse(body) as Readonly<Record<string, unknown>>
    assert.equal(problem['code'], 'GH_EVENTS_NOT_FOUND')
    assert.equal(problem['type'], 'urn:gatehouse:error:GH_EVENTS_NOT_FOUND')
    assert.equal(problem['status'], 404)
  }
})

for (const [what, thrown] of [
  ['an error', new Error(SECRET)],
  ['an error with a status of ours', Object.assign(new Error(SECRET), { statusCode: 503 })],
  ['a text', SECRET],
  ['nothing', undefined],
  ['null', null],
  ['an object', { message: SECRET }],
] as const)
  test(`${what} that a service throws is 5xx and stays inside`, async () => {
    for (const route of ['policy', 'inventory', 'events'] as const) {
      const api = createApi(
        services({
          [route]: () => {
            throw thrown
          },
        }),
      )
      const { statusCode, body } = await api.inject({ url: `/v1/${route}` })
      assert.ok(statusCode >= 500, `${route}: ${statusCode}`)
      assert.ok(!body.includes('hunter2'), body)
    }
  })

test('every call of the client reaches its route, with the query as it was given', async (t) => {
  const path = join(temporaryFolder(t), 'control.sock')
  const seen: EventQuery[] = []
  const stop = await listenOnSocket(
    createApi(services({ events: (query) => (seen.push(query), Promise.resolve([])) })),
    path,
  )
  t.after(stop)
  const client = apiClient(path)
  assert.equal((await client.policy()).digest, 'sha256:00')
  assert.deepEqual(await client.observations(), [{ control: 'x' }])
  assert.deepEqual(await client.inventory(), [{ api: 'accounts' }])
  await client.events({ client: 'a&b=c d', limit: 3, api: undefined })
  assert.equal(seen[0]?.client, 'a&b=c d')
  assert.equal(seen[0].limit, 3)
  assert.equal(seen[0].api, undefined, 'what is undefined is not sent')
  await assert.rejects(client.explain('../status'), { code: 'GH_EVENTS_NOT_FOUND' })
  await assert.rejects(client.events({ limit: 0 }), { code: 'GH_CLI_USAGE' })
})

test('the socket is the owner’s alone, and gone once the instance is', async (t) => {
  const path = join(temporaryFolder(t), 'control.sock')
  const stop = await listenOnSocket(createApi(services()), path)
  assert.equal(statSync(path).mode & 0o777, 0o600)
  await stop()
  assert.throws(() => statSync(path), { code: 'ENOENT' })
})

/** What an instance that is not one of ours might answer → the error of the client. */
for (const [what, status, body, code] of [
  ['a page', 200, '<html>', 'GH_CLI_INTERNAL'],
  ['nothing', 200, '', 'GH_CLI_INTERNAL'],
  ['a problem of ours', 404, '{"code":"GH_EVENTS_NOT_FOUND","title":"x"}', 'GH_EVENTS_NOT_FOUND'],
  ['a code of the prototype', 500, '{"code":"constructor","title":"x"}', 'GH_CLI_USAGE'],
  ['a code that is none', 500, '{"code":7}', 'GH_CLI_USAGE'],
  ['a list', 500, '[]', 'GH_CLI_USAGE'],
  ['null', 500, 'null', 'GH_CLI_USAGE'],
] as const)
  test(`the client makes ${code} of ${what} with ${status}`, async (t) => {
    const path = join(temporaryFolder(t), 'control.sock')
    const server = createServer((_request, response) => {
      response.writeHead(status)
      response.end(body)
    })
    await new Promise<void>((resolve) => server.listen(path, resolve))
    t.after(() => server.close())
    await assert.rejects(apiClient(path).status(), { code })
  })

test('a socket that hangs up is GH_CLI_NOT_RUNNING', async (t) => {
  const path = join(temporaryFolder(t), 'control.sock')
  const server = createServer((incoming) => incoming.socket.destroy())
  await new Promise<void>((resolve) => server.listen(path, resolve))
  t.after(() => server.close())
  await assert.rejects(apiClient(path).status(), { code: 'GH_CLI_NOT_RUNNING' })
})

test('a body of more than 64 KiB is refused before anybody looks at it', async (t) => {
  const path = join(temporaryFolder(t), 'control.sock')
  t.after(await listenOnSocket(createApi(services()), path))
  const status = await new Promise<number>((resolve, reject) => {
    const call = request(
      {
        socketPath: path,
        path: '/v1/status',
        method: 'POST',
        headers: { 'content-type': 'application/json' },
      },
      (response) => {
        response.resume()
        resolve(response.statusCode ?? 0)
      },
    )
    call.on('error', reject)
    call.end(JSON.stringify('x'.repeat(70_000)))
  })
  assert.ok(status === 404 || status === 413, String(status))
})

test('the question about events is passed on as it was written; what is no part of one is refused', async (t) => {
  const asked: unknown[] = []
  const api = createApi(
    services({
      queryEvents: (question) => {
        asked.push({ ...question })
        return Promise.reject(new GatehouseError('GH_AUDIT_INDEX_NOT_READY', SECRET))
      },
    }),
  )
  t.after(() => api.close())
  const answer = await api.inject('/v1/events/query?client=tpp-a&since=2h&limit=1000&count=true')
  assert.equal(answer.statusCode, 503)
  assert.equal(answer.json().code, 'GH_AUDIT_INDEX_NOT_READY')
  assert.doesNotMatch(answer.body, /hunter2/)
  assert.deepEqual(asked, [{ client: 'tpp-a', since: '2h', limit: 1000, count: true }])
  for (const wrong of ['limit=1001', 'limit=0', 'client=', `rule=${'x'.repeat(257)}`])
    assert.equal((await api.inject(`/v1/events/query?${wrong}`)).statusCode, 400, wrong)
  assert.equal(asked.length, 1)
})
