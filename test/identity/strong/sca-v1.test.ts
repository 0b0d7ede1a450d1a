/** `/sca/v1` over HTTP, by its document: a merchant's back end has a payment authenticated and redeems the code, and what must not work. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { textAt } from '../../../src/identity/consents/shape.ts'
import { scaResources } from '../../../src/identity/strong/sca-resources.ts'
import {
  type ErrorCode,
  GatehouseError,
  type JsonObject,
  type JsonValue,
} from '../../../src/lib/index.ts'
import type { DevicePush, PayeeCheckPort } from '../../../src/sca/index.ts'
import { makeClient } from '../client.ts'
import { type Answer, callResource, ownToken } from '../consents/bank.ts'
import { enrolDevice } from '../../sca/rig.ts'
import { Authenticator, ORIGIN, RP_ID } from '../../sca/authenticator.ts'
import { enrol, PASSCODE, startStrongBank } from './strong-bank.ts'

interface Operation {
  readonly operationId: string
  readonly requestBody?: { readonly content: { readonly 'application/json': object } }
  readonly responses: Readonly<Record<string, { readonly content?: object }>>
}
const FILE = join(import.meta.dirname, '../../../docs/openapi/sca-v1.json')
// Sound: the document is ours, and the first test reads all of it.
const document = JSON.parse(readFileSync(FILE, 'utf8')) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}
const ajv = new Ajv2020({ strict: false })
ajv.addSchema(document, 'doc')

const pointer = (path: string): string =>
  encodeURIComponent(path.replaceAll('~', '~0').replaceAll('/', '~1'))
function fits(template: string, method: string, part: string, value: unknown): void {
  const validate = ajv.getSchema(`doc#/paths/${pointer(template)}/${method}/${part}/schema`)
  assert.ok(validate, `${method} ${template} ${part}`)
  assert.ok(validate(value), `${method} ${template}: ${ajv.errorsText(validate.errors)}`)
}

const PAYMENT = {
  instructedAmount: { currency: 'EUR', amount: '12.50' },
  creditorName: 'Shop',
  creditorAccount: { iban: 'DE02100100109307118603' },
}
const purposeOf = (amount = '12.50', name = 'Shop'): JsonObject => ({
  kind: 'payment',
  payments: [{ ...PAYMENT, creditorName: name, instructedAmount: { currency: 'EUR', amount } }],
})
const AUDIENCE = 'https://core.bank.example'
const ACT = {
  kind: 'remote-payment',
  instrument: 'credit-transfer',
  amount: { value: '12.50', currency: 'EUR' },
  payees: ['iban:DE02100100109307118603'],
}

const PASSKEYS = { rpId: RP_ID, rpName: 'Bank of Tests', origins: [ORIGIN] }

async function started(
  t: TestContext,
  failure: () => Error | undefined = () => undefined,
  payeeCheck?: PayeeCheckPort,
  push?: DevicePush,
) {
  const [shop, other] = await Promise.all([makeClient('shop'), makeClient('other')])
  const bank = await startStrongBank(t, [shop, other], {
    passkeys: PASSKEYS,
    failure,
    ...(payeeCheck && { payeeCheck }),
    ...(push && { push }),
  })
  const tokens = new Map(
    await Promise.all(
      [shop, other].map(
        async (client) => [client, await ownToken(bank.ask, client, 'sca')] as const,
      ),
    ),
  )
  /** What goes and what comes is as the document says. */
  const call = async (
    method: 'GET' | 'POST',
    template: string,
    {
      id = '',
      body,
      as = shop,
      key,
    }: { id?: string; body?: JsonObject; as?: typeof shop; key?: string } = {},
  ): Promise<Answer> => {
    const path = `/sca/v1${template.replace('{id}', id)}`
    const token = tokens.get(as) ?? ''
    const headers = key === undefined ? {} : { 'idempotency-key': key }
    const sent = { headers, ...(body === undefined ? {} : { body }) }
    const answer = await callResource(bank.ask, as, token, method, path, sent)
    const kind = answer.status < 300 ? 'application/json' : 'application/problem+json'
    assert.ok(
      document.paths[template]?.[method.toLowerCase()]?.responses[answer.status],
      `${answer.status} of ${template}: ${answer.text}`,
    )
    if (answer.status !== 204) {
      assert.ok(answer.headers.get('content-type')?.startsWith(kind), answer.text)
      const part = `responses/${answer.status}/content/${pointer(kind)}`
      fits(template, method.toLowerCase(), part, answer.body)
    }
    if (body !== undefined && answer.status < 300)
      fits(template, 'post', `requestBody/content/${pointer('application/json')}`, body)
    return answer
  }
  const create = async (more: JsonObject = {}): Promise<string> => {
    const body = { subject: 'cust-amira', audience: AUDIENCE, purpose: purposeOf(), ...more }
    const made = await call('POST', '/transactions', { body })
    assert.equal(made.status, 201, made.text)
    return made.body.id
  }
  const answers = async (id: string, changes: Readonly<Record<string, string>> = {}) => {
    const shown = await call('GET', '/transactions/{id}', { id })
    const question = textAt(shown.body?.questions?.['transaction-code'] ?? {}, 'question')
    const given = { passcode: PASSCODE, 'transaction-code': bank.token(question), ...changes }
    return {
      network: '192.0.2.7',
      answers: Object.entries(given).map(([kind, value]) => ({ kind, value })),
    }
  }
  const verify = async (id: string, changes = {}) =>
    call('POST', '/transactions/{id}/answers', { id, body: await answers(id, changes) })
  const redeem = (code: string, more: JsonObject = {}, as = shop) =>
    call('POST', '/redemptions', {
      as,
      body: { code, subject: 'cust-amira', audience: AUDIENCE, purpose: purposeOf(), ...more },
    })
  const codeFor = async (): Promise<string> => {
    const id = await create()
    assert.equal((await verify(id)).status, 200)
    return (await call('POST', '/transactions/{id}/code', { id })).body.code
  }
  return { ...bank, call, create, verify, redeem, codeFor, other, shop }
}

