/**
 * A payment from its consent to its end, with processes and sockets of the real kind: the gateway sends it once, and the authorization server
 * says of the consent that it was used (UK: `COND`), though it is killed between the two. A repetition has its answer; no token is made any more.
 */
import assert from 'node:assert/strict'
import { randomBytes, randomUUID, scryptSync } from 'node:crypto'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { startBank } from '../../examples/bank/server.ts'
import { initiation, order, proposal } from '../../examples/third-party/payment.ts'
import { callResource, ownToken, resourceProof } from '../identity/consents/bank.ts'
import { back, begin, intent, page, Person, tokensFor } from '../identity/consents/journey.ts'
import { API, ISSUER, makeClient, refresh } from '../identity/client.ts'
import { gatehouse } from '../cli/terminal.ts'
import { developmentCertificates } from '../support/development-certificates.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { freePort } from '../support/free-port.ts'
import { askAt } from './at-port.ts'
import { call, problemOf, until, up } from './gateway-process.ts'

const BANK = join(import.meta.dirname, '..', '..', 'examples', 'bank')
const PISP = '/open-banking/v4.0/pisp'
const CONSENTS = `${PISP}/domestic-payment-consents`
const PASSWORD = 'not the password of anybody'

test('a consent that was used says so, after kill -9 too: once, with who and when; nothing else is paid under it', async (t) => {
  const bank = await startBank({ port: 0, clock: Date.now, publicOrigin: API })
  t.after(() => {
    bank.closeAllConnections()
    bank.close()
  })
  const { port: bankPort } = bank.address() as AddressInfo // sound: it listens on TCP
  const dir = temporaryFolder(t)
  const certs = developmentCertificates(t)
  cpSync(join(BANK, 'spec'), join(dir, 'spec'), { recursive: true })
  cpSync(certs.dir, join(dir, 'certs'), { recursive: true })
  const port = await freePort()
  const third = await makeClient('budget-buddy', { client_name: 'Budget Buddy' })
  writeFileSync(join(dir, 'client.json'), JSON.stringify(third.metadata))
  mkdirSync(join(dir, 'feed', 'clients'), { recursive: true })
  writeFileSync(
    join(dir, 'feed', 'clients', 'budget-buddy.json'),
    JSON.stringify({ id: 'budget-buddy', name: 'Budget Buddy Ltd', status: 'active' }),
  )
  const salt = randomBytes(16)
  const hash = scryptSync(PASSWORD, salt, 32).toString('hex')
  const amira = {
    subject: 'cust-amira',
    username: 'amira',
    password: `scrypt:${salt.toString('hex')}:${hash}`,
    acr: 'urn:openbanking:psd2:sca',
    accounts: [{ id: '22289', name: 'Current', number: '•• 3349' }],
  }
  writeFileSync(join(dir, 'customers.json'), JSON.stringify({ customers: [amira] }))
  const config = join(dir, 'gatehouse.yaml')
  writeFileSync(
    config,
    `listen: 127.0.0.1:0
publicOrigins: [${API}]
identity:
  issuer: ${ISSUER}
  listen: 127.0.0.1:${port}
  certificate: certs/server.pem
  key: { file: certs/server-key.pem }
  secret: { file: secret.txt }
  clients: [client.json]
  profile: development
  developmentCustomers: customers.json
  resources: [{ identifier: ${API}, scopes: [payments] }]
issuers:
  - issuer: ${ISSUER}
    jwks: https://127.0.0.1:${port}/jwks
    audience: ${API}
apis:
  - name: payments
    spec: spec/payment-initiation-openapi.yaml
    upstream: http://127.0.0.1:${bankPort}
    template: pis@1.4.0 # what a use is, whoever authenticated it
    rules: { request.signature: { mode: observe } }
`,
  )
  writeFileSync(join(dir, 'secret.txt'), randomBytes(32).toString('base64url'), { mode: 0o600 })
  const env = { NODE_EXTRA_CA_CERTS: certs.file('ca') }
  let instance = await up(t, { config }, env)
  const ask = askAt(port, certs.pem('ca'))
  const own = await ownToken(ask, third, 'payments')
  const what = initiation('12.30')

  const propose = async (): Promise<string> => {
    const made = await callResource(ask, third, own, 'POST', CONSENTS, {
      body: proposal(what),
      headers: { 'x-idempotency-key': randomUUID() },
    })
    assert.equal(made.status, 201, made.text)
    return String(made.body.Data.ConsentId)
  }
  const agree = async (id: string) => {
    const asked = { scope: 'openid payments offline_access', claims: intent(id) }
    const person = new Person(ask)
    const login = page(await person.open(await begin(ask, third, asked)))
    const confirm = page(await person.login(login, 'amira', PASSWORD))
    return tokensFor(ask, third, back(await person.send(confirm, /\/confirm$/)))
  }
  const send = async (token: string, body: string, key: string) => {
    const proof = await resourceProof(third, token, 'POST', `${API}${PISP}/domestic-payments`)
    return call(instance, {
      method: 'POST',
      path: `${PISP}/domestic-payments`,
      headers: [
        `authorization: DPoP ${token}`,
        `dpop: ${proof}`,
        'content-type: application/json',
        `x-idempotency-key: ${key}`,
        'x-jws-signature: a..b',
        `content-length: ${Buffer.byteLength(body)}`,
      ],
      sent: body,
    })
  }
  const status = async (id: string) =>
    (
      await callResource(
        ask,
        third,
        await ownToken(ask, third, 'payments'),
        'GET',
        `${CONSENTS}/${id}`,
      )
    ).body.Data

  const consumed: string[] = []
  for (const killed of [false, true]) {
    const id = await propose()
    const tokens = await agree(id)
    const body = order(id, what)
    const key = randomUUID()
    let answer = await send(tokens.access, body, key)
    await until(20_000, async () => {
      if (answer.status !== 201) answer = await send(tokens.access, body, key)
      return answer.status === 201
    })
    if (killed) {
      await instance.stop('SIGKILL')
      instance = await up(t, { config }, env)
    }
    const told = await status(id)
    assert.equal(told.Status, 'COND', 'at once, whoever looks')
    assert.ok(Date.parse(told.StatusUpdateDateTime) >= Date.parse(told.CreationDateTime))
    assert.equal((await refresh(ask, third, tokens.refresh)).body['error'], 'invalid_grant')
    // The gateway hears of it, and has the answer still, for who asks again with the same key.
    await until(2_000, async () => (await send(tokens.access, body, randomUUID())).status === 403)
    const again = await send(tokens.access, body, key)
    assert.deepEqual([again.status, again.body], [201, answer.body])
    const other = problemOf(await send(tokens.access, body, randomUUID()))
    assert.equal(other.code, 'GH_GATEWAY_PAYMENT_CONSENT_USED')
    consumed.push(id)
  }

  const cli = async (...words: string[]) => {
    const ran = await gatehouse(['consents', ...words, '--json', '--config', config])
    assert.equal(ran.code, 0, ran.err)
    return JSON.parse(ran.out) as Readonly<Record<string, unknown>> // sound: an object, as the command promises
  }
  for (const id of consumed) {
    const view = await cli('show', id)
    assert.equal(view['status'], 'consumed')
    const history = view['history'] as { to: string; by: string; why: string }[] // sound: as published
    assert.deepEqual(
      history.slice(-1).map(({ to, by, why }) => [to, by, why]),
      [['consumed', 'third-party budget-buddy', 'paid']],
    )
    const uses = view['uses'] as { state: string }[] // sound: as published
    assert.deepEqual(
      uses.map(({ state }) => state),
      ['used'],
    )
  }
  const listed = (await cli('list', '--status', 'consumed')) as unknown as { id: string }[] // sound: as published
  assert.deepEqual(listed.map(({ id }) => id).toSorted(), consumed.toSorted())
  const [since, to_] = [-3_600_000, 60_000].map((ms) => new Date(Date.now() + ms).toISOString())
  const window = ['--since', String(since), '--until', String(to_), '--limit', '500']
  let told: string[] = []
  // The index follows the spool at its own pace.
  await until(20_000, async () => {
    const events = await gatehouse(['events', 'query', ...window, '--json', '--config', config])
    assert.equal(events.code, 0, events.err)
    const recorded = JSON.parse(events.out) as { events: unknown[] } // sound: as published
    told = recorded.events.map((one) => JSON.stringify(one)).filter((text) => text.includes('"consent-consume"')) // prettier-ignore
    return told.length >= consumed.length
  })
  assert.equal(told.length, consumed.length, 'each once')
  const ended = await instance.stop()
  assert.equal(ended.code, 0, ended.err)
})
