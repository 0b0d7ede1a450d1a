/** A device that is asked and a code that is sent, from `/approvals` and `/security`, without script: what is offered there, limited there, refused there. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { decodeJwt } from 'jose'
import { MAX_ASKS } from '../../../src/sca/attempts/asks.ts'
import { TRANSACTION_MS } from '../../../src/sca/transactions/desk.ts'
import { decoupledClient, phoneOf, poll } from '../approvals/phone.ts'
import { askDecoupled } from '../client.ts'
import { formOf, page, Person, type Shown } from '../consents/journey.ts'
import { assertAnswer } from '../refusals.ts'
import {
  anotherNumber,
  askedBank,
  type Kinds,
  look,
  numberIn,
  offered,
  passcode,
} from './asked-bank.ts'
import { STRONG } from './strong-bank.ts'

const AMIRA = 'cust-amira'
const PAY = {
  type: 'payment_initiation',
  instructedAmount: { currency: 'EUR', amount: '123.50' },
  creditorName: 'Merchant 123',
  creditorAccount: { iban: 'DE02100100109307118603' },
}
/** Of the other screen of CIBA, which the customer types here. */
const number = ['number', '4711'] as const

async function decoupled(t: TestContext, kinds: Kinds) {
  const client = await decoupledClient('tpp')
  const bank = await askedBank(t, [client], kinds, { decoupled: 'page' })
  const asked = async (creditorName = PAY.creditorName) => {
    const made = await askDecoupled(bank.ask, client, {
      scope: 'openid payments',
      login_hint: 'amira',
      binding_message: '4711',
      authorization_details: JSON.stringify([{ ...PAY, creditorName }]),
    })
    assertAnswer(made, '200', 'asked')
    return () => poll(bank.ask, client, String(made.body['auth_req_id']))
  }
  const toldOf = await asked()
  const { person, open, approve, refuse } = await phoneOf(bank.ask)
  return {
    ...bank,
    asked,
    toldOf,
    person,
    open,
    approve,
    refuse,
    shown: await open(),
    askFor: (shown: Shown, kind: string, fields: readonly (readonly [string, string])[] = []) =>
      person.send(shown, /\/ask$/, [...fields, ['ask', kind]]),
    look: (shown: Shown) => look(person, shown),
  }
}

/** Refuses on the device, or approves there with another number. */
async function deny(
  phone: Awaited<ReturnType<Awaited<ReturnType<typeof askedBank>>['phone']>>,
  waits: Shown,
  wrong: boolean,
): Promise<void> {
  const said = wrong
    ? await phone.says('approve', { number: anotherNumber(waits) })
    : await phone.says('refuse')
  assert.equal(said.ok, !wrong)
}

async function secured(t: TestContext, kinds: Kinds) {
  const bank = await askedBank(t, [], kinds)
  const person = new Person(bank.ask)
  page(await person.login(page(await person.open('/security')), 'amira'))
  const devices = () => bank.sca.enrolment.devices(AMIRA)
  return {
    ...bank,
    person,
    devices,
    idOf: async (kind: string) => (await devices()).find((one) => one.kind === kind)?.id ?? '',
    add: async (kind: string) => page(await person.open(`/security/add/${kind}`)),
    askFor: (shown: Shown, kind: string) =>
      person.send(shown, /\/(add\/[a-z-]+|remove)$/, [['ask', kind]]),
    answer: (shown: Shown, ...fields: (readonly [string, string])[]) =>
      person.send(shown, /\/(add\/[a-z-]+|remove)$/, fields),
    look: (shown: Shown) => look(person, shown),
  }
}