test('the document has every route that is served, and no other', () => {
  const { routes } = scaResources({
    transactions: {} as never,
    devices: {} as never,
    ledger: {} as never,
    callers: new Set(),
    registers: {} as never,
    evidence: {} as never,
    say: () => undefined,
  }) // sound: nothing is called, only listed
  const served = routes.map(({ method, path, body }) => `${method} /${path} ${body !== undefined}`)
  const described = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(
      ([method, { requestBody }]) => `${method.toUpperCase()} ${path} ${requestBody !== undefined}`,
    ),
  )
  assert.deepEqual(served.toSorted(), described.toSorted())
  assert.ok(served.length >= 9)
})

test('a third party that registered is no client of the bank, whatever its token says', async (t) => {
  const { sca } = await started(t)
  const ledger = { decide: () => assert.fail(), settle: () => assert.fail() }
  const { transactions, devices } = sca
  const callers = new Set(['shop'])
  const face = scaResources({
    transactions,
    devices,
    ledger,
    callers,
    registers: {} as never, // sound: nothing of it is asked
    evidence: { write: () => assert.fail() },
    say: () => assert.fail(),
  })
  const run = async (client: string) => {
    const found = face.route('POST', ['transactions'])
    assert.ok(found !== undefined && 'run' in found)
    const body = { subject: 'cust-amira', audience: AUDIENCE, purpose: purposeOf() }
    const of = { method: 'POST', path: ['transactions'], header: () => undefined }
    return (await found.run({ ...of, client, body, written: body })).status
  }
  assert.deepEqual([await run('tpp'), await run('shop')], [403, 201])
  assert.deepEqual(face.route('GET', ['transactions']), ['POST'])
  assert.equal(face.route('GET', ['transactions', 'x', 'more', 'still']), undefined)
})

