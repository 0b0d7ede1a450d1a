/**
 * Strong customer authentication of a running gateway, switched on by its configuration file: the redirect journey, the page of approvals and `/sca/v1`, a kill
 * in the middle, exemptions that two persons approve, and what each of them leaves behind.
 */
import assert from 'node:assert/strict'
import { randomBytes, randomUUID, scryptSync } from 'node:crypto'
import { test, type TestContext } from 'node:test'
import { textAt } from '../../src/identity/consents/shape.ts'
import type { ScaEvent, StoredEvent } from '../../src/events/index.ts'
import type { JsonObject } from '../../src/lib/index.ts'
import { decoupledClient, pathsIn, phoneOf, poll } from '../identity/approvals/phone.ts'
import { askDecoupled, type Ask, ISSUER, makeClient, type TestClient } from '../identity/client.ts'
import { callResource, ownToken, PASSWORD } from '../identity/consents/bank.ts'
import { back, begin, page, Person, type Shown, tokensFor } from '../identity/consents/journey.ts'
import { ocra } from '../identity/strong/strong-bank.ts'
import { totpCode } from '../../src/sca/factors/totp.ts'
import { developmentCertificates } from '../support/development-certificates.ts'
import { freePort } from '../support/free-port.ts'
import { askAt } from './at-port.ts'
import { launch, up } from './gateway-process.ts'
import { installation, type Installation } from './installation.ts'

const PASSCODE = 'violet harbour'
const SEED = randomBytes(32).toString('base64url')
const ACR = 'urn:bank:sca'
const PAYMENTS = '/v1/payments/sepa-credit-transfers'
const MERCHANT = 'DE02100100109307118603'

const payment = (amount: string) => ({
  instructedAmount: { currency: 'EUR', amount },
  debtorAccount: { iban: 'DE89370400440532013000' },
  creditorAccount: { iban: MERCHANT },
  creditorName: 'Merchant 123',
})

const SCA = `sca:
  acr: ${ACR}
  factors: { passcode: true, transactionCode: {}, totp: true }
  limits: { failures: 3 }
  developmentMonitoring: { payments: 20, minutes: 10 }
  developmentEnrolments: enrolments.json
`
const config = (port: number, sca: string, profile: string): string => `listen: 127.0.0.1:0
organisation: { name: Bank of Tests, jurisdictions: [EU], timeZone: Europe/Berlin }
identity:
  issuer: ${ISSUER}
  listen: 127.0.0.1:${port}
  certificate: certs/server.pem
  key: { file: certs/server-key.pem }
  secret: { env: TEST_IDENTITY_SECRET }
  clients: [tpp.json, phone.json]
  profile: ${profile}
  developmentCustomers: customers.json
  approvalPage: true
  resources: [{ identifier: "https://api.bank.example", scopes: [accounts, payments, sca] }]
${sca}apis:
  - { name: atms, spec: atms.json, upstream: "http://127.0.0.1:9", template: open-data }
`

interface Customer {
  readonly subject: string
  readonly username: string
}
const AMIRA: Customer = { subject: 'cust-amira', username: 'amira' }
const BEN: Customer = { subject: 'cust-ben', username: 'ben' }

function customers(): string {
  const salt = randomBytes(16)
  const hash = scryptSync(PASSWORD, salt, 32).toString('hex')
  return JSON.stringify({
    customers: [AMIRA, BEN].map((one) => ({
      ...one,
      password: `scrypt:${salt.toString('hex')}:${hash}`,
      acr: 'urn:bank:password',
      accounts: [
        {
          id: `${one.username}-1`,
          name: 'Current',
          number: '•• 3000',
          references: ['iban:DE89370400440532013000'],
        },
      ],
    })),
  })
}
const ENROLMENTS = {
  enrolments: [
    { subject: AMIRA.subject, passcode: PASSCODE, transactionCode: { seed: SEED } },
    // Who has no device for payments looks at accounts with a code by the clock.
    { subject: BEN.subject, passcode: PASSCODE, totp: { seed: SEED } },
  ],
}
const ATMS = {
  openapi: '3.0.0',
  info: { title: 'ATMs', version: '1' },
  servers: [{ url: '/atms' }],
  paths: {
    '/atms': { get: { operationId: 'GetAtms', responses: { 200: { description: 'ok' } } } },
  },
}

interface Running {
  readonly at: Installation
  readonly ask: Ask
  readonly tpp: TestClient
  readonly phone: TestClient
  readonly kill: () => Promise<void>
  readonly stop: () => Promise<string>
}

