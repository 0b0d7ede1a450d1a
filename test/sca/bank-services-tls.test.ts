/**
 * Services of the bank over mutual TLS, with real handshakes: who is whom they say and shows what they should is asked; anybody else hears nothing,
 * and nothing was evaluated, so nothing is exempt.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { TLSSocket } from 'node:tls'
import { bankMonitor } from '../../src/app/sca/bank/bank-monitor.ts'
import { bankPush, bankSender } from '../../src/app/sca/bank/bank-messages.ts'
import { bankPayeeCheck } from '../../src/app/sca/bank/bank-payee-check.ts'
import { bankService } from '../../src/app/sca/bank/bank-service.ts'
import { type Holder, type Issued, issue, type Order } from '../../src/app/certs/issue.ts'
import { NOT_EVALUATED } from '../../src/sca/ledger/ports.ts'
import { scaMigrations } from '../../src/sca/tables/index.ts'
import { realScheduler } from '../support/real-scheduler.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { approve, asked, CLEAR, payment, rig } from './ledger/rig.ts'
import { memoryUnits } from './memory-units.ts'

const DAY_MS = 86_400_000
const NOW = Date.now()
const VALID = { notBefore: NOW - DAY_MS, notAfter: NOW + DAY_MS }
const PAST = { notBefore: NOW - 9 * DAY_MS, notAfter: NOW - DAY_MS }
const TOKEN = 's3cret-of-the-file'
const HERE = ['127.0.0.1', 'localhost']

interface Party {
  readonly holder: Holder
  readonly issued: Issued
}
function made(
  commonName: string,
  order: Pick<Order, 'purpose'> & Partial<Order>,
  by?: Party,
): Party {
  const holder = { commonName, country: 'GB' }
  const issuer = by && { holder: by.holder, key: by.issued.key }
  return { holder, issued: issue({ holder, ...VALID, ...order }, issuer, randomBytes) }
}
const CA = made('CA of the bank', { purpose: 'authority' })
const STRANGER = made('CA of somebody', { purpose: 'authority' })

const certificate = ({ issued }: Party): string =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(issued.der).toString('base64')}\n-----END CERTIFICATE-----\n`
const key = ({ issued }: Party): string =>
  issued.key.export({ type: 'pkcs8', format: 'pem' }).toString()

interface Sides {
  readonly server: Party
  /** `null`: none is shown. */
  readonly client: Party | null
  readonly anchor: Party
  /** By which the file names it. */
  readonly host: string
}
const serverOf = (by: Party, more: Partial<Order> = {}): Party =>
  made('service', { purpose: 'server', hosts: HERE, ...more }, by)
const clientOf = (by: Party, more: Partial<Order> = {}): Party =>
  made('gatehouse', { purpose: 'client', ...more }, by)
const RIGHT: Sides = {
  server: serverOf(CA),
  client: clientOf(CA),
  anchor: CA,
  host: '127.0.0.1',
}

/** The services of one bank, at one address; and what they were asked, by whom. */
async function bank(t: TestContext, sides: Sides) {
  const dir = temporaryFolder(t)
  const file = (name: string, text: string): string => {
    writeFileSync(join(dir, name), text)
    return join(dir, name)
  }
  const heard: { path: string; by: string; token: string }[] = []
  const server = createServer(
    {
      cert: certificate(sides.server),
      key: key(sides.server),
      ca: certificate(CA),
      requestCert: true,
      rejectUnauthorized: true,
    },
    (request, response) => {
      const socket = request.socket as TLSSocket // sound: it came over TLS
      heard.push({
        path: request.url ?? '',
        by: String(socket.getPeerCertificate().subject.CN),
        token: request.headers.authorization ?? '',
      })
      request.resume()
      const answers = new Map<string, object>([
        ['/monitoring', CLEAR],
        ['/payeeCheck', { result: 'match', source: 'vop' }],
      ])
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify(answers.get(request.url ?? '') ?? {}))
    },
  )
  server.on('tlsClientError', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo // sound: it listens on TCP
  process.env['SCA_TLS_TOKEN'] = TOKEN
  const { client } = sides
  const tls = {
    anchors: [file('ca.pem', certificate(sides.anchor))],
    certificate: client && file('client.pem', certificate(client)),
    key: client && { file: file('client-key.pem', key(client)) },
  }
  const said: string[] = []
  const service = (name: string) =>
    bankService(
      name,
      {
        url: `https://${sides.host}:${port}/${name}`,
        token: { env: 'SCA_TLS_TOKEN' },
        tls,
        timeoutMs: 5_000,
      },
      { scheduler: realScheduler, say: (text) => void said.push(text) },
    )
  const monitoring = service('monitoring')
  const payeeCheck = service('payeeCheck')
  const store = memoryUnits(scaMigrations)
  t.after(() => store.close())
  const made_ = rig(store, {
    monitor: bankMonitor(monitoring),
    payeeCheck: bankPayeeCheck(payeeCheck),
  })
  await approve(made_, ['low-value', { counts: 'payments' }])
  const decide = async () => {
    const { signals: _, ...question } = asked(payment('10.00', { payeeName: 'Shop' }))
    const answer = await made_.ledger.decide(question)
    return { answer, evidence: (await made_.ledger.evidence(answer.id))?.evidence }
  }
  const sent = {
    sender: bankSender(service('sender')),
    push: bankPush(service('push')),
  }
  return { heard, said, decide, monitoring, sent }
}