test('decide, create, present, verify, take the code, redeem, settle', async (t) => {
  const { call, create, verify, redeem, other } = await started(t)
  const decision = { id: 'order-1', subject: 'cust-amira', act: ACT }
  const decided = await call('POST', '/decisions', { body: decision })
  assert.equal(decided.body.outcome, 'required')
  assert.deepEqual((await call('POST', '/decisions', { body: decision })).body, decided.body)
  const early = { id: 'order-1', body: { as: 'done' } }
  assert.equal((await call('POST', '/decisions/{id}/settlement', early)).status, 409)

  const id = await create({ decisionId: 'order-1' })
  const shown = await call('GET', '/transactions/{id}', { id })
  assert.deepEqual(shown.body.shown.totals, [{ amount: '12.50', currency: 'EUR' }])
  assert.equal(shown.body.shown.payments[0].payeeName, 'Shop')
  assert.deepEqual(shown.body.combinations, [['passcode', 'transaction-code']])
  assert.equal((await call('POST', '/transactions/{id}/code', { id })).status >= 400, true)
  const verified = await verify(id)
  assert.deepEqual(verified.body.factors, ['passcode', 'transaction-code'])
  const { code } = (await call('POST', '/transactions/{id}/code', { id })).body
  assert.equal((await call('POST', '/transactions/{id}/code', { id })).status, 409)
  const redeemed = await redeem(code)
  assert.equal(redeemed.status, 200, redeemed.text)
  assert.equal(redeemed.body.id, id)
  assert.equal((await redeem(code)).body.code, 'GH_SCA_CODE_SPENT')
  const done = { ...early, as: other }
  assert.equal((await call('POST', '/decisions/{id}/settlement', done)).status, 404)
  assert.equal((await call('POST', '/decisions/{id}/settlement', early)).status, 200)
})

test('a transaction about something else than its decision is not begun, and the decision stays open', async (t) => {
  const { call, other } = await started(t)
  const body = { id: 'order-2', subject: 'cust-amira', act: ACT }
  assert.equal((await call('POST', '/decisions', { body })).body.outcome, 'required')
  const begin = (more: JsonObject, as?: typeof other) =>
    call('POST', '/transactions', {
      body: {
        subject: 'cust-amira',
        audience: AUDIENCE,
        purpose: purposeOf(),
        decisionId: 'order-2',
        ...more,
      },
      ...(as === undefined ? {} : { as }),
    })
  const wrong: readonly (readonly [JsonObject, typeof other | undefined])[] = [
    [{ purpose: { kind: 'account-access' } }, undefined],
    [{ subject: 'cust-ben' }, undefined],
    [{ purpose: purposeOf('12.51') }, undefined],
    [{}, other],
  ]
  for (const [more, as] of wrong) {
    const refused = await begin(more, as)
    assert.deepEqual([refused.status, refused.body.code], [409, 'GH_SCA_DECISION_MISMATCH'])
  }
  const settle = { id: 'order-2', body: { as: 'done' } }
  assert.equal((await call('POST', '/decisions/{id}/settlement', settle)).status, 409)
  // One that is not there yet is compared when it is answered.
  for (const more of [{}, { decisionId: 'order-9' }]) assert.equal((await begin(more)).status, 201)
})

