/** Services of the bank before a real server: whatever it answers, what comes of it is what the document says or nothing. */
import assert from 'node:assert/strict'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { NOT_EVALUATED } from '../../src/sca/ledger/ports.ts'
import { type JsonObject, type JsonValue } from '../../src/lib/index.ts'
import { type ScaQuestion, scaLedger } from '../../src/sca/index.ts'
import { scaMigrations } from '../../src/sca/tables/index.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { realScheduler } from '../support/real-scheduler.ts'
import { memoryUnits } from './memory-units.ts'
import { bankMonitor, readSignals } from '../../src/app/sca/bank/bank-monitor.ts'
import {
  bankCodes,
  bankNotices,
  bankPush,
  bankSender,
} from '../../src/app/sca/bank/bank-messages.ts'
import { bankPayeeCheck, readPayeeCheck } from '../../src/app/sca/bank/bank-payee-check.ts'
import { MOST_MONITORING_MS, MOST_PAYEE_CHECK_MS } from '../../src/config/sca-services-shape.ts'
import { MONITOR_MS, PAYEE_CHECK_MS } from '../../src/sca/ledger/prepare.ts'
import {
  bankService,
  FAILURES,
  MAX_ANSWER_BYTES,
  PAUSE_MS,
} from '../../src/app/sca/bank/bank-service.ts'

const UNREACHABLE = { code: 'GH_SCA_BANK_UNREACHABLE' }
const FILE = join(import.meta.dirname, '../../docs/openapi/sca-bank.json')
const ajv = new Ajv2020({ strict: false })
ajv.addSchema(JSON.parse(readFileSync(FILE, 'utf8')) as object, 'doc')
/** What goes and what comes is as the document says. */
function fits(name: string, value: unknown): boolean {
  const validate = ajv.getSchema(`doc#/components/schemas/${name}`)
  assert.ok(validate, name)
  return validate(value) === true
}

interface Asked {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: string
}
type Answers = (response: ServerResponse, asked: Asked) => void
const json =
  (value: unknown): Answers =>
  (response) => {
    response.setHeader('content-type', 'application/json')
    response.end(typeof value === 'string' ? value : JSON.stringify(value))
  }
const status =
  (code: number, headers: Record<string, string> = {}): Answers =>
  (response) =>
    void response.writeHead(code, headers).end('{}')