async function started(t: TestContext): Promise<Running> {
  const certs = developmentCertificates(t)
  const port = await freePort()
  const tpp = await makeClient('tpp', { client_name: 'Budget Buddy' })
  const phone = await decoupledClient('phone')
  const at = installation(t, config(port, SCA, 'development'), {
    'atms.json': ATMS,
    'customers.json': customers(),
    'enrolments.json': ENROLMENTS,
    'tpp.json': tpp.metadata,
    'phone.json': phone.metadata,
    'certs/server.pem': certs.pem('server'),
    'certs/server-key.pem': certs.pem('server-key'),
  })
  const env = {
    TEST_IDENTITY_SECRET: randomBytes(32).toString('base64url'),
    NODE_EXTRA_CA_CERTS: certs.file('ca'),
  }
  let instance = await up(t, at, env)
  t.after(() => t.diagnostic(instance.output().err))
  return {
    at,
    ask: askAt(port, certs.pem('ca')),
    tpp,
    phone,
    async kill() {
      await instance.stop('SIGKILL')
      instance = await up(t, at, env)
    },
    async stop() {
      const ended = await instance.stop()
      assert.equal(ended.code, 0, ended.err)
      return ended.out + ended.err
    },
  }
}

const questionIn = ({ text }: Shown): string => /<code>([0-9a-f]{64})<\/code>/.exec(text)?.[1] ?? ''
const decisionsIn = async (at: Installation): Promise<readonly ScaEvent[]> => {
  const { out } = await at.run('events', 'tail', '--no-follow', '--json', '--lines', '200')
  // Sound: as `--json` promises, one in a line.
  const events = out.split('\n').map((line) => (JSON.parse(line) as StoredEvent).event)
  return events.filter((one) => one.kind === 'sca')
}

function journeyOf({ ask, tpp }: Running) {
  const person = new Person(ask)
  return {
    person,
    async make(amount: string): Promise<string> {
      const own = await ownToken(ask, tpp, 'accounts payments')
      const headers = { 'x-request-id': randomUUID() }
      const body = payment(amount)
      const made = await callResource(ask, tpp, own, 'POST', PAYMENTS, { body, headers })
      assert.equal(made.status, 201, made.text)
      return made.body.paymentId
    },
    async state(id: string): Promise<string> {
      const own = await ownToken(ask, tpp, 'accounts payments')
      return (await callResource(ask, tpp, own, 'GET', `${PAYMENTS}/${id}/status`)).body
        .transactionStatus
    },
    async enter(params: Readonly<Record<string, string>>, { username } = AMIRA) {
      // A login that the disk does not take in 90 ms is none, and the page says so: on a machine under load one begins again.
      for (let left = 3; ; left--) {
        const login = page(await person.open(await begin(ask, tpp, params)))
        const found = await person.login(login, username, PASSWORD)
        if (left === 0 || found instanceof URL || found.status !== 500) return found
      }
    },
    answer: (shown: Shown, { passcode = PASSCODE, code = ocra(SEED, questionIn(shown)) } = {}) =>
      person.send(shown, /\/sca$/, [
        ['passcode', passcode],
        ['transaction-code', code],
      ]),
  }
}
const pays = (id: string) => ({ scope: 'openid payments', consent_id: id })

test('a payment is authenticated in the browser, across a kill, and its tokens say by what', async (t) => {
  const running = await started(t)
  const { at, ask, tpp } = running
  const metadata = await (await ask('/.well-known/openid-configuration')).json()
  assert.deepEqual((metadata as JsonObject)['acr_values_supported'], [ACR]) // sound: JSON of ours

  const { make, state, enter, answer } = journeyOf(running)
  const id = await make('123.50')
  const shown = page(await enter(pays(id)))
  assert.match(shown.text, /123\.50 EUR[\s\S]*DE02 1001 0010 9307 1186 03[\s\S]*<form/)
  const wrong = page(await answer(shown, { code: '00000000' }), 403)
  await running.kill()
  const tokens = await tokensFor(ask, tpp, back(await answer(wrong)))
  assert.equal(await state(id), 'ACTC')
  for (const said of [tokens.claims, tokens.idToken]) {
    assert.equal(said['acr'], ACR)
    assert.deepEqual(said['amr'], ['pin', 'otp', 'mfa'])
    assert.equal(typeof said['auth_time'], 'number')
  }
  // For gateways and the bank: what became of it, and under which decision its evidence stands.
  const sca = tokens.claims['sca'] as JsonObject // sound: asserted below
  assert.equal(sca['outcome'], 'authenticated')
  assert.match(textAt(sca, 'digest'), /^[A-Za-z0-9_-]{43}$/)

  const decided = await decisionsIn(at)
  assert.deepEqual(
    decided.map(({ what, outcome }) => `${what} ${outcome}`),
    ['decided required', 'authenticated required', 'done required'],
  )
  assert.equal(sca['decision'], decided[0]?.decision)
  const explained = await at.run('sca', 'explain', decided[0]?.decision ?? '')
  assert.match(explained.out, /123\.50 EUR[\s\S]*passcode\+transaction-code[\s\S]*the same/)
  const said = await running.stop()
  for (const secret of [PASSCODE, SEED, MERCHANT]) assert.ok(!said.includes(secret), secret)
})