test('an account is that of a payment however its scheme is written, and what no payment could have is refused', async (t) => {
  const { call, create, record } = await started(t)
  let count = 0
  const decide = (more: JsonObject) =>
    call('POST', '/decisions', {
      body: { id: `order-a${++count}`, subject: 'cust-amira', act: { ...ACT, ...more } },
    })
  /** As a payment says it, and as a decision may. */
  const fitting: readonly (readonly [JsonObject, readonly string[]])[] = [
    [
      { iban: 'DE02100100109307118603' },
      [
        'iban:DE02100100109307118603',
        'IBAN:de02 1001 0010 9307 1186 03',
        'UK.OBIE.IBAN:DE02100100109307118603',
      ],
    ],
    [
      { bban: '100100109307118603' },
      ['bban:100100109307118603', 'UK.OBIE.BBAN:100100109307118603'],
    ],
    [
      { schemeName: 'UK.OBIE.SortCodeAccountNumber', identification: '08080021325698' },
      ['sort-code:08080021325698', 'UK.OBIE.SortCodeAccountNumber:080800 21325698'],
    ],
    [
      {
        schemeName: 'UK.OBIE.SortCodeAccountNumber',
        identification: '08080021325698',
        secondaryIdentification: 'roll 7',
      },
      ['sort-code:08080021325698\nroll 7'],
    ],
    [
      { ispb: '12345678', issuer: '1774', number: '1234567890', accountType: 'CACC' },
      ['br:12345678/1774/1234567890/CACC', 'other br:12345678/1774/1234567890/CACC'],
    ],
    [{ schemeName: 'AU.BSB', identification: '062000-1' }, ['AU.BSB:062000-1']],
  ]
  for (const [creditorAccount, names] of fitting)
    for (const name of names) {
      const made = await decide({ payees: [name], debtor: name })
      assert.equal(made.status, 200, `${name}: ${made.text}`)
      const purpose = { kind: 'payment', payments: [{ ...PAYMENT, creditorAccount }] }
      await create({ decisionId: `order-a${count}`, purpose })
    }
  const wrong: readonly (readonly [string, string])[] = [
    ['DE02100100109307118603', 'malformed'],
    ['08080021325698', 'malformed'],
    ['', 'malformed'],
    [':DE02100100109307118603', 'malformed'],
    ['iban:', 'malformed'],
    ['iban:DE03100100109307118603', 'checksum'],
    ['iban:DE0210010010930711860', 'malformed'],
    ['sort-code:0808002132569', 'malformed'],
    ['UK.OBIE.SortCodeAccountNumber:GB33', 'malformed'],
    ['msisdn:491700000000', 'malformed'],
    ['AU.BSB:06\u200b2000', 'hidden-characters'],
    ['iban:DE02100100109307118603\na\nb', 'malformed'],
    ['iban :DE02100100109307118603', 'malformed'],
  ]
  const sound = 'iban:DE02100100109307118603'
  for (const [name, reason] of wrong) {
    const refused = await decide({ payees: [sound, name], debtor: name })
    assert.deepEqual([refused.status, refused.body.code], [400, 'GH_SCA_ACCOUNT'], name)
    assert.deepEqual(refused.body.faults, [
      { path: 'act.payees/1', reason },
      { path: 'act.debtor', reason },
    ])
    assert.ok(name === '' || !refused.text.includes(name))
  }
  for (const payees of [[], [7], 'iban:DE02100100109307118603', [sound, null]])
    assert.equal((await decide({ payees })).body.code, 'GH_SCA_TRANSACTION_INVALID')
  assert.equal((await record())?.decision.outcome, 'required')
})

test('a payment that begins a series says so, and is never exempt for being small', async (t) => {
  const { call, record } = await started(t)
  const decide = (id: string, beginsSeries: JsonValue) =>
    call('POST', '/decisions', {
      body: { id, subject: 'cust-amira', act: { ...ACT, beginsSeries } },
    })
  assert.equal((await decide('series-1', true)).body.outcome, 'required')
  const { context, decision } = (await record())?.evidence ?? {}
  assert.equal(context?.act.kind === 'remote-payment' && context.act.beginsSeries, true)
  assert.equal(decision?.outcome === 'required' && decision.why, 'it makes a series of payments')
  assert.equal((await decide('series-2', false)).status, 200)
  const one = (await record())?.evidence.context.act
  assert.ok(one?.kind === 'remote-payment' && !('beginsSeries' in one))
  assert.equal((await decide('series-1', false)).body.code, 'GH_SCA_ID_REUSED')
  assert.equal((await decide('series-3', 'yes')).body.code, 'GH_SCA_TRANSACTION_INVALID')
})

