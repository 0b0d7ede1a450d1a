/** What goes to `/sca/v1` and how: by its document, each way of being wrong included. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { DETAIL_MEMBERS, type JsonObject } from '../../../src/lib/index.ts'
import { makeClient } from '../client.ts'
import { callResource, ownToken } from '../consents/bank.ts'
import { startStrongBank } from './strong-bank.ts'

interface Described {
  readonly paths: Readonly<
    Record<
      string,
      Readonly<Record<string, { readonly responses: Readonly<Record<string, object>> }>>
    >
  >
  readonly components: {
    readonly schemas: {
      readonly Payment: { readonly properties: Readonly<Record<string, object>> }
    }
  }
}
const FILE = join(import.meta.dirname, '../../../docs/openapi/sca-v1.json')
// Sound: the document is ours; what is missing of it fails below.
const document = JSON.parse(readFileSync(FILE, 'utf8')) as Described
const ajv = new Ajv2020({ strict: false })
ajv.addSchema(document, 'doc')
const problem = ajv.getSchema('doc#/components/schemas/Problem')
const transaction = ajv.getSchema('doc#/components/schemas/TransactionRequest')

const PAYMENT = {
  instructedAmount: { currency: 'EUR', amount: '12.50' },
  creditorName: 'Shop',
  creditorAccount: { iban: 'DE02100100109307118603' },
}
const requestOf = (payments: readonly JsonObject[]): JsonObject => ({
  subject: 'cust-amira',
  audience: 'https://core.bank.example',
  purpose: { kind: 'payment', payments },
})

async function started(t: TestContext) {
  const shop = await makeClient('shop')
  const bank = await startStrongBank(t, [shop], { typed: false })
  const token = await ownToken(bank.ask, shop, 'sca')
  /** Whatever is answered, the document has it. */
  return async (
    method: string,
    path: string,
    body?: string | JsonObject,
    headers: Readonly<Record<string, string>> = {},
  ) => {
    const sent = { headers, ...(body === undefined ? {} : { body }) }
    const answer = await callResource(bank.ask, shop, token, method, `/sca/v1${path}`, sent)
    const described = Object.values(document.paths[path] ?? {})
    assert.ok(
      described.some(({ responses }) => responses[answer.status] !== undefined),
      `${answer.status} ${answer.text}`,
    )
    if (answer.status < 400) return answer
    assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/)
    assert.ok(problem?.(answer.body), answer.text)
    return answer
  }
}

test('a body that two readers may read differently is refused', async (t) => {
  const call = await started(t)
  const act = '{"kind":"risky-act","what":"limits"}'
  const statuses: [string, number][] = []
  for (const body of [
    `{"id":"a","subject":"s","act":${act}}`,
    `{"id":"a","id":"b","subject":"s","act":${act}}`,
    `{"id":"c","subject":"s","act":{"kind":"risky-act","what":"limits","wh\\u0061t":"other"}}`,
    `{"id":"c","subject":"s","__proto__":{},"act":${act}}`,
    `[{"id":"c","subject":"s","act":${act}}]`,
    `{"id":"c","subject":"s","act":${act}} {}`,
    '',
  ])
    statuses.push([body, (await call('POST', '/decisions', body)).status])
  assert.deepEqual(
    statuses.map(([, status]) => status),
    [200, 400, 400, 400, 400, 400, 400],
  )
  for (const type of ['application/json; charset=iso-8859-1', 'text/plain', 'application/xml'])
    assert.equal(
      (await call('POST', '/decisions', statuses[0]?.[0], { 'content-type': type })).status,
      415,
    )
  const other = await call('PUT', '/decisions', {})
  assert.deepEqual([other.status, other.headers.get('allow')], [405, 'POST'])
})

test('an id that could not stand in a path is none', async (t) => {
  const call = await started(t)
  const decide = async (id: string) =>
    (
      await call('POST', '/decisions', {
        id,
        subject: 's',
        act: { kind: 'risky-act', what: 'limits' },
      })
    ).status
  for (const id of ['7d1f~A.b_c', 'x'.repeat(128)]) assert.equal(await decide(id), 200, id)
  for (const id of ['', '.', '..', 'a/b', 'a b', 'a%2fb', 'é', 'x'.repeat(129)])
    assert.equal(await decide(id), 400, id)
})

test('a batch of a thousand payments goes through, one more or more bytes do not', async (t) => {
  const call = await started(t)
  const batch = (count: number): JsonObject =>
    requestOf(
      Array.from({ length: count }, () => ({ ...PAYMENT, endToEndIdentification: 'e'.repeat(35) })),
    )
  assert.equal((await call('POST', '/transactions', batch(1_000))).status, 201)
  assert.equal((await call('POST', '/transactions', batch(1_001))).status, 400)
  const large = JSON.stringify(requestOf([PAYMENT])).padEnd(1_048_577)
  assert.equal((await call('POST', '/transactions', large)).status, 413)
  assert.equal((await call('POST', '/transactions', large.slice(0, -1))).status, 201)
})

test('what a payment says beyond what is shown and signed is refused, and so is what hides', async (t) => {
  const call = await started(t)
  assert.deepEqual(
    Object.keys(document.components.schemas.Payment.properties).toSorted(),
    ['payments', 'type', ...DETAIL_MEMBERS].toSorted(),
  )
  const create = async (payment: JsonObject): Promise<number> => {
    const body = requestOf([payment])
    const { status } = await call('POST', '/transactions', body)
    assert.equal(transaction?.(body), status === 201 || HIDES.has(payment), JSON.stringify(body))
    return status
  }
  const heaped = { ...PAYMENT, creditorName: `S${'\u0301'.repeat(5)}hop` }
  const hidden = { ...PAYMENT, creditorName: 'Sh\u202eop' }
  const covering = { ...PAYMENT, remittanceInformationUnstructured: `7${'\u0336'.repeat(9)}` }
  const HIDES = new Set<JsonObject>([heaped, hidden, covering])
  assert.equal(await create({ type: 'payment_initiation', ...PAYMENT }), 201)
  assert.equal(await create({ type: 'bulk', payments: [PAYMENT, PAYMENT] }), 201)
  assert.equal(await create({ ...PAYMENT, creditorName: 'Cha\u0302\u0301u' }), 201)
  for (const payment of [
    ...HIDES,
    { ...PAYMENT, executionDate: '2026-12-01' },
    { payments: [{ ...PAYMENT, amount: '1.00' }] },
    { ...PAYMENT, instructedAmount: { currency: 'EUR', amount: 12.5 } },
    { ...PAYMENT, instructedAmount: { currency: 'EUR', amount: '1e1' } },
  ])
    assert.equal(await create(payment), 400, JSON.stringify(payment))
})
