/**
 * A customer of a running gateway enrols with codes of the bank, without script; staff sees and removes what he has; each step is in the spool; and
 * who is erased has nothing left, in the running process and after an older copy of the store came back.
 */
import assert from 'node:assert/strict'
import { randomBytes, scryptSync } from 'node:crypto'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { IdentityEvent, StoredEvent } from '../../src/events/index.ts'
import { ISSUER } from '../identity/client.ts'
import { PASSWORD } from '../identity/consents/bank.ts'
import { page, Person, type Shown } from '../identity/consents/journey.ts'
import { ocra } from '../identity/strong/strong-bank.ts'
import { developmentCertificates } from '../support/development-certificates.ts'
import { freePort } from '../support/free-port.ts'
import { askAt } from './at-port.ts'
import { up } from './gateway-process.ts'
import { installation } from './installation.ts'

const config = (port: number): string => `listen: 127.0.0.1:0
organisation: { name: Bank of Tests, jurisdictions: [EU], timeZone: Europe/Berlin }
identity:
  issuer: ${ISSUER}
  listen: 127.0.0.1:${port}
  certificate: certs/server.pem
  key: { file: certs/server-key.pem }
  secret: { file: identity.secret }
  clients: []
  profile: development
  developmentCustomers: customers.json
  resources: [{ identifier: "https://api.bank.example", scopes: [accounts] }]
sca:
  factors: { passcode: true, transactionCode: {}, totp: true }
apis:
  - { name: atms, spec: atms.json, upstream: "http://127.0.0.1:9", template: open-data }
`
const ATMS = {
  openapi: '3.0.0',
  info: { title: 'ATMs', version: '1' },
  servers: [{ url: '/atms' }],
  paths: {
    '/atms': { get: { operationId: 'GetAtms', responses: { 200: { description: 'ok' } } } },
  },
}
const salt = randomBytes(16)
const hash = scryptSync(PASSWORD, salt, 32).toString('hex')
const CUSTOMERS = {
  customers: ['amira', 'ben'].map((username) => ({
    subject: `cust-${username}`,
    username,
    password: `scrypt:${salt.toString('hex')}:${hash}`,
    acr: 'urn:bank:password',
    accounts: [],
  })),
}
const PASSCODE = 'a quiet orchard'
const WHY = ['--reason', 'case 2026-117', '--as', 'ann'] as const

interface View {
  readonly elements: readonly { readonly id: string; readonly kind: string }[]
  readonly removed: readonly unknown[]
  readonly codes: readonly unknown[]
  readonly canAuthenticate: boolean
}
const questionIn = ({ text }: Shown): string => /<code>([0-9a-f]{64})<\/code>/.exec(text)?.[1] ?? ''