test('/approvals: a device is asked with amount and payee, approves, and the answer needs the passcode and the other number', async (t) => {
  const bank = await decoupled(t, ['passcode', 'approval'])
  const { shown } = bank
  assert.deepEqual(offered(shown), ['approval'])
  assert.doesNotMatch(shown.text, /<script|type="password"/)
  const waits = page(await bank.askFor(shown, 'approval'))
  assert.match(numberIn(waits), /^\d\d$/)
  for (const seen of [/123\.50 EUR/, /Merchant 123/, /DE02 1001/])
    assert.ok((seen.exec(waits.text)?.index ?? -1) > 0, seen.source)
  // Nothing is asked again by looking, and there is nothing to type yet.
  assert.equal(numberIn(page(await bank.person.open(waits.path))), numberIn(waits))
  assert.match(page(await bank.look(waits)).text, /data-part="not-yet"/)
  assert.doesNotMatch(waits.text, /name="passcode"|name="number"/)
  assert.equal(bank.pushed.length, 1)
  const phone = await bank.phone()
  assert.equal(phone.question.shown.payments[0]?.payeeName, 'Merchant 123')
  assert.equal((await phone.says('approve', { number: numberIn(waits) })).ok, true)
  assertAnswer(await bank.toldOf(), '400 authorization_pending', 'one element is not enough')
  const approved = page(await bank.look(waits))
  assert.match(approved.text, /data-part="answered"[\s\S]*name="passcode"/)
  // What is missing or wrong leaves the device's answer where it is.
  const missing = page(await bank.approve(approved, [['number', ''], passcode]), 422)
  const wrong = page(await bank.approve(missing, [number, ['passcode', 'wrong harbour']]), 403)
  page(await bank.approve(wrong, [number, passcode]))
  const done = await bank.toldOf()
  assertAnswer(done, '200', 'approved')
  assert.equal(decodeJwt(String(done.body['access_token']))['acr'], STRONG)
  const { decision } = (await bank.record()) ?? {}
  assert.deepEqual([decision?.method, decision?.state], ['passcode+approval', 'done'])
  assert.equal(bank.pushed.length, 1)
})

test('/approvals: the number of the other screen is one try, whatever the device says', async (t) => {
  const bank = await decoupled(t, ['passcode', 'approval'])
  const waits = page(await bank.askFor(bank.shown, 'approval'))
  await (await bank.phone()).says('approve', { number: numberIn(waits) })
  const approved = page(await bank.look(waits))
  // Not the two digits that the device was to be told.
  page(await bank.approve(approved, [['number', numberIn(waits)], passcode]))
  assertAnswer(await bank.toldOf(), '400 access_denied', 'refused')
  assert.equal((await bank.record())?.decision.state, 'void')
})

test('/approvals: refused on the device, or by another number there: nothing can be answered, nobody is asked for a while', async (t) => {
  for (const wrong of [false, true]) {
    const bank = await decoupled(t, ['passcode', 'approval'])
    const waits = page(await bank.askFor(bank.shown, 'approval'))
    await deny(await bank.phone(), waits, wrong)
    const over = page(await bank.look(waits), 403)
    assert.match(over.text, /data-part="refused"/)
    assert.deepEqual(offered(over), [])
    // Who sends by hand what the page of before would have sent.
    const text = over.text.replaceAll('/refuse"', '/approve"')
    const [, id = ''] = /transaction=([A-Za-z0-9_-]+)/.exec(waits.path) ?? []
    const fields = [
      ['transaction', id],
      ['by', 'approval'],
      ['approval', 'answered'],
    ] as const
    page(await bank.approve({ ...over, text }, [...fields, number, passcode]), 403)
    assertAnswer(await bank.toldOf(), '400 authorization_pending', 'not by this')
    const again = await bank.open()
    const told = page(await bank.askFor(again, 'approval'), 429)
    assert.match(told.text, /id="failed"/)
    assert.equal(bank.pushed.length, 1)
    bank.later(60_000)
    page(await bank.askFor(told, 'approval'))
    assert.equal(bank.pushed.length, 2)
    page(await bank.refuse(over))
    assertAnswer(await bank.toldOf(), '400 access_denied', 'refused')
  }
})

