/** Health, readiness and metrics of a real process, on an address of their own. */
import assert from 'node:assert/strict'
import { readdirSync, rmSync } from 'node:fs'
import { createServer, request, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { METRICS } from '../../src/app/metrics/catalogue.ts'
import { call, type GatewayProcess, launch, requestText, up, until } from './gateway-process.ts'
import { BROKEN_SPEC, IBANS, MEADOW_FILES, meadowBank, meadowConfig } from './invented-bank.ts'
import { type Installation, installation } from './installation.ts'
import { RawConnection } from '../support/raw-http.ts'

const ACCOUNTS = '/v2/pot-accounts'
const MONITORED = 'monitoring: { listen: "127.0.0.1:0" }\n'

interface Page {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

function page(
  { ready }: Pick<GatewayProcess, 'ready'>,
  path: string,
  options: { readonly method?: string; readonly accept?: string } = {},
): Promise<Page> {
  const { method = 'GET', accept } = options
  return new Promise((resolve, reject) => {
    const call = request(
      `${String(ready['monitoring'])}${path}`,
      { method, agent: false, ...(accept === undefined ? {} : { headers: { accept } }) },
      (response) => {
        let body = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => (body += chunk))
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
        )
      },
    )
    call.on('error', reject)
    call.end()
  })
}

async function monitored(
  t: TestContext,
  more = '',
): Promise<{ readonly place: Installation; readonly gateway: GatewayProcess }> {
  const bank = await meadowBank(t)
  const place = installation(t, `${MONITORED}${more}${meadowConfig(bank.origin)}`, MEADOW_FILES)
  return { place, gateway: await up(t, place) }
}

const readiness = ({ body }: Page) =>
  JSON.parse(body) as { ready: boolean; reasons: string[]; apis: { name: string; state: string }[] } // sound: what /ready promises