test('what was found of the payee is in the presentation of the transaction that the decision wants, without a name', async (t) => {
  for (const result of ['close', 'no-match', 'unavailable', 'match'] as const) {
    const name = result === 'close' ? { name: 'Shop GmbH' } : {}
    const found = { result, source: 'vop', ...name }
    const { call, create } = await started(t, undefined, () => Promise.resolve(found))
    const body = { id: 'order-3', subject: 'cust-amira', act: { ...ACT, payeeName: 'Shop' } }
    const decided = await call('POST', '/decisions', { body })
    assert.deepEqual(decided.body.payeeCheck, { result, ...name })
    const shown = async (id: string) => (await call('GET', '/transactions/{id}', { id })).body
    assert.deepEqual((await shown(await create({ decisionId: 'order-3' }))).payeeCheck, { result })
    // Nobody asked for those.
    assert.equal((await shown(await create())).payeeCheck, undefined)
    assert.equal((await shown(await create({ decisionId: 'later' }))).payeeCheck, undefined)
    await call('POST', '/decisions', {
      body: { id: 'order-4', subject: 'cust-amira', act: ACT },
    })
    assert.equal((await shown(await create({ decisionId: 'order-4' }))).payeeCheck, undefined)
  }
})

test('of a decision that became another program’s after the transaction was made nothing is shown', async (t) => {
  const payeeCheck = () => Promise.resolve({ result: 'no-match', source: 'vop' } as const)
  const { call, create, other } = await started(t, undefined, payeeCheck)
  const id = await create({ decisionId: 'order-5' })
  const body = { id: 'order-5', subject: 'cust-amira', act: { ...ACT, payeeName: 'Shop' } }
  assert.equal((await call('POST', '/decisions', { body, as: other })).status, 200)
  const shown = await call('GET', '/transactions/{id}', { id })
  assert.equal(shown.status, 200)
  assert.equal(shown.body.payeeCheck, undefined)
})

test('with an idempotency key a transaction is created once, whoever asks again and however often at once', async (t) => {
  const { call, other, verify } = await started(t)
  const body = { subject: 'cust-amira', audience: AUDIENCE, purpose: purposeOf() }
  const post = (key: string, changes: JsonObject = {}, more = {}) =>
    call('POST', '/transactions', { key, body: { ...body, ...changes }, ...more })
  const made = await Promise.all(Array.from({ length: 50 }, () => post('order-7')))
  assert.deepEqual(new Set(made.map(({ status }) => status)), new Set([201]))
  const [{ id } = { id: '' }, ...others] = [...new Set(made.map(({ text }) => text))].map(
    (text) => JSON.parse(text) as { readonly id: string }, // sound: as the document has it
  )
  assert.equal(others.length, 0, 'one transaction, one time of its end')
  assert.equal(made[0]?.headers.get('location'), `/sca/v1/transactions/${id}`)
  // Another client's key, and another key, are of another transaction.
  assert.notEqual((await post('order-7', {}, { as: other })).body.id, id)
  assert.notEqual((await post('"order-7"')).body.id, id)
  const spoilt: readonly JsonObject[] = [
    { purpose: purposeOf('12.51') },
    { purpose: purposeOf('12.50', 'Shop 2') },
    { subject: 'cust-ben' },
    { audience: 'https://other.bank.example' },
    { consentId: 'c' },
    { decisionId: 'd' },
    { purpose: { kind: 'account-access' } },
  ]
  for (const changes of spoilt) {
    const refused = await post('order-7', changes)
    assert.equal(refused.status, 422, JSON.stringify(changes))
    assert.equal(refused.body.code, 'GH_SCA_KEY_REUSED')
  }
  // Also after it was answered: nothing is opened anew.
  assert.equal((await verify(id)).status, 200)
  assert.equal((await post('order-7')).body.id, id)
  assert.equal((await verify(id)).body.code, 'GH_SCA_TRANSACTION_SETTLED')
  for (const key of ['a b', 'x'.repeat(256)])
    assert.equal((await post(key)).body.code, 'GH_SCA_TRANSACTION_INVALID', key.slice(0, 9))
})