test('/approvals: a code is sent for this very approval, is no code of another, and is sent seldom', async (t) => {
  const bank = await decoupled(t, ['passcode', 'one-time-code'])
  assert.deepEqual(offered(bank.shown), ['one-time-code'])
  const first = page(await bank.askFor(bank.shown, 'one-time-code'))
  const [message] = bank.sent
  assert.equal(message?.transaction?.shown.payments[0]?.payeeName, 'Merchant 123')
  assert.ok(!first.text.includes(message.code))
  page(await bank.person.open(first.path))
  assert.equal(bank.sent.length, 1)
  const toldOfOther = await bank.asked('Merchant 124')
  const other = page(await bank.askFor(await bank.open(), 'one-time-code'))
  const code = (at: number) => ['one-time-code', bank.sent[at]?.code ?? ''] as const
  page(await bank.approve(other, [number, passcode, code(0)]), 403)
  // Its page is there, its transaction made way for the newer question.
  page(await bank.approve(first, [number, passcode, code(0)]), 403)
  assertAnswer(await bank.toldOf(), '400 authorization_pending', 'neither')
  page(await bank.approve(other, [number, passcode, code(1)]))
  assertAnswer(await toldOfOther(), '200', 'the other')
  let last = await bank.open()
  for (let at = 0; at < MAX_ASKS; at++) last = page(await bank.askFor(last, 'one-time-code'))
  const { length } = bank.sent
  last = page(await bank.askFor(last, 'one-time-code'), 429)
  assert.equal(bank.sent.length, length)
  // What arrived can still be typed, in its time; clicks keep the customer logged in.
  assert.match(last.text, /name="one-time-code"/)
  bank.later(TRANSACTION_MS / 2)
  page(await bank.person.open('/approvals'))
  // The approval ends with it: its end is of the library's clock, which is a second or two off.
  bank.later(TRANSACTION_MS / 2 + 60_000)
  page(await bank.approve(last, [number, passcode, code(length - 1)]), 404)
  assert.equal((await bank.record())?.decision.state, 'open')
})

test('/approvals: what is not his, not asked or not there is asked of nobody', async (t) => {
  const bank = await decoupled(t, ['passcode', 'approval', 'one-time-code'])
  const ben = await phoneOf(bank.ask, 'ben')
  const { text } = bank.shown
  const stolen = text.replaceAll(/name="form" value="[^"]*"/g, () => {
    const [, token = ''] = /name="form" value="([^"]*)"/.exec(ben.list.text) ?? []
    return `name="form" value="${token}"`
  })
  page(await ben.person.send({ ...bank.shown, text: stolen }, /\/ask$/, [['ask', 'approval']]), 404)
  page(await ben.person.send(bank.shown, /\/ask$/, [['ask', 'approval']]), 403)
  const without = text.replaceAll(/<input type="hidden" name="transaction"[^>]*>/g, '')
  page(
    await bank.askFor({ ...bank.shown, text: without }, 'approval', [['transaction', 'nothing']]),
    409,
  )
  page(await bank.askFor(bank.shown, 'passcode'))
  const headers = { origin: 'https://evil.example' }
  page(await bank.person.send(bank.shown, /\/ask$/, [['ask', 'approval']], headers), 403)
  bank.away(true)
  page(await bank.askFor(bank.shown, 'approval'), 503)
  assert.deepEqual([bank.pushed, bank.sent], [[], []])
})

test('/security: who has an app and a passcode adds by them, which before took a code of the bank', async (t) => {
  const bank = await secured(t, ['passcode', 'approval'])
  const shown = await bank.add('transaction-code')
  assert.deepEqual(offered(shown), ['approval'])
  assert.doesNotMatch(shown.text, /<script|name="code"/)
  const waits = page(await bank.askFor(shown, 'approval'))
  assert.equal(numberIn(page(await bank.person.open(waits.path))), numberIn(waits))
  assert.match(page(await bank.look(waits)).text, /data-part="not-yet"/)
  const phone = await bank.phone()
  assert.equal(phone.question.what, 'credentials')
  assert.equal((await phone.says('approve', { number: numberIn(waits) })).ok, true)
  const approved = page(await bank.look(waits))
  const wrong = page(await bank.answer(approved, ['passcode', 'wrong harbour']), 403)
  formOf(page(await bank.answer(wrong, passcode)), /\/finish\/transaction-code$/)
  assert.equal(bank.pushed.length, 1)
  // That answer is spent, and was for this kind alone.
  page(await bank.answer(approved, passcode), 409)
  const text = approved.text.replaceAll('/add/transaction-code', '/add/totp')
  page(await bank.answer({ ...approved, text }, passcode), 409)
  assert.equal((await bank.devices()).length, 2)
})

