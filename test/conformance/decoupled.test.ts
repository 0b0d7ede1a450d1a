/** The FAPI-CIBA plan: asked in the back, answered on a device that the suite tells what to do, polled for, notified of, and used at the gateway. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { makeCertificates } from '../../src/app/index.ts'
import { tokensOf } from './flow.ts'
import { type Answer, now, type Run, startRun, SuiteClient } from './run.ts'

interface Notified {
  readonly path: string
  readonly authorization: string | undefined
  readonly body: string
}
const notified: Notified[] = []
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-suite-'))
let run: Run
/** The suite's own address, where it is told. */
const suite = createServer((request, response) => {
  let body = ''
  request.on('data', (chunk: Buffer) => (body += chunk.toString()))
  request.on('end', () => {
    notified.push({ path: request.url ?? '', authorization: request.headers.authorization, body })
    response.writeHead(204).end()
  })
})
before(async () => {
  const dir = join(folder, 'certs')
  makeCertificates({
    dir,
    organization: 'Suite',
    organizationIdentifier: 'PSDGB-FCA-100009',
    hosts: ['localhost'],
    days: 10,
    now: Date.now(),
  })
  const pem = (name: string): string => readFileSync(join(dir, name), 'utf8')
  suite.setSecureContext({ cert: pem('server.pem'), key: pem('server-key.pem') })
  suite.listen(0, '127.0.0.1')
  await once(suite, 'listening')
  const { port } = suite.address() as AddressInfo // sound: it listens on TCP
  run = await startRun(['--suite', `https://localhost:${port}`, '--suite-ca', join(dir, 'ca.pem')])
})
after(async () => {
  await run.stop()
  suite.closeAllConnections()
  suite.close()
  rmSync(folder, { recursive: true, force: true })
})

async function asked(client: SuiteClient, more: Readonly<Record<string, string>> = {}) {
  const { hint_type: type = '', hint_value: value = '', scope } = client.printed
  const request = await client.requestObject(
    { scope, [type]: value, binding_message: '1234', ...more },
    { claims: { iat: now(), jti: randomUUID() } },
  )
  return client.post('backchannel_authentication_endpoint', { request })
}
async function begun(client: SuiteClient, more: Readonly<Record<string, string>> = {}) {
  const answer = await asked(client, more)
  assert.equal(answer.status, 200, answer.text)
  assert.match(answer.headers.get('content-type') ?? '', /^application\/json/)
  return String(answer.body['auth_req_id'])
}
const poll = (client: SuiteClient, id: string): Promise<Answer> =>
  client.post('token_endpoint', {
    grant_type: 'urn:openid:params:grant-type:ciba',
    auth_req_id: id,
  })
/** As the suite calls what `automated_ciba_approval_url` says. */
const device = (client: SuiteClient, id: string, action: 'allow' | 'deny') => {
  const url = client.plan.configuration.automated_ciba_approval_url ?? ''
  return run.ask(url.replace('{auth_req_id}', id).replace('{action}', action), { method: 'POST' })
}

for (const name of ['ciba-poll', 'ciba-poll-mtls'])
  test(`${name}: asked, pending, allowed, polled, read; with both clients`, async () => {
    for (const which of [1, 2] as const) {
      const client = await SuiteClient.of(run, name, which)
      const id = await begun(client)
      const pending = await poll(client, id)
      assert.equal(pending.status, 400)
      assert.equal(pending.body['error'], 'authorization_pending')
      assert.equal((await device(client, id, 'allow')).status, 200)
      const { token, refreshToken } = await tokensOf(client, await poll(client, id))
      const read = await client.read(token)
      assert.equal(read.status, 200, read.text)
      assert.equal((await client.resource(token, { certificate: null })).status, 401)
      const form = { grant_type: 'refresh_token', refresh_token: refreshToken }
      const refreshed = await client.post('token_endpoint', form)
      assert.equal(refreshed.status, 200, refreshed.text)
      assert.equal((await poll(client, id)).body['error'], 'invalid_grant', 'once')
    }
  })