test('what cannot be done at present is 503, and says when to ask again; what is behind it is not told', async (t) => {
  const detail = 'sca.fraudScores'
  let failing: ErrorCode | undefined
  const { call } = await started(t, () => failing && new GatehouseError(failing, detail))
  const expected: readonly (readonly [ErrorCode, number, string | undefined, string | null])[] = [
    ['GH_SCA_BANK_UNREACHABLE', 503, 'GH_SCA_BANK_UNREACHABLE', '10'],
    ['GH_SCA_BUSY', 503, 'GH_SCA_BUSY', '1'],
    ['GH_STORE_UNAVAILABLE', 503, undefined, null],
  ]
  for (const [code, status, told, retry] of expected) {
    failing = code
    const body = { id: 'order-1', subject: 'cust-amira', act: ACT }
    const answer = await call('POST', '/decisions', { body })
    assert.deepEqual([answer.status, answer.body.code], [status, told], answer.text)
    assert.equal(answer.headers.get('retry-after'), retry)
    assert.ok(!answer.text.includes(detail))
  }
  failing = undefined
  const body = { id: 'order-1', subject: 'cust-amira', act: ACT }
  assert.equal((await call('POST', '/decisions', { body })).status, 200)
})

test('a code is for its payment, payee, customer, client and place; any other use voids it', async (t) => {
  const { redeem, codeFor, other, shop } = await started(t)
  const uses: readonly (readonly [JsonObject, typeof shop, string])[] = [
    [{ purpose: purposeOf('12.51') }, shop, 'GH_SCA_LINK_MISMATCH'],
    [{ purpose: purposeOf('12.50', 'Shоp') }, shop, 'GH_SCA_LINK_MISMATCH'],
    [{ subject: 'cust-ben' }, shop, 'GH_SCA_CODE_INVALID'],
    [{}, other, 'GH_SCA_CODE_INVALID'],
    [{ consentId: 'c' }, shop, 'GH_SCA_CODE_INVALID'],
  ]
  for (const [more, as, expected] of uses) {
    const code = await codeFor()
    assert.equal((await redeem(code, more, as)).body.code, expected)
    assert.equal((await redeem(code)).body.code, 'GH_SCA_CODE_SPENT', 'voided')
  }
  const code = await codeFor()
  assert.equal((await redeem(code, { audience: 'https://x' })).body.code, 'GH_SCA_CODE_INVALID')
  assert.equal((await redeem(`${code}x`)).body.code, 'GH_SCA_CODE_INVALID')
  const once = await Promise.all(Array.from({ length: 50 }, () => redeem(code)))
  assert.equal(once.filter(({ status }) => status === 200).length, 1)
})

test('another client’s transaction is not there, whatever is asked of it', async (t) => {
  const { call, create, other } = await started(t)
  const id = await create()
  const network = '192.0.2.7'
  const answers = { network, answers: [{ kind: 'passcode', value: PASSCODE }] }
  const tries: readonly (readonly ['GET' | 'POST', string, JsonObject?])[] = [
    ['GET', '/transactions/{id}'],
    ['POST', '/transactions/{id}/answers', answers],
    ['POST', '/transactions/{id}/questions', { kind: 'approval' }],
    ['POST', '/transactions/{id}/refusal'],
    ['POST', '/transactions/{id}/code'],
  ]
  for (const [method, template, body] of tries) {
    const of = { as: other, ...(body === undefined ? {} : { body }) }
    const foreign = await call(method, template, { id, ...of })
    const never = await call(method, template, { id: 'A'.repeat(22), ...of })
    assert.deepEqual([foreign.status, foreign.text], [never.status, never.text])
    assert.equal(foreign.status, 404)
  }
  assert.equal((await call('POST', '/transactions/{id}/refusal', { id })).status, 204)
  const gone = await call('POST', '/transactions/{id}/refusal', { id })
  assert.equal(gone.body.code, 'GH_SCA_TRANSACTION_REFUSED')
})

test('wrong answers do not say which, and five of them block', async (t) => {
  const { create, verify } = await started(t)
  const id = await create()
  const bodies = []
  for (let at = 0; at < 5; at++)
    bodies.push(
      await verify(
        id,
        at % 2 === 0 ? { passcode: 'wrong harbour' } : { 'transaction-code': '00000000' },
      ),
    )
  assert.deepEqual(
    bodies.map(({ body }) => [body.code, body.attemptsLeft]),
    [4, 3, 2, 1]
      .map((left): JsonValue[] => ['GH_SCA_FAILED', left])
      .concat([['GH_SCA_BLOCKED', undefined as never]]),
  )
  const blocked = await verify(id)
  assert.equal(blocked.body.code, 'GH_SCA_BLOCKED')
  assert.ok(Date.parse(blocked.headers.get('retry-after') ?? '') > Date.now())
})