test('the file’s limit blocks, on every way in, and a code by the clock opens accounts and pays nothing', async (t) => {
  const running = await started(t)
  const { ask, phone, tpp } = running
  const { person, make, state, enter, answer } = journeyOf(running)
  const id = await make('45.00')
  const nothing = page(await enter(pays(id), BEN))
  assert.doesNotMatch(nothing.text, /action="[^"]*\/sca"/, 'TOTP is bound to no payment')
  const details = [{ type: 'account_access', permissions: ['ReadBalances'] }]
  const access = page(await enter({ authorization_details: JSON.stringify(details) }, BEN))
  assert.match(access.text, /name="totp"/)
  assert.doesNotMatch(access.text, /name="transaction-code"/)
  const clock = totpCode(Buffer.from(SEED, 'base64url'), Math.floor(Date.now() / 30_000))
  const pick = page(
    await person.send(access, /\/sca$/, [
      ['passcode', PASSCODE],
      ['totp', clock],
    ]),
  )
  const picked = back(await person.send(pick, /\/confirm$/, [['account', 'ben-1']]))
  assert.equal((await tokensFor(ask, tpp, picked)).claims['acr'], ACR)

  const shown = page(await enter(pays(await make('45.00'))))
  for (let at = 0; at < 3; at++) page(await answer(shown, { code: '00000000' }), 403)
  page(await answer(shown), 403)
  assert.equal(await state(id), 'RCVD')
  // Blocked here is blocked on the device as well: it is not even asked.
  const asked = await askDecoupled(ask, phone, {
    scope: 'openid payments',
    login_hint: 'amira',
    authorization_details: JSON.stringify([{ type: 'payment_initiation', ...payment('45.00') }]),
  })
  assert.equal(asked.status, 200, JSON.stringify(asked.body))
  const device = await phoneOf(ask)
  const [path = ''] = pathsIn(await device.look())
  page(await device.person.open(path), 403)
  assert.equal((await poll(ask, phone, String(asked.body['auth_req_id']))).status, 400)
  await running.stop()
})

test('the device approves with the same elements; `/sca/v1` authenticates without a browser', async (t) => {
  const running = await started(t)
  const { ask, phone, tpp } = running
  const asked = await askDecoupled(ask, phone, {
    scope: 'openid payments',
    login_hint: 'amira',
    authorization_details: JSON.stringify([{ type: 'payment_initiation', ...payment('45.00') }]),
  })
  const device = await phoneOf(ask)
  const shown = await device.open()
  page(
    await device.approve(shown, [
      ['passcode', PASSCODE],
      ['transaction-code', ocra(SEED, questionIn(shown))],
    ]),
  )
  const done = await poll(ask, phone, String(asked.body['auth_req_id']))
  assert.equal(done.status, 200, JSON.stringify(done.body))

  const token = await ownToken(ask, tpp, 'sca')
  const call = (path: string, body?: JsonObject) =>
    callResource(
      ask,
      tpp,
      token,
      body === undefined ? 'GET' : 'POST',
      `/sca/v1${path}`,
      body === undefined ? {} : { body },
    )
  const of = {
    subject: AMIRA.subject,
    audience: 'https://core.bank.example',
    purpose: { kind: 'payment', payments: [payment('12.50')] },
  }
  const made = await call('/transactions', of)
  assert.equal(made.status, 201, made.text)
  const { body } = await call(`/transactions/${made.body.id}`)
  const question = textAt(body.questions['transaction-code'], 'question')
  const answers = [
    { kind: 'passcode', value: PASSCODE },
    { kind: 'transaction-code', value: ocra(SEED, question) },
  ]
  const verified = await call(`/transactions/${made.body.id}/answers`, {
    network: '192.0.2.7',
    answers,
  })
  assert.equal(verified.status, 200, verified.text)
  const code = await callResource(
    ask,
    tpp,
    token,
    'POST',
    `/sca/v1/transactions/${made.body.id}/code`,
    {},
  )
  const redeem = (amount: string, given: string) =>
    call('/redemptions', {
      ...of,
      code: given,
      purpose: { kind: 'payment', payments: [payment(amount)] },
    })
  assert.equal((await redeem('12.50', code.body.code)).status, 200)
  assert.equal((await redeem('12.50', code.body.code)).body.code, 'GH_SCA_CODE_SPENT')
  await running.stop()
})