test('/security: refused on the device or with another number nothing changes, and the next question waits', async (t) => {
  for (const wrong of [false, true]) {
    const bank = await secured(t, ['passcode', 'approval'])
    const waits = page(await bank.askFor(await bank.add('totp'), 'approval'))
    await deny(await bank.phone(), waits, wrong)
    const over = page(await bank.look(waits), 403)
    assert.match(over.text, /data-part="refused"/)
    assert.deepEqual(offered(over), [])
    const again = await bank.add('totp')
    const told = page(await bank.askFor(again, 'approval'), 429)
    page(await bank.answer(told, passcode, ['approval', 'answered']), 403)
    assert.equal(bank.pushed.length, 1)
    bank.later(60_000)
    page(await bank.askFor(await bank.add('totp'), 'approval'))
    assert.equal(bank.pushed.length, 2)
    assert.equal((await bank.devices()).length, 2)
  }
})

test('/security: an element goes by a code that is sent for this very removal; a code for another, or too late, removes nothing', async (t) => {
  const bank = await secured(t, ['passcode', 'approval', 'one-time-code'])
  const path = `/security/element/${await bank.idOf('approval')}/remove`
  const code = (at: number) => ['one-time-code', bank.sent[at]?.code ?? ''] as const
  const adding = page(await bank.askFor(await bank.add('totp'), 'one-time-code'))
  const remove = page(await bank.askFor(page(await bank.person.open(path)), 'one-time-code'))
  page(await bank.answer(remove, passcode, code(0)), 403)
  // The page of before: its transaction made way.
  page(await bank.answer(adding, passcode, code(0)), 409)
  bank.later(TRANSACTION_MS / 2)
  page(await bank.person.open('/security'))
  bank.later(TRANSACTION_MS / 2)
  const late = page(await bank.answer(remove, passcode, code(1)), 409)
  assert.equal((await bank.devices()).length, 3)
  const sent = page(await bank.askFor(late, 'one-time-code'))
  page(await bank.answer(sent, passcode, code(2)))
  assert.deepEqual((await bank.devices()).map(({ kind }) => kind).toSorted(), [
    'one-time-code',
    'passcode',
  ])
})

test('/security: questions are counted over all pages, and what is another’s or another page’s is asked of nobody', async (t) => {
  const bank = await secured(t, ['passcode', 'approval'])
  for (let at = 0; at < MAX_ASKS; at++)
    page(await bank.askFor(await bank.add(at % 2 === 0 ? 'totp' : 'passcode'), 'approval'))
  const told = page(await bank.askFor(await bank.add('totp'), 'approval'), 429)
  assert.match(told.text, /id="failed"/)
  assert.equal(bank.pushed.length, MAX_ASKS)
  bank.later(600_000)
  page(await bank.person.login(page(await bank.person.open('/security')), 'amira'))
  const totp = await bank.add('totp')
  const text = totp.text.replaceAll('/add/totp', '/add/passcode')
  page(await bank.askFor({ ...totp, text }, 'approval'), 409)
  page(await bank.askFor({ ...totp, text: totp.text.replace('="approval"', '="x"') }, 'x'), 403)
  bank.away(true)
  page(await bank.askFor(await bank.add('totp'), 'approval'), 503)
  assert.equal(bank.pushed.length, MAX_ASKS)
})
