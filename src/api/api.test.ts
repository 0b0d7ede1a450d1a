import assert from 'node:assert/strict'
import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  apiClient,
  type ControlOutcome,
  type ApiServices,
  createApi,
  type Explanation,
  listenOnSocket,
} from './index.ts'
import { NO_SCA } from '../../test/support/no-sca.ts'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'

const explanation: Explanation = {
  id: 'abc',
  at: '2026-01-05T09:00:00.000Z',
  sentence: 'budget-buddy asked for GET /accounts and was refused.',
  outcome: 'denied',
  status: 403,
  code: 'GH_GATEWAY_SCOPE_MISSING',
  title: 'The token lacks a scope that this operation needs',
  rule: null,
  rules: [],
  facts: [],
  mend: null,
  record: { partition: 0, seq: 1, hash: '00', plan: 'sha256:00' },
}

const OUTCOME: ControlOutcome = {
  outcome: 'done',
  code: null,
  before: 'a',
  after: 'b',
  details: [],
  event: 'e-1',
}

function services(overrides: Partial<ApiServices> = {}): ApiServices {
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
    observations: () => Promise.resolve([]),
    pastObservations: () => Promise.resolve({ observations: [], since: null }),
    inventory: () => Promise.resolve([]),
    events: () => Promise.resolve([]),
    queryEvents: () =>
      Promise.resolve({
        kind: 'count',
        count: 3,
        window: { since: '', until: '' },
        index: { indexedSeq: 7, spoolSeq: 7, ready: true },
      }),
    clients: () => Promise.resolve([]),
    client: (id) =>
      Promise.resolve(
        id === 'a b'
          ? {
              id,
              name: 'A',
              status: 'active',
              origin: 'file',
              details: {},
              history: [],
              lastEvents: [],
            }
          : undefined,
      ),
    explain: (id) => Promise.resolve(id === 'abc' ? explanation : undefined),
    control: () => Promise.resolve(OUTCOME),
    ...overrides,
  }
}

test('apiClient reads what createApi serves over a socket of mode 0600', async (t) => {
  const path = join(temporaryFolder(t), 'control.sock')
  const seen: unknown[] = []
  const stop = await listenOnSocket(
    createApi(services({ events: (query) => (seen.push(query), Promise.resolve([])) })),
    path,
  )
  t.after(stop)
  assert.equal(statSync(path).mode & 0o777, 0o600)
  const client = apiClient(path)
  assert.equal((await client.status()).events.lastSeq, 7)
  assert.deepEqual(await client.explain('abc'), explanation)
  assert.deepEqual(await client.events({ after: 3, outcome: 'denied' }), [])
  assert.deepEqual(seen, [
    { after: 3, limit: 100, api: undefined, client: undefined, outcome: 'denied' },
  ])
})

test('apiClient says GH_CLI_NOT_RUNNING when nobody listens', async (t) => {
  await assert.rejects(apiClient(join(temporaryFolder(t), 'control.sock')).status(), {
    code: 'GH_CLI_NOT_RUNNING',
  })
})

test('listenOnSocket replaces a socket that a dead process left, and removes its own', async (t) => {
  const path = join(temporaryFolder(t), 'control.sock')
  writeFileSync(path, '')
  const stop = await listenOnSocket(createApi(services()), path)
  assert.equal((await apiClient(path).status()).version, '0.1.0')
  await stop()
  await assert.rejects(apiClient(path).status(), { code: 'GH_CLI_NOT_RUNNING' })
})

const refused = [
  { name: 'an unknown event', url: '/v1/explain/zzz', status: 404, code: 'GH_EVENTS_NOT_FOUND' },
  { name: 'an unknown path', url: '/v2/status', status: 404 },
  { name: 'a limit of nothing', url: '/v1/events?limit=0', status: 400 },
  { name: 'a limit beyond the cap', url: '/v1/events?limit=1001', status: 400 },
  { name: 'a filter that it does not know', url: '/v1/events?clinet=x', status: 400 },
  { name: 'an outcome that is none', url: '/v1/events?outcome=maybe', status: 400 },
  { name: 'an id longer than any', url: `/v1/explain/${'a'.repeat(65)}`, status: 414 },
]
for (const { name, url, status, code } of refused) {
  test(`createApi refuses ${name}`, async () => {
    const response = await createApi(services()).inject({ url })
    assert.equal(response.statusCode, status, response.body)
    if (code !== undefined) assert.equal((JSON.parse(response.body) as { code: string }).code, code)
  })
}

const CHANGES = [
  'reload',
  'observe-all',
  'observe-all-end',
  'hold',
  'hold-release',
  'client-suspend',
  'client-resume',
  'client-approve',
  'client-remove',
  'client-register',
  'consent-end',
  'sca-propose',
  'sca-approve',
  'sca-stop',
  'sca-fraud',
  'sca-enrol',
  'sca-enrol-approve',
  'sca-revoke',
  'sca-registers',
]

test('createApi changes something through these routes and no other', async () => {
  const asked: unknown[] = []
  const api = createApi(
    services({ control: (action, body) => (asked.push([action, body]), Promise.resolve(OUTCOME)) }),
  )
  // As Fastify itself lists them: a route that somebody adds shows here.
  const methods = [...api.printRoutes().matchAll(/\(([A-Z, ]+)\)/g)].map(([, names]) => names)
  assert.ok(methods.filter((names) => names === 'GET, HEAD').length >= 6, 'the check is blind')
  assert.deepEqual(
    methods.filter((names) => names !== 'GET, HEAD'),
    CHANGES.map(() => 'POST'),
  )
  for (const action of CHANGES) {
    const response = await api.inject({
      method: 'POST',
      url: `/v1/control/${action}`,
      payload: { who: 'olga' },
    })
    assert.equal(response.statusCode, 200)
    assert.deepEqual(JSON.parse(response.body), OUTCOME)
    for (const method of ['GET', 'PUT', 'PATCH', 'DELETE'] as const)
      assert.equal(
        (await api.inject({ method, url: `/v1/control/${action}` })).statusCode,
        404,
        method,
      )
  }
  assert.deepEqual(
    asked,
    CHANGES.map((action) => [action, { who: 'olga' }]),
  )
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'] as const)
    for (const url of [
      '/v1/status',
      '/v1/policy',
      '/v1/observations',
      '/v1/inventory',
      '/v1/events',
      '/v1/explain/abc',
    ])
      assert.equal((await api.inject({ method, url })).statusCode, 404, `${method} ${url}`)
})

test('who asks without saying anything is passed on, to be recorded', async () => {
  const bodies: unknown[] = []
  const api = createApi(
    services({ control: (_action, body) => (bodies.push(body), Promise.resolve(OUTCOME)) }),
  )
  await api.inject({ method: 'POST', url: '/v1/control/reload' })
  await api.inject({ method: 'POST', url: '/v1/control/reload', payload: [] })
  assert.deepEqual(bodies, [undefined, []])
})

test('createApi never shows the text of an error of our own making', async () => {
  const api = createApi(
    services({ observations: () => Promise.reject(new Error('password=hunter2')) }),
  )
  const response = await api.inject({ url: '/v1/observations' })
  assert.equal(response.statusCode, 500)
  assert.doesNotMatch(response.body, /hunter2/)
})
