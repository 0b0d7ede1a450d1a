/** What exemptions rest on, over HTTP by the document of `/sca/v1`: a payee is trusted by the code of exactly this, and what must not work. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { textAt } from '../../../src/identity/consents/shape.ts'
import type { JsonObject } from '../../../src/lib/index.ts'
import { callResource, ownToken } from '../consents/bank.ts'
import { makeClient, type TestClient } from '../client.ts'
import { PASSCODE, startStrongBank } from './strong-bank.ts'

const FILE = join(import.meta.dirname, '../../../docs/openapi/sca-v1.json')
const ajv = new Ajv2020({ strict: false })
ajv.addSchema(JSON.parse(readFileSync(FILE, 'utf8')) as object, 'doc') // sound: the document is an object

const AUDIENCE = 'https://core.bank.example'
const SHOP = { name: 'Shop', account: 'iban:DE02100100109307118603' }
const OTHER = { name: 'Other', account: 'iban:DE89370400440532013000' }
const TRUST = { as: 'trust', payees: [SHOP] }
const RENT = {
  as: 'series',
  series: 'rent',
  payee: SHOP,
  amount: { value: '800', currency: 'EUR' },
}
const subject = 'cust-amira'

async function started(t: TestContext) {
  const [app, shop] = await Promise.all([makeClient('app'), makeClient('shop')])
  const bank = await startStrongBank(t, [app, shop])
  const both = await ownToken(bank.ask, app, 'sca sca-registers')
  const plain = await ownToken(bank.ask, shop, 'sca')
  const call = async (
    path: string,
    body?: JsonObject,
    as: TestClient = app,
    token = as === app ? both : plain,
  ) => {
    const method = body === undefined ? 'GET' : 'POST'
    const sent = body === undefined ? {} : { body }
    const answer = await callResource(bank.ask, as, token, method, `/sca/v1/${path}`, sent)
    if (path.startsWith('registers')) {
      const kind = answer.status < 300 ? 'application~1json' : 'application~1problem+json'
      const at = `#/paths/~1${path.replaceAll('/', '~1')}/post`
      const fits = (part: string, value: unknown): void => {
        const validate = ajv.getSchema(`doc${at}/${part}/schema`.replaceAll('+', '%2B'))
        assert.ok(validate, `${path} ${part}`)
        assert.ok(validate(value), `${path}: ${ajv.errorsText(validate.errors)} ${answer.text}`)
      }
      fits(`responses/${answer.status}/content/${kind}`, answer.body)
      if (answer.status < 300) fits('requestBody/content/application~1json', body)
    }
    return answer
  }
  /** Decides, shows, authenticates, and gives the code with what the customer was shown. */
  async function codeFor(
    id: string,
    change: JsonObject,
    { decided = true, as = app }: { decided?: boolean; as?: TestClient } = {},
  ) {
    const what = change['as'] === 'series' ? 'series' : 'trusted-payees'
    const act = { kind: 'risky-act', what, change }
    if (decided) {
      const answer = await call('decisions', { id, subject, act }, as)
      assert.equal(answer.body.outcome, 'required', answer.text)
    }
    const purpose = { kind: 'risky-act', what, change }
    const of = { subject, audience: AUDIENCE, purpose, ...(decided ? { decisionId: id } : {}) }
    const made = await call('transactions', of, as)
    assert.equal(made.status, 201, made.text)
    const shown = await call(`transactions/${made.body.id}`, undefined, as)
    const question = textAt(shown.body.questions['transaction-code'], 'question')
    const answers = [
      { kind: 'passcode', value: PASSCODE },
      { kind: 'transaction-code', value: bank.token(question) },
    ]
    const typed = { network: '192.0.2.7', answers }
    assert.equal((await call(`transactions/${made.body.id}/answers`, typed, as)).status, 200)
    const { body } = await call(`transactions/${made.body.id}/code`, {}, as)
    return { code: String(body.code), shown: shown.body.shown as JsonObject }
  }
  const change = (code: string, of: JsonObject, more: JsonObject = {}, as = app) =>
    call('registers/changes', { subject, audience: AUDIENCE, code, change: of, ...more }, as)
  const kept = async () => (await call('registers', { subject })).body
  const errors = () => bank.evidence.entries.filter(({ action }) => action === 'register-change')
  return { ...bank, call, codeFor, change, kept, errors, app, shop }
}

test('a payee is trusted by the code of exactly this change, once, and taken off by another', async (t) => {
  const { codeFor, change, kept, errors } = await started(t)
  const { code, shown } = await codeFor('d-1', TRUST)
  assert.deepEqual(shown['change'], {
    as: 'trust',
    payees: [{ payeeName: 'Shop', payeeAccount: 'DE02 1001 0010 9307 1186 03' }],
  })
  assert.deepEqual((await kept()).trustedPayees, [])
  assert.equal((await change(code, TRUST)).status, 200)
  assert.equal((await change(code, TRUST)).body.code, 'GH_SCA_CODE_SPENT')
  const [entry] = (await kept()).trustedPayees
  assert.deepEqual([entry.name, entry.account], [SHOP.name, SHOP.account])
  const off = { as: 'distrust', payees: [SHOP] }
  assert.equal((await change((await codeFor('d-2', off)).code, off)).status, 200)
  assert.deepEqual((await kept()).trustedPayees, [])
  assert.deepEqual(
    errors().map(({ by, client, purpose, outcome }) => [by, client, purpose, outcome]),
    [
      ['customer', 'app', 'trust', 'done'],
      ['customer', 'app', 'distrust', 'done'],
    ],
  )
})