test('health, readiness and metrics tell of a gateway that serves', async (t) => {
  const { place, gateway } = await monitored(t)
  const health = await page(gateway, '/health')
  assert.deepEqual([health.status, JSON.parse(health.body)], [200, { status: 'live' }])
  const ready = await page(gateway, '/ready')
  assert.equal(ready.status, 200, ready.body)
  assert.deepEqual(readiness(ready).reasons, [])

  const token = place.token({ scope: 'pots.read' })
  assert.equal((await call(gateway, { path: ACCOUNTS, token })).status, 200)
  assert.equal((await call(gateway, { path: ACCOUNTS })).status, 401)
  assert.equal((await call(gateway, { path: `/nowhere/${IBANS[0]}` })).status, 404)
  const metrics = await page(gateway, '/metrics')
  assert.equal(metrics.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8')
  for (const line of [
    /^http_server_request_duration_seconds_count\{api="pots",http_request_method="GET",http_route="\/v2\/pot-accounts",http_response_status_code="200"\} 1$/m,
    /^http_server_request_duration_seconds_count\{api="pots",http_request_method="GET",http_route="\/v2\/pot-accounts",http_response_status_code="401"\} 1$/m,
    /^gatehouse_decisions_total\{api="pots",outcome="denied",code="GH_GATEWAY_TOKEN_MISSING"\} 1$/m,
    /^gatehouse_decisions_total\{api="",outcome="denied",code="GH_GATEWAY_ROUTE_UNKNOWN"\} 1$/m,
    /^gatehouse_upstream_duration_seconds_count\{api="pots",http_response_status_code="200"\} 1$/m,
    /^gatehouse_ready 1$/m,
    /^gatehouse_api_active\{api="pots"\} 1$/m,
    /^gatehouse_spool_failing 0$/m,
    /^gatehouse_issuer_keys\{issuer="https:\/\/as\.example"\} 1$/m,
    /^process_resident_memory_bytes [1-9]/m,
  ])
    assert.match(metrics.body, line)
  assert.match(
    metrics.body,
    new RegExp(`^gatehouse_plan_info\\{digest="${String(gateway.ready['plan'])}"\\} 1$`, 'm'),
  )
  for (const secret of [...IBANS, token.slice(0, 30), 'pot-1', 'customer'])
    assert.ok(!metrics.body.includes(secret), secret)
  const promised = new Set<string>(METRICS.map(({ name }) => name))
  const offered = [...metrics.body.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name)
  assert.deepEqual(
    offered.filter((name) => !promised.has(name)),
    [],
  )
  const rare = [
    'gatehouse_early_refusals_total',
    'gatehouse_reloads_total',
    'gatehouse_config_last_reload_successful',
    // Of who names certificates: test/scenario/mutual-tls.test.ts.
    'gatehouse_certificate_remaining_seconds',
    // Of who asks responders: src/app/transport/certificate-status.test.ts.
    'gatehouse_ocsp_answers_total',
    'gatehouse_ocsp_answer_age_seconds',
  ]
  assert.deepEqual(
    [...promised].filter((name) => !offered.includes(name) && !rare.includes(name)),
    [],
    'what the catalogue promises is there',
  )

  const open = await page(gateway, '/metrics', {
    accept: 'application/openmetrics-text; version=1.0.0',
  })
  assert.match(
    String(open.headers['content-type']),
    /^application\/openmetrics-text; version=1\.0\.0/,
  )
  assert.ok(open.body.endsWith('# EOF\n'))
})

test('monitoring takes nothing but questions, and the gateway answers none of them', async (t) => {
  const { gateway } = await monitored(t)
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS'])
    assert.equal((await page(gateway, '/ready', { method })).status, 405, method)
  for (const path of ['/', '/v1/status', '/metrics/', '//metrics'])
    assert.equal((await page(gateway, path)).status, 404, path)
  const head = await page(gateway, '/health', { method: 'HEAD' })
  assert.deepEqual([head.status, head.body], [200, ''])
  for (const path of ['/health', '/ready', '/metrics'])
    assert.equal((await call(gateway, { path })).status, 404, path)
})

test('without `monitoring` nothing listens but the gateway', async (t) => {
  const bank = await meadowBank(t)
  const place = installation(t, meadowConfig(bank.origin), MEADOW_FILES)
  const gateway = await up(t, place)
  assert.equal(gateway.ready['monitoring'], null)
})

test('one API that is closed leaves the instance ready and is named; when all are, it is not', async (t) => {
  const bank = await meadowBank(t)
  const broken = `  - { name: broken, spec: broken.yaml, upstream: ${bank.origin}, template: ais }\n`
  const place = installation(t, `${MONITORED}${meadowConfig(bank.origin)}${broken}`, {
    ...MEADOW_FILES,
    'broken.yaml': BROKEN_SPEC,
  })
  const first = await up(t, place)
  const one = await page(first, '/ready')
  assert.equal(one.status, 200, one.body)
  assert.equal(readiness(one).apis.find(({ name }) => name === 'broken')?.state, 'closed')
  assert.ok(!one.body.includes(place.dir), 'no path of the machine')
  await first.stop()

  for (const file of Object.keys(MEADOW_FILES))
    if (file.endsWith('.yaml')) place.write(file, BROKEN_SPEC)
  const second = await up(t, place)
  const none = await page(second, '/ready')
  assert.equal(none.status, 503)
  assert.deepEqual(readiness(none).reasons, ['no-active-api'])
  assert.equal((await page(second, '/health')).status, 200, 'it is alive all the same')
})

test('the age of a feed that cannot be read any more grows, within what the APIs allow', async (t) => {
  const { place, gateway } = await monitored(t)
  rmSync(join(place.dir, 'feed'), { recursive: true })
  await until(5_000, async () =>
    /^gatehouse_feed_age_seconds (?:[2-9]|\d\d)/m.test((await page(gateway, '/metrics')).body),
  )
  assert.equal((await page(gateway, '/ready')).status, 200, 'within what the APIs allow')
})

test('while it drains it is not ready, and says so until it is gone', async (t) => {
  const bank = await meadowBank(t)
  const place = installation(t, `${MONITORED}${meadowConfig(bank.origin)}`, MEADOW_FILES)
  const gateway = await up(t, place)
  let finish: (() => void) | undefined
  bank.slow = (answer) => (finish = answer)
  const slow = new RawConnection(gateway.port)
  t.after(() => slow.destroy())
  slow.send(requestText({ path: '/v2/slow-accounts', token: place.token({ scope: 'pots.read' }) }))
  await until(5_000, () => finish !== undefined)
  const ended = gateway.stop('SIGTERM')
  await until(2_000, async () => (await page(gateway, '/ready')).status === 503)
  assert.deepEqual(readiness(await page(gateway, '/ready')).reasons, ['draining'])
  assert.equal((await page(gateway, '/health')).status, 200)
  finish?.()
  assert.equal((await slow.answer())?.status, 200)
  assert.equal((await ended).code, 0)
})

test('a monitoring address in use ends the start with 69, and nothing stays behind', async (t) => {
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  t.after(() => other.close())
  const { port } = other.address() as AddressInfo // sound: listening on TCP
  const bank = await meadowBank(t)
  const place = installation(
    t,
    `monitoring: { listen: "127.0.0.1:${port}" }\n${meadowConfig(bank.origin)}`,
    MEADOW_FILES,
  )
  const ended = await launch(t, place)
  assert.ok(!('origin' in ended))
  assert.equal(ended.code, 69)
  assert.match(ended.err, new RegExp(`GH_GATEWAY_LISTEN_FAILED .*127\\.0\\.0\\.1:${port}`))
  assert.ok(!readdirSync(place.dataDir).includes('control.sock'))
})

test('the log of a process without a terminal is one JSON object per line, without tokens', async (t) => {
  const { place, gateway } = await monitored(t)
  const token = place.token({ scope: 'pots.read' })
  await call(gateway, { path: ACCOUNTS, token })
  const { err } = await gateway.stop()
  const lines = err
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>) // sound: a line that is no object fails below
  assert.deepEqual(
    lines.map(({ code }) => code),
    ['started', 'draining', 'stopped'],
  )
  for (const line of lines) {
    assert.match(String(line['time']), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
    assert.equal(line['level'], 'info')
  }
  assert.ok(!err.includes(token.slice(0, 20)))
})

test('`logs` says how much is told, and in which form', async (t) => {
  const quiet = await monitored(t, 'logs: { level: error }\n')
  assert.equal((await quiet.gateway.stop()).err, '')
  const text = await monitored(t, 'logs: { format: text }\n')
  assert.match((await text.gateway.stop()).err, /^\S+Z info {2}started listening on http:/)
})