test('nothing is exempt before two persons approve monitoring and exemption; then a low value is, and is reported', async (t) => {
  const running = await started(t)
  const { at, ask, tpp } = running
  const { make, state, enter } = journeyOf(running)
  const shown = page(await enter(pays(await make('9.00'))))
  assert.match(shown.text, /name="transaction-code"/)
  const due = new Date(Date.now() + 300 * 86_400_000).toISOString().slice(0, 10)
  for (const [name, ...settings] of [
    ['monitoring', '--engine', 'a rule of tests'],
    ['low-value', '--counter', 'payments'],
  ]) {
    const verb = (...words: string[]) =>
      at.run('sca', 'exemptions', ...words, '--reason', 'a test of it')
    const proposed = await verb(
      'propose',
      String(name),
      ...settings,
      '--audit-due',
      due,
      '--as',
      'ann',
    )
    assert.equal(proposed.code, 0, proposed.err)
    assert.notEqual((await verb('approve', String(name), '--as', 'ann')).code, 0)
    assert.equal((await verb('approve', String(name), '--as', 'ben')).code, 0)
  }
  const id = await make('9.00')
  const tokens = await tokensFor(ask, tpp, back(await enter(pays(id))))
  assert.equal(tokens.claims['acr'], 'urn:bank:password', 'no more than the login')
  assert.equal(await state(id), 'ACTC')
  const exempt = (await decisionsIn(at)).find(({ outcome }) => outcome === 'exempt')
  assert.equal(exempt?.exemption, 'low-value')
  const { digest, ...said } = tokens.claims['sca'] as JsonObject // sound: asserted below
  assert.match(typeof digest === 'string' ? digest : '', /^[A-Za-z0-9_-]{43}$/)
  const article = 'RTS Art. 16'
  assert.deepEqual(said, {
    outcome: 'exempt',
    decision: exempt.decision,
    exemption: 'low-value',
    article,
  })
  const explained = await at.run('sca', 'explain', exempt.decision)
  assert.match(explained.out, /RTS Art\. 16/)
  const now = new Date()
  const quarter = `${now.getUTCFullYear()}Q${Math.floor(now.getUTCMonth() / 3) + 1}`
  const report = await at.run('sca', 'report', '--quarter', quarter)
  assert.match(report.out, /low-value +1 +9\.00/)
  await running.stop()
})

test('what is for development is refused by the production profile, and a file that cannot be used by the start', async (t) => {
  const certs = developmentCertificates(t)
  const files = {
    'atms.json': ATMS,
    'customers.json': customers(),
    'tpp.json': (await makeClient('tpp')).metadata,
    'phone.json': (await makeClient('phone')).metadata,
    'certs/server.pem': certs.pem('server'),
    'certs/server-key.pem': certs.pem('server-key'),
  }
  const refused = installation(t, config(0, SCA, 'production'), {
    ...files,
    'enrolments.json': ENROLMENTS,
  })
  const checked = await refused.run('check')
  assert.equal(checked.code, 4, checked.err)
  assert.equal(checked.out.split('GH_CONFIG_PROFILE').length - 1, 2, checked.out)
  const env = { TEST_IDENTITY_SECRET: randomBytes(32).toString('base64url') }
  for (const [wrong, why] of [
    [{ subject: 'cust-amira', passcode: '123456' }, /common/],
    [{ subject: 'cust-amira', transactionCode: { seed: 'short' } }, /enrolments\[0\]/],
    [{ subject: 'cust-amira', pin: '7345' }, /enrolments\[0\]/],
  ] as const) {
    const at = installation(t, config(0, SCA, 'development'), {
      ...files,
      'enrolments.json': { enrolments: [wrong] },
    })
    const ended = await launch(t, at, env)
    assert.ok('code' in ended, 'it must not start')
    assert.match(ended.err, /GH_SCA_ENROLMENTS/)
    assert.match(ended.err, why)
    assert.doesNotMatch(ended.err, /123456|7345/)
  }
})