test('who has no token for it, or is no client of the bank, is refused; so is what cannot be read', async (t) => {
  const { ask, shop, call } = await started(t)
  const unknown = await ask('/sca/v1/transactions', { method: 'POST', body: '{}' })
  assert.equal(unknown.status, 401)
  assert.match(unknown.headers.get('content-type') ?? '', /problem\+json/)
  const accounts = await ownToken(ask, shop, 'accounts')
  const scope = await callResource(ask, shop, accounts, 'GET', '/sca/v1/transactions/x')
  assert.equal(scope.status, 403)
  const sound: JsonObject = { subject: 'a', audience: AUDIENCE, purpose: purposeOf() }
  const spoilt: readonly JsonObject[] = [
    {},
    { ...sound, more: 1 },
    { ...sound, subject: '' },
    { ...sound, purpose: { kind: 'gift' } },
    { ...sound, purpose: { kind: 'payment', payments: [] } },
    { ...sound, purpose: { kind: 'payment', payments: [{ ...PAYMENT, instructedAmount: 12.5 }] } },
    { ...sound, purpose: { kind: 'payment', payments: ['x'] } },
    { ...sound, purpose: purposeOf('0x10') },
    { ...sound, purpose: { kind: 'risky-act', what: 'gift' } },
  ]
  for (const body of spoilt) {
    const refused = await call('POST', '/transactions', { body })
    assert.equal(refused.status, 400, JSON.stringify(body))
    assert.equal(refused.body.code, 'GH_SCA_TRANSACTION_INVALID')
  }
  const act = { id: 'x', subject: 'a', act: { ...ACT, amount: { value: '-1', currency: 'EUR' } } }
  assert.equal((await call('POST', '/decisions', { body: act })).body.code, 'GH_SCA_QUESTION')
  const settle = await call('POST', '/decisions/{id}/settlement', {
    id: 'no',
    body: { as: 'void' },
  })
  assert.equal(settle.status, 404)
})