test('from the bank’s codes to an erased customer', async (t) => {
  const certs = developmentCertificates(t)
  const port = await freePort()
  const at = installation(t, config(port), {
    'atms.json': ATMS,
    'customers.json': CUSTOMERS,
    'identity.secret': randomBytes(32).toString('base64url'),
    'certs/server.pem': certs.pem('server'),
    'certs/server-key.pem': certs.pem('server-key'),
  })
  const env = { NODE_EXTRA_CA_CERTS: certs.file('ca') }
  let instance = await up(t, at, env)
  t.after(() => t.diagnostic(instance.output().err))
  const ask = askAt(port, certs.pem('ca'))
  const viewOf = async (subject: string): Promise<View> =>
    JSON.parse((await at.run('sca', 'elements', subject, '--json')).out) as View // sound: as the command promises

  async function enrolled(username: string): Promise<Person> {
    const factors = ['--factor', 'passcode', '--factor', 'transaction-code']
    const ways = ['--channel', 'post', '--channel', 'message']
    const asked = await at.run('sca', 'enrol', `cust-${username}`, ...factors, ...ways, ...WHY)
    assert.equal(asked.code, 0, asked.err)
    const second = ['--as', 'a second person']
    const made = await at.run('sca', 'enrol-approve', `cust-${username}`, '--json', ...second)
    assert.equal(made.code, 0, made.err)
    const { codes } = JSON.parse(made.out) as { codes: readonly { code: string; kind: string }[] }
    const codeOf = (kind: string) => codes.find((one) => one.kind === kind)?.code ?? ''
    const person = new Person(ask)
    page(await person.login(page(await person.open('/security')), username))
    const type = async (kind: string) =>
      page(
        await person.send(page(await person.open(`/security/code/${kind}`)), /\/code\//, [
          ['code', codeOf(kind)],
        ]),
      )
    page(
      await person.send(await type('passcode'), /\/finish\//, [
        ['value', PASSCODE],
        ['repeat', PASSCODE],
      ]),
    )
    const shown = await type('transaction-code')
    const [hex = ''] = /(?:[0-9a-f]{4} ){15}[0-9a-f]{4}/.exec(shown.text) ?? []
    const seed = Buffer.from(hex.replaceAll(' ', ''), 'hex').toString('base64url')
    page(await person.send(shown, /\/finish\//, [['value', ocra(seed, questionIn(shown))]]))
    return person
  }
  const nobody = await at.run('sca', 'enrol', 'cust-nobody', '--factor', 'passcode', ...WHY)
  assert.match(nobody.err, /GH_SCA_CUSTOMER_UNKNOWN/)
  await enrolled('amira')
  await enrolled('ben')
  const before = await viewOf('cust-amira')
  assert.equal(before.canAuthenticate, true)
  assert.equal(before.elements.length, 2)
  assert.deepEqual(before.codes, [])

  // Staff removes the token of Ben.
  const token = (await viewOf('cust-ben')).elements.find(({ kind }) => kind === 'transaction-code')
  const removed = await at.run('sca', 'revoke', 'cust-ben', token?.id ?? '', ...WHY)
  assert.equal(removed.code, 0, removed.err)
  const { out } = await at.run('events', 'tail', '--no-follow', '--json', '--lines', '200')
  for (const found of ['cust-amira', 'cust-ben', PASSCODE]) assert.ok(!out.includes(found), found)
  // Sound: as `--json` promises, one in a line.
  const events = out.split('\n').map((line) => (JSON.parse(line) as StoredEvent).event)
  const elements = events.filter(
    (one): one is IdentityEvent => one.kind === 'identity' && one.action.startsWith('element-'),
  )
  assert.deepEqual(
    elements.map(({ action, by, purpose }) => `${action} ${by} ${purpose}`).slice(-5),
    [
      'element-code bank passcode',
      'element-code bank transaction-code',
      'element-add customer passcode',
      'element-add customer transaction-code',
      'element-remove bank transaction-code',
    ],
  )
  assert.ok(elements.every(({ subject }) => /^hmac:[0-9a-f]{16}$/.test(subject ?? '')))

  // An older copy of the store, from before the erasure.
  assert.equal((await instance.stop()).code, 0)
  const copy = join(at.dir, 'copy')
  cpSync(join(at.dataDir, 'store'), copy, { recursive: true })
  instance = await up(t, at, env)
  const erase = ['erase', '--person', 'cust-amira', '--reason', 'Art. 17 request'] as const
  const erased = await at.run(...erase)
  assert.equal(erased.code, 0, erased.err)
  while ((await viewOf('cust-amira')).elements.length > 0)
    await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual((await viewOf('cust-amira')).removed, [])
  assert.equal((await viewOf('cust-ben')).elements.length, 1)

  assert.equal((await instance.stop()).code, 0)
  cpSync(copy, join(at.dataDir, 'store'), { recursive: true })
  instance = await up(t, at, env)
  assert.deepEqual((await viewOf('cust-amira')).elements, [])
  assert.equal((await viewOf('cust-ben')).elements.length, 1)
  // Nobody is erased by halves: without an instance nobody knows what is whose.
  assert.equal((await instance.stop()).code, 0)
  assert.notEqual((await at.run(...erase)).code, 0)
})
