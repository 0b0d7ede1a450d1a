/** A device that approves and a code that is sent, both begun on the page, without script: what he has enrolled is offered, what he refuses ends. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test, type TestContext } from 'node:test'
import { MAX_ASKS } from '../../../src/sca/attempts/asks.ts'
import { TRANSACTION_MS } from '../../../src/sca/transactions/desk.ts'
import { makeClient } from '../client.ts'
import { callResource, ownToken } from '../consents/bank.ts'
import { back, begin, page, Person, type Shown, tokensFor } from '../consents/journey.ts'
import {
  anotherNumber,
  askedBank,
  type Kinds,
  look,
  numberIn,
  offered,
  passcode,
} from './asked-bank.ts'

const PATH = '/v1/payments/sepa-credit-transfers'
const PAYMENT = {
  instructedAmount: { currency: 'EUR', amount: '123.50' },
  debtorAccount: { iban: 'DE89370400440532013000' },
  creditorAccount: { iban: 'DE02100100109307118603' },
  creditorName: 'Merchant 123',
}

async function started(t: TestContext, kinds: Kinds) {
  const client = await makeClient('tpp', { client_name: 'Budget Buddy' })
  const bank = await askedBank(t, [client], kinds)
  const own = await ownToken(bank.ask, client, 'accounts payments')
  const person = new Person(bank.ask)
  const state = async (id: string): Promise<string> =>
    (await callResource(bank.ask, client, own, 'GET', `${PATH}/${id}/status`)).body
      .transactionStatus
  const pay = async (more = {}, who = person) => {
    const headers = { 'x-request-id': randomUUID() }
    const body = { ...PAYMENT, ...more }
    const made = await callResource(bank.ask, client, own, 'POST', PATH, { body, headers })
    const id = String(made.body.paymentId)
    const asked = { scope: 'openid payments', consent_id: id }
    const login = page(await who.open(await begin(bank.ask, client, asked)))
    return { id, shown: page(await who.login(login)) }
  }
  return {
    ...bank,
    client,
    person,
    pay,
    state,
    ask: (shown: Shown, kind: string, who = person) => who.send(shown, /\/sca$/, [['ask', kind]]),
    oauth: bank.ask,
    answer: (shown: Shown, ...fields: (readonly [string, string])[]) =>
      person.send(shown, /\/sca$/, fields),
    look: (shown: Shown) => look(person, shown),
  }
}

test('a device is asked from the page, shows the number of the page, approves; then the passcode pays', async (t) => {
  const bank = await started(t, ['passcode', 'approval'])
  const { id, shown } = await bank.pay()
  assert.deepEqual(offered(shown), ['approval'])
  assert.doesNotMatch(shown.text, /<script|type="password"/)
  const waits = page(await bank.ask(shown, 'approval'))
  const number = numberIn(waits)
  assert.match(number, /^\d\d$/)
  for (const seen of [/123\.50 EUR/, /Merchant 123/, /DE02 1001/]) {
    const at = seen.exec(waits.text)?.index ?? -1
    assert.ok(at > 0 && at < waits.text.indexOf('data-part="number"'), `${seen.source} comes first`)
  }
  // Loaded again it asks nothing again, and an answer that is not there is no attempt.
  assert.equal(numberIn(page(await bank.person.open(waits.path))), number)
  assert.match(page(await bank.look(waits)).text, /data-part="not-yet"/)
  assert.equal(bank.pushed.length, 1)
  const phone = await bank.phone()
  assert.deepEqual(phone.question.shown.totals, [{ amount: '123.50', currency: 'EUR' }])
  assert.equal(phone.question.shown.payments[0]?.payeeName, 'Merchant 123')
  assert.ok(!JSON.stringify(phone.question).includes(`"${number}"`), 'the device is never told it')
  assert.deepEqual(await phone.says('approve', { number }), { ok: true, value: 'approve' })
  assert.equal(await bank.state(id), 'RCVD', 'something that he has is not enough')
  const approved = page(await bank.look(waits))
  assert.match(approved.text, /data-part="answered"[\s\S]*name="passcode"/)
  assert.doesNotMatch(approved.text, /eyJ[\w-]+\./, 'what was signed is on no page')
  const wrong = page(await bank.answer(approved, ['passcode', 'wrong harbour']), 403)
  const { claims } = await tokensFor(
    bank.oauth,
    bank.client,
    back(await bank.answer(wrong, passcode)),
  )
  assert.equal(await bank.state(id), 'ACTC')
  assert.deepEqual(claims['amr'], ['pin', 'pop', 'mca', 'mfa'])
  const { decision } = (await bank.record()) ?? {}
  assert.equal(decision?.method, 'passcode+approval')
})

test('refused on the device: the page says so, nothing can be answered any more, and nobody is asked for a while', async (t) => {
  const bank = await started(t, ['passcode', 'approval'])
  const { id, shown } = await bank.pay()
  const waits = page(await bank.ask(shown, 'approval'))
  assert.equal((await (await bank.phone()).says('refuse')).ok, true)
  const over = page(await bank.look(waits), 403)
  assert.match(over.text, /data-part="refused"/)
  assert.deepEqual(offered(over), [])
  assert.equal(back(await bank.person.send(over, /\/refuse$/)).get('error'), 'access_denied')
  assert.equal(await bank.state(id), 'RJCT')
  const next = await bank.pay()
  const told = page(await bank.ask(next.shown, 'approval'), 429)
  assert.match(told.text, /id="failed"/)
  assert.equal(bank.pushed.length, 1)
  // The way on is still there, also for who answers with it by hand.
  page(await bank.answer(told, passcode, ['approval', 'answered']), 403)
  assert.equal(await bank.state(next.id), 'RCVD')
  bank.later(60_000)
  page(await bank.ask(page(await bank.person.open(told.path.replace(/\/sca$/, ''))), 'approval'))
  assert.equal(bank.pushed.length, 2)
})

test('one try at the number: who is pressed to say yes does not know it', async (t) => {
  for (const wrong of [{ number: 'other' }, {}] as const) {
    const bank = await started(t, ['passcode', 'approval'])
    const { id, shown } = await bank.pay()
    const waits = page(await bank.ask(shown, 'approval'))
    const number = anotherNumber(waits)
    const phone = await bank.phone()
    const said = await phone.says('approve', 'number' in wrong ? { number } : {})
    assert.equal(!said.ok && said.error.code, 'GH_SCA_TRANSACTION_REFUSED')
    const again = await phone.says('approve', { number: numberIn(waits) })
    assert.equal(!again.ok && again.error.code, 'GH_SCA_TRANSACTION_REFUSED')
    page(await bank.look(waits), 403)
    page(await bank.answer(shown, passcode, ['approval', 'answered']), 403)
    assert.equal(await bank.state(id), 'RCVD')
  }
})

test('what is over in time is over on both screens, and the page says so', async (t) => {
  const bank = await started(t, ['passcode', 'approval'])
  const { shown } = await bank.pay()
  // Tokens of the third party are over as well.
  const open = async () => {
    const { decision } = (await bank.record()) ?? {}
    return [decision?.state, decision?.authentication]
  }
  const waits = page(await bank.ask(shown, 'approval'))
  const phone = await bank.phone()
  bank.later(TRANSACTION_MS)
  const late = await phone.says('approve', { number: numberIn(waits) })
  assert.equal(!late.ok && late.error.code, 'GH_SCA_TRANSACTION_EXPIRED')
  const over = page(await bank.look(waits), 409)
  assert.match(over.text, /id="failed"/)
  assert.equal(numberIn(over), '')
  assert.deepEqual(offered(over), ['approval'])
  assert.deepEqual(await open(), ['open', ''])
})

test('approved in time and sent too late is not paid', async (t) => {
  const bank = await started(t, ['passcode', 'approval'])
  const { shown } = await bank.pay()
  const waits = page(await bank.ask(shown, 'approval'))
  await (await bank.phone()).says('approve', { number: numberIn(waits) })
  const approved = page(await bank.look(waits))
  bank.later(TRANSACTION_MS)
  page(await bank.answer(approved, passcode), 409)
  assert.equal((await bank.record())?.decision.state, 'open')
})

test('a code is sent with amount and payee, for this transaction alone, seldom', async (t) => {
  const bank = await started(t, ['passcode', 'one-time-code'])
  const { id, shown } = await bank.pay()
  assert.deepEqual(offered(shown), ['one-time-code'])
  assert.match(shown.text, /…67/)
  assert.doesNotMatch(shown.text, /\+49170/)
  const first = page(await bank.ask(shown, 'one-time-code'))
  assert.match(first.text, /data-part="sent"[\s\S]*name="passcode"[\s\S]*name="one-time-code"/)
  page(await bank.person.open(first.path))
  const [message] = bank.sent
  assert.equal(bank.sent.length, 1)
  assert.equal(message?.to, '+491701234567')
  assert.deepEqual(message.transaction?.shown.totals, [{ amount: '123.50', currency: 'EUR' }])
  assert.equal(message.transaction.shown.payments[0]?.payeeName, 'Merchant 123')
  assert.ok(!first.text.includes(message.code))
  const code = (at: number) => ['one-time-code', bank.sent[at]?.code ?? ''] as const
  page(await bank.answer(first, passcode, ['one-time-code', '00000000']), 403)
  // Another code takes its place.
  const second = page(await bank.ask(first, 'one-time-code'))
  page(await bank.answer(second, passcode, code(0)), 403)
  // Alone it is one element.
  page(await bank.answer(second, code(1)), 403)
  assert.equal(await bank.state(id), 'RCVD')
  back(await bank.answer(second, passcode, code(1)))
  assert.equal(await bank.state(id), 'ACTC')
  // A success is followed by none of the limit; of another payment an old code is worth nothing.
  const other = await bank.pay({ creditorName: 'Merchant 124' })
  let last = page(await bank.ask(other.shown, 'one-time-code'))
  page(await bank.answer(last, passcode, code(1)), 403)
  for (let at = 1; at < MAX_ASKS; at++) last = page(await bank.ask(last, 'one-time-code'))
  const sent = bank.sent.length
  page(await bank.ask(last, 'one-time-code'), 429)
  assert.equal(bank.sent.length, sent)
  back(await bank.answer(last, passcode, code(sent - 1)))
  assert.equal(await bank.state(other.id), 'ACTC')
})

test('who has what is offered that, and two things that he has are not two elements', async (t) => {
  const all = await started(t, ['passcode', 'approval', 'one-time-code'])
  const { id, shown } = await all.pay()
  assert.deepEqual(offered(shown), ['approval', 'one-time-code'])
  const sent = page(await all.ask(shown, 'one-time-code'))
  const waits = page(await all.ask(sent, 'approval'))
  await (await all.phone()).says('approve', { number: numberIn(waits) })
  const code = ['one-time-code', all.sent[0]?.code ?? ''] as const
  page(await all.answer(page(await all.look(waits)), code), 403)
  assert.equal(await all.state(id), 'RCVD')
  const some = await started(t, ['approval', 'one-time-code'])
  const none = await some.pay()
  assert.deepEqual(offered(none.shown), [])
  assert.match(none.shown.text, /class="error"/)
})

test('nobody is asked about a transaction that is not this journey’s', async (t) => {
  const bank = await started(t, ['passcode', 'approval'])
  const mine = await bank.pay()
  const ben = new Person(bank.oauth)
  const other = page(
    await ben.open(
      await begin(bank.oauth, bank.client, {
        scope: 'openid payments',
        consent_id: mine.id,
      }),
    ),
  )
  const login = await ben.login(other, 'ben')
  const theirs = page(login)
  const [, victim = ''] = /name="transaction" value="([^"]*)"/.exec(mine.shown.text) ?? []
  assert.notEqual(victim, '')
  const forged = { ...theirs, text: theirs.text.replace(/refuse"/, 'sca"') }
  const fields = [
    ['transaction', victim],
    ['ask', 'approval'],
  ] as const
  page(await ben.send(forged, /\/sca$/, fields), 409)
  // The same of his own: ben has no device.
  page(await ben.send(forged, /\/sca$/, [['ask', 'approval']]))
  assert.equal(bank.pushed.length, 0)
})

test('where nothing can be sent the page says so, and the customer may try again', async (t) => {
  const bank = await started(t, ['passcode', 'approval', 'one-time-code'])
  const { id, shown } = await bank.pay()
  bank.away(true)
  for (const kind of ['approval', 'one-time-code'])
    assert.match(page(await bank.ask(shown, kind), 503).text, /id="failed"/)
  bank.away(false)
  page(await bank.ask(shown, 'one-time-code'))
  const code = ['one-time-code', bank.sent[0]?.code ?? ''] as const
  back(
    await bank.answer(
      page(await bank.person.open(`${shown.path}?transaction=${idIn(shown)}&by=one-time-code`)),
      passcode,
      code,
    ),
  )
  assert.equal(await bank.state(id), 'ACTC')
})
const idIn = ({ text }: Shown): string => /name="transaction" value="([^"]*)"/.exec(text)?.[1] ?? ''

test('five wrong passcodes after the device approved block, and then the right one does not count', async (t) => {
  const bank = await started(t, ['passcode', 'approval'])
  const { id, shown } = await bank.pay()
  const waits = page(await bank.ask(shown, 'approval'))
  await (await bank.phone()).says('approve', { number: numberIn(waits) })
  let last = page(await bank.look(waits))
  for (let at = 0; at < 5; at++)
    last = page(await bank.answer(last, ['passcode', `wrong harbour ${at}`]), 403)
  page(await bank.answer(last, passcode), 403)
  assert.equal(await bank.state(id), 'RCVD')
})