test('who is whom the file names, and sees who asks, is asked and believed', async (t) => {
  for (const host of HERE) {
    const { heard, decide, sent } = await bank(t, { ...RIGHT, host })
    const { answer, evidence } = await decide()
    assert.deepEqual([answer.outcome, answer.exemption], ['exempt', 'low-value'])
    assert.equal(evidence?.context.payeeCheck?.result, 'match')
    assert.deepEqual(evidence.context.monitoring, CLEAR.monitoring)
    await sent.push.push({ devices: ['phone'], transaction: 't' })
    await sent.sender.send({ to: '+491700000000', code: '12345678' })
    assert.deepEqual(heard.map(({ path }) => path).toSorted(), [
      '/monitoring',
      '/payeeCheck',
      '/push',
      '/sender',
    ])
    for (const { by, token } of heard)
      assert.deepEqual([by, token], ['gatehouse', `Bearer ${TOKEN}`])
  }
})

const WRONG: readonly (readonly [string, Partial<Sides>])[] = [
  ['who shows no certificate', { client: null }],
  ['who shows one of another authority', { client: clientOf(STRANGER) }],
  ['who shows one that has expired', { client: clientOf(CA, PAST) }],
  ['who shows one of a server', { client: serverOf(CA) }],
  ['a service of another authority', { server: serverOf(STRANGER) }],
  ['a service whose authority is not the one of the file', { anchor: STRANGER }],
  ['a service of another name', { server: serverOf(CA, { hosts: ['other.bank.example'] }) }],
  ['a service that has a name, by its address', { server: serverOf(CA, { hosts: ['localhost'] }) }],
  [
    'a service that has an address, by its name',
    { server: serverOf(CA, { hosts: ['127.0.0.1'] }), host: 'localhost' },
  ],
  ['a service whose certificate has expired', { server: serverOf(CA, PAST) }],
  [
    'a service whose certificate is not valid yet',
    { server: serverOf(CA, { notBefore: NOW + DAY_MS, notAfter: NOW + 9 * DAY_MS }) },
  ],
  ['a service that shows the certificate of a client', { server: clientOf(CA, { hosts: HERE }) }],
]
for (const [who, change] of WRONG)
  test(`${who}: nothing is asked or sent, nothing was evaluated, nothing is exempt, and nothing of it is told`, async (t) => {
    const { heard, said, decide, monitoring, sent } = await bank(t, { ...RIGHT, ...change })
    const { answer, evidence } = await decide()
    assert.equal(answer.outcome, 'required')
    assert.deepEqual(evidence?.context.monitoring, NOT_EVALUATED.monitoring)
    assert.equal(evidence?.context.payeeCheck?.result, 'unavailable')
    const calls = [
      monitoring.ask({ subject: 'anna' }),
      sent.push.push({ devices: ['phone-of-anna'], transaction: 't' }),
      sent.sender.send({ to: '+491700000000', code: '12345678' }),
    ]
    for (const call of calls)
      await assert.rejects(call, (error: unknown) => {
        assert.ok(error instanceof Error && 'code' in error)
        assert.equal(error.code, 'GH_SCA_BANK_UNREACHABLE')
        assert.equal(error.cause, undefined)
        const told = `${error.stack} ${JSON.stringify(error)} ${said.join()}`
        assert.ok(!/s3cret|anna|\+49|12345678|127\.0\.0\.1|localhost|PRIVATE/.test(told), told)
        return true
      })
    assert.deepEqual(heard, [], 'not one question came through')
  })