for (const name of ['ciba-ping', 'ciba-ping-mtls'])
  test(`${name}: the suite is told with its own token, and asks then`, async () => {
    const client = await SuiteClient.of(run, name)
    const notificationToken = randomUUID()
    const missing = await asked(client)
    assert.equal(missing.body['error'], 'invalid_request')
    for (const action of ['allow', 'deny'] as const) {
      notified.length = 0
      const id = await begun(client, { client_notification_token: notificationToken })
      assert.equal((await poll(client, id)).body['error'], 'authorization_pending')
      assert.equal(notified.length, 0)
      assert.equal((await device(client, id, action)).status, 200)
      assert.equal(notified.length, 1)
      const [first] = notified
      assert.equal(
        first?.path,
        `/test/a/${client.plan.configuration.alias}/ciba-notification-endpoint`,
      )
      assert.equal(first?.authorization, `Bearer ${notificationToken}`)
      assert.deepEqual(JSON.parse(first?.body ?? ''), { auth_req_id: id })
      const answer = await poll(client, id)
      if (action === 'allow') {
        const { token } = await tokensOf(client, answer)
        assert.equal((await client.read(token)).status, 200)
      } else assert.equal(answer.body['error'], 'access_denied')
    }
  })

test('user-rejects-authentication: denied on the device', async () => {
  const client = await SuiteClient.of(run, 'ciba-poll')
  const id = await begun(client)
  assert.equal((await device(client, id, 'deny')).status, 200)
  const answer = await poll(client, id)
  assert.equal(answer.status, 400)
  assert.equal(answer.body['error'], 'access_denied')
})

test('what the suite sends wrong is refused with 400, and no device hears of it', async () => {
  const client = await SuiteClient.of(run, 'ciba-poll')
  const other = await SuiteClient.of(run, 'ciba-poll', 2)
  const endpoint = 'backchannel_authentication_endpoint'
  const { hint_value: hint = '' } = client.printed
  const params = { scope: client.printed.scope, login_hint: hint }
  const foreign = await other.requestObject(
    { ...params, iss: client.id },
    { claims: { iat: now(), jti: randomUUID() } },
  )
  for (const [what, form] of [
    ['no request', params],
    ['signed by another client', { request: foreign }],
    ['no jti', { request: await client.requestObject(params) }],
  ] as const) {
    const answer = await client.post(endpoint, form)
    assert.equal(answer.status, 400, what)
    assert.equal(answer.body['error'], 'invalid_request', what)
  }
  const message = await asked(client, { binding_message: '1234 👍🏿 品川 Lorem ipsum' })
  assert.equal(message.body['error'], 'invalid_binding_message')
  const none = await client.post(endpoint, {}, { assertion: null })
  assert.ok(none.status === 400 || none.status === 401)
  const id = await begun(client)
  assert.equal((await poll(other, id)).body['error'], 'invalid_grant', 'of another client')
})

test('the automatic device answers for the clients of a run alone, and by POST alone', async () => {
  const client = await SuiteClient.of(run, 'ciba-poll')
  const pages = { ...client.printed, client_id: client.id.replace(/-one$/, '-pages') }
  const asksPages = await SuiteClient.of(run, 'ciba-poll', 1, pages)
  const id = await begun(asksPages)
  assert.equal((await device(client, id, 'allow')).status, 404, 'its customer answers on pages')
  assert.equal((await device(client, 'x', 'allow')).status, 404)
  const own = await begun(client)
  const url = (client.plan.configuration.automated_ciba_approval_url ?? '').replace(
    '{auth_req_id}',
    own,
  )
  assert.equal((await run.ask(url.replace('{action}', 'allow'))).status, 405)
  assert.equal((await run.ask(url.replace('{action}', 'x'), { method: 'POST' })).status, 400)
  assert.equal((await poll(client, own)).body['error'], 'authorization_pending')
})