test('whoever speaks to devices gives them the question and brings their answer, and nothing but a device answers', async (t) => {
  const pushed: string[] = []
  const push: DevicePush = {
    push: ({ transaction }) => Promise.resolve(void pushed.push(transaction)),
  }
  const { call, create, redeem, other, sca } = await started(t, undefined, undefined, push)
  const device = await enrolDevice({ sca }, 'cust-amira')
  const stranger = await enrolDevice({ sca }, 'cust-ben')
  const question = (id: string) => call('GET', '/approvals/{id}', { id, as: other })
  const answer = (id: string, signed: string) =>
    call('POST', '/approvals/{id}', { id, as: other, body: { signed } })
  const ask = async (id: string): Promise<string> =>
    (await call('POST', '/transactions/{id}/questions', { id, body: { kind: 'approval' } })).body
      .number
  const verify = (id: string) =>
    call('POST', '/transactions/{id}/answers', {
      id,
      body: {
        network: '192.0.2.7',
        answers: [
          { kind: 'passcode', value: PASSCODE },
          { kind: 'approval', value: null },
        ],
      },
    })
  const id = await create()
  // No device was asked.
  assert.equal((await question(id)).status, 404)
  assert.equal((await verify(id)).body.code, 'GH_SCA_FAILED')
  const number = await ask(id)
  assert.deepEqual(pushed, [id])
  const shown = (await question(id)).body
  assert.deepEqual(shown.shown.totals, [{ amount: '12.50', currency: 'EUR' }])
  assert.deepEqual(shown.devices, [device.id])
  assert.ok(!JSON.stringify(shown).includes(`"${number}"`))
  const { challenge } = shown as { challenge: string }
  const said = { transaction: id, challenge, decision: 'approve', number }
  const another = await create({ purpose: purposeOf('12.51') })
  const forged: readonly string[] = [
    'x',
    stranger.sign(said),
    device.sign(said, { kid: stranger.id }),
    device.sign(said, { typ: 'gatehouse-device+jws' }),
    device.sign({ ...said, transaction: another }),
    device.sign({
      ...said,
      challenge: challenge.replace(/^./, (one) => (one === 'A' ? 'B' : 'A')),
    }),
    device.sign({ ...said, decision: 'maybe' }),
  ]
  for (const signed of forged)
    assert.equal((await answer(id, signed)).body.code, 'GH_SCA_FAILED', signed.slice(0, 9))
  const asks = await Promise.all(Array.from({ length: 50 }, () => answer(id, device.sign(said))))
  assert.equal(asks.filter(({ status }) => status === 200).length, 1, 'one answer')
  assert.equal((await question(id)).status, 404, 'it waits no more')
  const presented = await call('GET', '/transactions/{id}', { id })
  assert.equal(presented.body.questions.approval.answered, true)
  // What the device said of one transaction is nothing to another.
  assert.equal((await verify(another)).body.code, 'GH_SCA_FAILED')
  const verified = await verify(id)
  assert.deepEqual(verified.body.factors, ['passcode', 'approval'], verified.text)
  const { code } = (await call('POST', '/transactions/{id}/code', { id })).body
  assert.equal((await redeem(code)).status, 200)
  // Asked anew, what was answered before is none.
  const again = await create()
  const first = await ask(again)
  const asked = (await question(again)).body as { challenge: string }
  const yes = { transaction: again, challenge: asked.challenge, decision: 'approve' }
  assert.equal((await answer(again, device.sign({ ...yes, number: first }))).status, 200)
  const second = await ask(again)
  assert.equal((await verify(again)).body.code, 'GH_SCA_FAILED')
  const old = await answer(again, device.sign({ ...yes, number: first }))
  if (first !== second) assert.equal(old.body.code, 'GH_SCA_TRANSACTION_REFUSED')
  assert.equal((await question('A'.repeat(22))).status, 404)
})

test('a passkey: to present gives what the browser is asked, to verify takes what it answered', async (t) => {
  const { call, create, redeem, sca } = await started(t)
  const key = new Authenticator()
  const challengeOf = (of: JsonObject) => ({ challenge: textAt(of, 'challenge') })
  await enrol(sca, 'cust-amira', 'passkey', (options) => key.create(challengeOf(options)))
  const id = await create()
  const shown = await call('GET', '/transactions/{id}', { id })
  const question: JsonObject = shown.body.questions.passkey
  assert.equal(question['rpId'], RP_ID)
  assert.equal(question['userVerification'], 'required')
  assert.deepEqual(question['allowCredentials'], [
    { type: 'public-key', id: key.id.toString('base64url') },
  ])
  assert.deepEqual(shown.body.combinations[0], ['passkey'])
  const verify = (value: JsonValue, of = id) =>
    call('POST', '/transactions/{id}/answers', {
      id: of,
      body: { network: '192.0.2.7', answers: [{ kind: 'passkey', value }] },
    })
  const asked = challengeOf(question)
  const another = await create({ purpose: purposeOf('12.51') })
  const wrong: readonly (readonly [string, JsonValue])[] = [
    ['text', 'passkey'],
    ['another origin', key.get({ ...asked, origin: 'https://evil.example' })],
    ['no verification', key.get({ ...asked, flags: { uv: false } })],
  ]
  for (const [what, value] of wrong)
    assert.equal((await verify(value)).body.code, 'GH_SCA_FAILED', what)
  // Signed for one amount, sent for another.
  const signed = key.get(asked)
  assert.equal((await verify(signed, another)).body.code, 'GH_SCA_FAILED')
  const verified = await verify(signed)
  assert.deepEqual(verified.body.factors, ['passkey'])
  const { code } = (await call('POST', '/transactions/{id}/code', { id })).body
  assert.equal((await redeem(code)).status, 200)
})