test('a code of anything else enters nothing, and is void', async (t) => {
  const { codeFor, change, kept } = await started(t)
  const wrong: readonly (readonly [JsonObject, JsonObject, string])[] = [
    [{ as: 'trust', payees: [OTHER] }, {}, 'GH_SCA_LINK_MISMATCH'],
    [{ as: 'trust', payees: [{ ...SHOP, name: 'Shop 2' }] }, {}, 'GH_SCA_LINK_MISMATCH'],
    [{ as: 'trust', payees: [SHOP, OTHER] }, {}, 'GH_SCA_LINK_MISMATCH'],
    [{ as: 'distrust', payees: [SHOP] }, {}, 'GH_SCA_LINK_MISMATCH'],
    [RENT, {}, 'GH_SCA_LINK_MISMATCH'],
    [TRUST, { subject: 'cust-ben' }, 'GH_SCA_CODE_INVALID'],
    [TRUST, { audience: 'https://other.example' }, 'GH_SCA_CODE_INVALID'],
  ]
  for (const [at, [asked, more, expected]] of wrong.entries()) {
    const { code } = await codeFor(`w-${at}`, TRUST)
    assert.equal((await change(code, asked, more)).body.code, expected, JSON.stringify(asked))
    if (expected === 'GH_SCA_LINK_MISMATCH')
      assert.equal((await change(code, TRUST)).body.code, 'GH_SCA_CODE_SPENT')
  }
  const { code } = await codeFor('none', TRUST, { decided: false })
  const undecided = await change(code, TRUST)
  assert.equal(undecided.body.code, 'GH_SCA_REGISTER_UNAUTHENTICATED')
  assert.deepEqual((await kept()).trustedPayees, [])
})

test('a series is changed by its code, used by payments, and ends; accounts and processes are the bank’s word', async (t) => {
  const { codeFor, change, call, kept } = await started(t)
  const { code, shown } = await codeFor('s-1', RENT)
  assert.deepEqual((shown['change'] as JsonObject)['amount'], '800.00 EUR') // sound: the document says so
  const dearer = { ...RENT, amount: { value: '900', currency: 'EUR' } }
  assert.equal((await change(code, dearer)).body.code, 'GH_SCA_LINK_MISMATCH')
  assert.equal((await change((await codeFor('s-2', RENT)).code, RENT)).status, 200)
  assert.deepEqual(
    (await kept()).series.map(({ amount }: { amount: string }) => amount),
    ['800.00 EUR'],
  )
  const end = { subject, series: 'rent' }
  assert.equal((await call('registers/series/ends', end)).body.outcome, 'ended')
  assert.equal((await call('registers/series/ends', end)).body.outcome, 'none')
  const own = { subject, accounts: [SHOP.account, OTHER.account] }
  assert.equal((await call('registers/own-accounts', own)).status, 200)
  const wrong = await call('registers/own-accounts', { subject, accounts: ['4711'] })
  assert.deepEqual([wrong.status, wrong.body.code], [400, 'GH_SCA_REGISTER'])
  assert.doesNotMatch(wrong.text, /\b4711\b/)
  const put = { subject, process: 'host-to-host', given: true }
  assert.equal((await call('registers/processes', put)).body.outcome, 'changed')
  const view = await kept()
  assert.equal(view.ownAccounts.count, 2)
  assert.deepEqual([view.processes[0].name, view.processes[0].by], ['host-to-host', 'app'])
})

test('only the bank’s own client with that right, and only what can be read', async (t) => {
  const { call, change, codeFor, shop } = await started(t)
  for (const [path, body] of [
    ['registers', { subject }],
    ['registers/changes', { subject, audience: AUDIENCE, code: 'x', change: TRUST }],
    ['registers/series/ends', { subject, series: 'rent' }],
    ['registers/own-accounts', { subject, accounts: [SHOP.account] }],
    ['registers/processes', { subject, process: 'p', given: true }],
  ] as const) {
    assert.equal((await call(path, body, shop)).status, 403, path)
    assert.equal((await call(path, { ...body, more: 1 })).status, 400, path)
  }
  // What another client had authenticated is of no use to this one.
  const { code } = await codeFor('theirs', TRUST, { as: shop })
  assert.equal((await change(code, TRUST)).body.code, 'GH_SCA_CODE_INVALID')
  const act = (more: JsonObject) =>
    call('decisions', {
      id: 'x',
      subject,
      act: { kind: 'risky-act', what: 'trusted-payees', ...more },
    })
  const faulty: readonly JsonObject[] = [
    { change: { as: 'trust', payees: [] } },
    { change: { as: 'trust', payees: [{ ...SHOP, account: '4711' }] } },
    { change: { as: 'trust', payees: [{ ...SHOP, account: 'iban:DE03100100109307118603' }] } },
    { change: { as: 'trust', payees: [{ ...SHOP, name: 'p\u0430ypal' }] } },
    { change: { as: 'trust', payees: [{ ...SHOP, name: 'Sh\u200bop' }] } },
    { change: { as: 'trust', payees: [{ ...SHOP, name: `S${'\u0301'.repeat(9)}hop` }] } },
    { change: { as: 'trust', payees: [SHOP, { ...SHOP, name: 'Shop 2' }] } },
    { change: { as: 'trust', payees: Array.from({ length: 21 }, () => SHOP) } },
    { what: 'limits', change: TRUST },
    { change: RENT },
    { what: 'series', change: { ...RENT, amount: { value: '0', currency: 'EUR' } } },
    { change: { as: 'all' } },
  ]
  for (const more of faulty) assert.equal((await act(more)).status, 400, JSON.stringify(more))
  assert.equal((await act({ change: TRUST })).status, 200)
})
