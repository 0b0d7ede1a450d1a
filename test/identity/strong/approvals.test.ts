/** Strong authentication on the page of approvals: the decoupled device asks for it with its answer, bound to what it shows. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { decodeJwt } from 'jose'
import { decoupledClient, phoneOf, poll } from '../approvals/phone.ts'
import { askDecoupled } from '../client.ts'
import { page, type Shown } from '../consents/journey.ts'
import { assertAnswer } from '../refusals.ts'
import { PASSCODE, startStrongBank, STRONG } from './strong-bank.ts'

const PAY = {
  type: 'payment_initiation',
  instructedAmount: { currency: 'EUR', amount: '123.50' },
  creditorName: 'Merchant 123',
  creditorAccount: { iban: 'DE02100100109307118603' },
}

async function started(t: TestContext, options: Parameters<typeof startStrongBank>[2] = {}) {
  const client = await decoupledClient('tpp')
  const bank = await startStrongBank(t, [client], { decoupled: 'page', ...options })
  const asked = await askDecoupled(bank.ask, client, {
    scope: 'openid payments',
    login_hint: 'amira',
    binding_message: '4711',
    authorization_details: JSON.stringify([PAY]),
  })
  assertAnswer(asked, '200', 'asked')
  const phone = await phoneOf(bank.ask)
  const shown = await phone.open()
  return {
    phone,
    shown,
    token: bank.token,
    record: bank.record,
    poll: () => poll(bank.ask, client, String(asked.body['auth_req_id'])),
  }
}
const questionIn = ({ text }: Shown): string => /<code>([0-9a-f]{64})<\/code>/.exec(text)?.[1] ?? ''

test('amount and payee, the number of the other device, and the customer’s own factors in one answer', async (t) => {
  const bank = await started(t)
  const { phone, shown } = bank
  assert.match(shown.text, /123\.50 EUR/)
  assert.match(shown.text, /DE02 1001 0010 9307 1186 03/)
  const number = ['number', '4711'] as const
  const passcode = ['passcode', PASSCODE] as const
  // Without the factors, and with a code for something else.
  page(await phone.approve(shown, [number]), 403)
  const code = (of: Shown) => ['transaction-code', bank.token(questionIn(of))] as const
  const wrong = page(
    await phone.approve(shown, [number, passcode, ['transaction-code', '00000000']]),
    403,
  )
  assertAnswer(await bank.poll(), '400 authorization_pending', 'not yet')
  // What was asked before is not what is asked now.
  page(await phone.approve(wrong, [number, passcode, code(shown)]), 403)
  const again = await phone.open()
  page(await phone.approve(again, [number, passcode, code(again)]))
  const done = await bank.poll()
  assertAnswer(done, '200', 'approved')
  assert.equal(decodeJwt(String(done.body['access_token']))['acr'], STRONG)
  const record = await bank.record()
  assert.equal(record?.decision.authentication, 'succeeded')
  assert.equal(record.decision.state, 'done')
})

test('a wrong number is a refusal, whatever else is right', async (t) => {
  const bank = await started(t)
  page(
    await bank.phone.approve(bank.shown, [
      ['number', '4712'],
      ['passcode', PASSCODE],
      ['transaction-code', bank.token(questionIn(bank.shown))],
    ]),
  )
  assertAnswer(await bank.poll(), '400 access_denied', 'refused')
  assert.equal((await bank.record())?.decision.state, 'void')
})

test('exempt: the answer is enough', async (t) => {
  const bank = await started(t, { exempt: true })
  assert.equal(questionIn(bank.shown), '')
  page(await bank.phone.approve(bank.shown, [['number', '4711']]))
  assertAnswer(await bank.poll(), '200', 'approved')
})

test('exempt, and the payee could not be checked: it is said where the customer agrees', async (t) => {
  for (const result of ['unavailable', 'match'] as const) {
    const payeeCheck = () => Promise.resolve({ result, source: 'vop' })
    const bank = await started(t, { exempt: true, payeeCheck })
    const said = /data-payee="unavailable"[\s\S]*<form/.test(bank.shown.text)
    assert.equal(said, result === 'unavailable')
    page(await bank.phone.approve(bank.shown, [['number', '4711']]))
    assert.equal((await bank.record())?.evidence.context.payeeCheck?.result, result)
  }
})