async function bank(t: TestContext, changes: { token?: boolean; timeoutMs?: number } = {}) {
  const asked: Asked[] = []
  const said: string[] = []
  let answers: Answers = json({})
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (part: string) => (body += part))
    request.on('end', () => {
      const one = { method: request.method, url: request.url, headers: request.headers, body }
      asked.push(one)
      answers(response, one)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo // sound: it listens on TCP
  process.env['SCA_BANK_TOKEN'] = 's3cret'
  const clock = new FakeClock()
  const service = bankService(
    'monitoring',
    {
      url: `http://127.0.0.1:${port}/v1/assess`,
      token: changes.token === true ? { env: 'SCA_BANK_TOKEN' } : null,
      tls: null,
      timeoutMs: changes.timeoutMs ?? 30_000,
    },
    { scheduler: clock, say: (text) => void said.push(text) },
  )
  return { service, asked, said, clock, answer: (next: Answers) => void (answers = next) }
}

const ACT = {
  kind: 'remote-payment',
  instrument: 'credit-transfer',
  amount: { value: '12.50', currency: 'EUR' },
  payees: ['iban:DE02100100109307118603'],
} as const
const QUESTION: ScaQuestion = { id: 'd-1', subject: 'anna', api: 'payments', act: ACT }
const CLEAR = {
  monitoring: {
    compromisedElements: 'clear',
    fraudScenario: 'clear',
    malware: 'clear',
    deviceMisuse: 'clear',
  },
  analysis: {
    spendingPattern: 'clear',
    deviceOrSoftware: 'clear',
    payerLocation: 'found',
    payeeLocation: 'not-evaluated',
    score: 0.25,
  },
}
const never = AbortSignal.timeout(60_000)

test('monitoring is asked about the very act, with the token of the file', async (t) => {
  const { service, asked, answer } = await bank(t, { token: true })
  answer(json(CLEAR))
  assert.deepEqual(await bankMonitor(service)(QUESTION, never), CLEAR)
  const [one] = asked
  assert.equal(one?.method, 'POST')
  assert.equal(one.url, '/v1/assess')
  assert.equal(one.headers.authorization, 'Bearer s3cret')
  assert.equal(one.headers['content-type'], 'application/json')
  const body = JSON.parse(one.body) as JsonObject
  assert.deepEqual(body, { id: 'd-1', subject: 'anna', api: 'payments', act: ACT })
  assert.ok(fits('Assess', body))
  assert.ok(fits('Signals', CLEAR))
})

const BAD: readonly (readonly [string, Answers])[] = [
  ['garbage', json('{"monitoring":')],
  ['nothing', json('')],
  [
    'no JSON',
    (response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'),
  ],
  ['no media type', (response) => void response.writeHead(200).end('{}')],
  [
    'bytes that are no text',
    (response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(Buffer.of(0x7b, 0xff, 0x7d))
    },
  ],
  ['an error', status(500)],
  ['a refusal', status(403)],
  ['created', status(201)],
  ['no content', (response) => void response.writeHead(204).end()],
  ['a redirect', status(302, { location: 'http://127.0.0.1:1/' })],
  ['a permanent one', status(308, { location: '/elsewhere' })],
  [
    'a body that was squeezed',
    (response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
      response.end('{}')
    },
  ],
  ['a huge body', json(JSON.stringify({ monitoring: {}, x: 'x'.repeat(MAX_ANSWER_BYTES) }))],
  [
    'a body without an end',
    (response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      const more = (): boolean => response.write(' '.repeat(MAX_ANSWER_BYTES))
      response.on('drain', more)
      more()
    },
  ],
  ['a line that is cut', (response) => void response.destroy()],
]
for (const [what, answers] of BAD)
  test(`${what} is no answer, and nothing of it is told`, async (t) => {
    const { service, asked, answer } = await bank(t, { token: true })
    answer(answers)
    await assert.rejects(service.ask({ subject: 'anna' }), (error: unknown) => {
      assert.ok(error instanceof Error && 'code' in error)
      assert.equal(error.code, 'GH_SCA_BANK_UNREACHABLE')
      assert.ok(!/s3cret|anna|127\.0\.0\.1/.test(String(error.stack)))
      assert.equal(error.cause, undefined)
      return true
    })
    assert.equal(asked.length, 1, 'asked once')
  })

test('who is late has said nothing, however he goes on', async (t) => {
  const { service, answer } = await bank(t, { timeoutMs: 60 })
  answer(() => undefined)
  await assert.rejects(service.ask({}), UNREACHABLE)
  answer((response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.write('{')
  })
  await assert.rejects(service.ask({}), UNREACHABLE)
})

test('after some failures nobody waits for it, until it has had a while', async (t) => {
  const { service, asked, said, clock, answer } = await bank(t)
  answer(status(503))
  for (let at = 0; at < FAILURES; at++) await assert.rejects(service.ask({}), UNREACHABLE)
  assert.equal(said.length, 1)
  await assert.rejects(service.ask({}), UNREACHABLE)
  assert.equal(asked.length, FAILURES)
  answer(json({}))
  clock.advance(PAUSE_MS - 1)
  await assert.rejects(service.ask({}), UNREACHABLE)
  clock.advance(1)
  assert.deepEqual(await service.ask({}), {})
  assert.equal(said.length, 2)
  assert.ok(!said.join().includes('127.0.0.1'))
})

test('what cannot be read of the token or of TLS sends nothing', async (t) => {
  const { service, asked } = await bank(t, { token: true })
  delete process.env['SCA_BANK_TOKEN']
  await assert.rejects(service.ask({}), UNREACHABLE)
  assert.deepEqual(asked, [])
  const tls = { anchors: ['/nowhere/ca.pem'], certificate: null, key: null }
  const over = { url: 'https://127.0.0.1:1/', token: null, tls, timeoutMs: 500 }
  const apart = bankService('push', over, { scheduler: realScheduler, say: () => undefined })
  await assert.rejects(apart.tell({}), UNREACHABLE)
})

test('signals are believed as a whole or not at all', () => {
  const { monitoring, analysis } = CLEAR
  assert.deepEqual(readSignals(CLEAR), CLEAR)
  assert.deepEqual(readSignals({}), NOT_EVALUATED)
  assert.deepEqual(readSignals({ monitoring: { malware: 'found' } }), {
    ...NOT_EVALUATED,
    monitoring: { ...NOT_EVALUATED.monitoring, malware: 'found' },
  })
  const wrong: readonly JsonValue[] = [
    null,
    [],
    'clear',
    { monitoring: null },
    { monitoring: { ...monitoring, malware: 'CLEAR' } },
    { monitoring: { ...monitoring, malware: true } },
    { monitoring: { ...monitoring, malwear: 'clear' } },
    { monitoring, analysis, exempt: true },
    { monitoring, analysis: { ...analysis, score: 1.01 } },
    { monitoring, analysis: { ...analysis, score: -0.01 } },
    { monitoring, analysis: { ...analysis, score: '0.1' } },
    { monitoring, analysis: { ...analysis, score: null } },
    { monitoring, analysis: { ...analysis, spendingPattern: 'found ' } },
    JSON.parse('{"monitoring":{"__proto__":"clear"}}') as JsonValue,
  ]
  for (const one of wrong) {
    assert.equal(readSignals(one), undefined, JSON.stringify(one))
    assert.ok(!fits('Signals', one), JSON.stringify(one))
  }
})

test('a payee is asked for by name and account, and found, or it was unavailable', async (t) => {
  const { service, asked, answer } = await bank(t)
  const check = bankPayeeCheck(service)
  for (const result of ['match', 'close', 'no-match', 'unavailable'] as const) {
    answer(json({ result, source: 'vop 2' }))
    const found = await check({ name: 'Shop', account: 'iban:DE02100100109307118603' }, never)
    assert.deepEqual(found, { result, source: 'vop 2' })
    assert.ok(fits('PayeeResult', found))
  }
  const close = { result: 'close', source: 'vop 2', name: 'Shop GmbH' }
  assert.deepEqual(readPayeeCheck(close), close)
  assert.ok(fits('PayeeResult', close))
  const sent = JSON.parse(asked[0]?.body ?? '') as JsonObject
  const account = { scheme: 'iban', identification: 'DE02100100109307118603' }
  assert.deepEqual(sent, { name: 'Shop', account })
  assert.ok(fits('CheckPayee', sent))
  const wrong: readonly JsonValue[] = [
    null,
    {},
    { result: 'match' },
    { result: 'MATCH', source: 'vop' },
    { result: 'match', source: '' },
    { result: 'match', source: 'x'.repeat(71) },
    { result: 'match', source: 'a\nb' },
    { result: 'match', source: 7 },
    { result: 'match', source: 'vop', name: 'Real Name' },
    { result: 'no-match', source: 'vop', name: 'Real Name' },
    { result: 'close', source: 'vop', name: '' },
    { result: 'close', source: 'vop', name: 'a\nb' },
    { result: 'close', source: 'vop', name: 'x'.repeat(141) },
    { result: 'close', source: 'vop', name: 7 },
  ]
  for (const one of wrong) {
    assert.equal(readPayeeCheck(one), undefined, JSON.stringify(one))
    assert.ok(!fits('PayeeResult', one), JSON.stringify(one))
  }
})

test('codes, pushes and notices are on their way when the bank says so', async (t) => {
  const { service, asked, answer } = await bank(t)
  for (const code of [200, 202, 204]) {
    answer(status(code))
    await bankPush(service).push({ devices: ['phone'], transaction: 't-1' })
  }
  const shown = {
    payments: [{ amount: '12.50', currency: 'EUR', payeeName: 'Shop' }],
    totals: [{ amount: '12.50', currency: 'EUR' }],
  }
  const transaction = { client: 'shop', kind: 'payment', shown } as const
  await bankSender(service).send({ to: '+491700000000', code: '12345678', transaction })
  await bankSender(service).send({ to: 'anna@bank.example', code: '12345678' })
  await bankNotices(service)({ subject: 'anna', kind: 'last-block', until: 5 })
  await bankNotices(service)({ subject: 'anna', kind: 'locked' })
  const of = { subject: 'anna', channel: 'post', kind: 'passkey', until: 7 } as const
  const activation = { ...of, recovers: true, inTwo: true }
  await bankCodes(service)({ ...activation, code: 'ABCD-EFGH-JKMN' })
  const bodies = asked.map(({ body }) => JSON.parse(body) as JsonObject)
  assert.deepEqual(bodies.slice(2), [
    { devices: ['phone'], transaction: 't-1' },
    { to: '+491700000000', code: '12345678', transaction },
    { to: 'anna@bank.example', code: '12345678' },
    { subject: 'anna', kind: 'last-block', until: 5 },
    { subject: 'anna', kind: 'locked' },
    { activation, code: 'ABCD-EFGH-JKMN' },
  ])
  const names = ['Push', 'SendCode', 'SendCode', 'Notice', 'Notice', 'SendActivation']
  names.forEach((name, at) => assert.ok(fits(name, bodies[at + 2]), name))
  for (const code of [201, 301, 400, 500]) {
    answer(status(code, { location: '/' }))
    await assert.rejects(bankPush(service).push({ devices: [], transaction: 't' }), UNREACHABLE)
    answer(status(202))
    await service.tell({})
  }
})

test('where monitoring does not answer nothing was evaluated, and nothing is exempt', async (t) => {
  const { service, answer } = await bank(t)
  const store = memoryUnits(scaMigrations)
  t.after(() => store.close())
  const clock = new FakeClock()
  let count = 0
  const ledger = scaLedger({
    store,
    clock,
    scheduler: realScheduler,
    uuid: () => `d-${++count}`,
    names: { subject: (one) => one, of: (...parts) => parts.join() },
    entity: 'bank',
    jurisdiction: 'EU',
    monitor: bankMonitor(service),
    payeeCheck: bankPayeeCheck(service),
  })
  const act = { ...ACT, payees: [...ACT.payees], payeeName: 'Shop' }
  answer(json('{'))
  const { id, outcome } = await ledger.decide({ subject: 'anna', act })
  assert.equal(outcome, 'required')
  const { context } = (await ledger.evidence(id))?.evidence ?? {}
  assert.deepEqual(context?.monitoring, NOT_EVALUATED.monitoring)
  assert.equal(context?.payeeCheck?.result, 'unavailable')
})

test('nobody is given more time by the file than the ledger waits', () => {
  assert.equal(MOST_MONITORING_MS, MONITOR_MS)
  assert.equal(MOST_PAYEE_CHECK_MS, PAYEE_CHECK_MS)
})
