/** What the customer's own pages may not do: put a payment aside, take the answer for one element for another, go on for ever. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { MOST_SESSION_SECONDS, SESSION_SECONDS } from '../../../src/identity/lifetimes.ts'
import { credentialsAct, type ElementChange } from '../../../src/identity/strong/credentials-act.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { page, Person } from '../consents/journey.ts'
import { PASSCODE, startStrongBank } from './strong-bank.ts'

const AMIRA = 'cust-amira'
async function entered(t: TestContext, clock?: FakeClock) {
  const bank = await startStrongBank(t, [], clock === undefined ? {} : { clock })
  const amira = new Person(bank.ask)
  page(await amira.login(page(await amira.open('/security')), 'amira'))
  return { ...bank, amira }
}

test('ten visits put no payment in progress aside, nor each other’s last five', async (t) => {
  const { amira, sca, token } = await entered(t)
  const created = await sca.transactions.create({
    subject: AMIRA,
    client: 'shop',
    audience: 'https://api.bank.example',
    purpose: {
      kind: 'payment',
      payments: [
        {
          amount: '12.50',
          currency: 'EUR',
          creditorName: 'Shop',
          creditorAccount: { scheme: 'iban', identification: 'DE89370400440532013000' },
        },
      ],
    },
  })
  assert.ok(created.ok)
  const { id } = created.value
  for (let visits = 0; visits < 10; visits++)
    page(await amira.open(visits % 2 === 0 ? '/security/add/totp' : '/security/add/passcode'))
  const shown = await sca.transactions.present(id)
  assert.ok(shown.ok, JSON.stringify(shown))
  const question = shown.value.questions['transaction-code']?.['question']
  assert.ok(typeof question === 'string')
  const verified = await sca.transactions.verify({
    id,
    network: 'net',
    answers: [
      { kind: 'passcode', value: PASSCODE },
      { kind: 'transaction-code', value: token(question) },
    ],
  })
  assert.ok(verified.ok, JSON.stringify(verified))
  assert.ok((await sca.transactions.issue(verified.value)).ok)
})

test('the right answers for one element change no other: not on the page, not with the code', async (t) => {
  const { sca, token, questions } = await entered(t)
  const clock = { now: () => Date.now(), monotonic: () => performance.now() }
  const ledger = {
    decide: () => Promise.resolve({ outcome: 'required' }),
    authenticated: () => Promise.resolve('recorded'),
    settle: () => Promise.resolve('settled'),
    evidence: () => Promise.resolve(undefined),
  }
  // Sound: only these are asked, and their answers are those of a ledger that allows it.
  const act = credentialsAct({ ...sca, ledger: ledger as never }, clock)
  const devices = await sca.enrolment.devices(AMIRA)
  const [one = '', other = ''] = devices.map(({ id }) => id)
  const remove = (element: string): ElementChange => ({ change: 'remove', element })
  async function answered(change: ElementChange) {
    const asked = await act.asking(AMIRA, change).begin()
    assert.ok(asked)
    const question = asked.questions['transaction-code']?.['question']
    assert.ok(typeof question === 'string')
    return {
      id: asked.id,
      network: 'net',
      answers: [
        { kind: 'passcode', value: PASSCODE },
        { kind: 'transaction-code', value: token(question) },
      ] as const,
    }
  }
  const given = await answered(remove(one))
  const elsewhere: readonly ElementChange[] = [
    remove(other),
    { change: 'add', element: 'totp' },
    { change: 'add', element: 'passcode' },
  ]
  for (const wrong of elsewhere)
    assert.equal((await act.confirm(AMIRA, wrong, given)).kind, 'over', JSON.stringify(wrong))
  // It was not spent for it.
  const confirmed = await act.confirm(AMIRA, remove(one), given)
  assert.ok(confirmed.kind === 'done')
  assert.equal(await act.mayRemove(AMIRA, other, confirmed.code), false)
  assert.equal(await act.mayRemove(AMIRA, one, confirmed.code), false, 'it is void since then')
  const again = await act.confirm(AMIRA, remove(one), await answered(remove(one)))
  assert.ok(again.kind === 'done')
  assert.equal(await act.mayRemove(AMIRA, one, again.code), true)
  // Nor is the page of one kind shown with what was begun for another.
  const totp = act.asking(AMIRA, { change: 'add', element: 'totp' })
  const add = await totp.begin()
  const same = await totp.present(add?.id ?? '')
  const not = await act.asking(AMIRA, { change: 'add', element: 'passcode' }).present(add?.id ?? '')
  assert.equal(same?.id, add?.id)
  assert.equal(not, undefined)
  assert.deepEqual(questions, [])
})

test('a code for adding one kind adds no other', async (t) => {
  const { sca, token, amira } = await entered(t)
  const shown = page(await amira.open('/security/add/totp'))
  const [, question = ''] = /<code>([0-9a-f]{64})<\/code>/.exec(shown.text) ?? []
  // The form of one kind, sent to the page of another.
  const text = shown.text.replaceAll('/security/add/totp', '/security/add/passcode')
  const answers = [
    ['passcode', PASSCODE],
    ['transaction-code', token(question)],
  ] as const
  page(await amira.send({ ...shown, text }, /\/add\/passcode$/, answers), 409)
  const right = page(await amira.send(shown, /\/add\/totp$/, answers))
  assert.match(right.text, /finish\/totp/)
  assert.equal((await sca.enrolment.devices(AMIRA)).length, 2)
})

test('a session of the own pages ends after five idle minutes, and after an hour whatever happens', async (t) => {
  const clock = new FakeClock(Date.now())
  const { amira } = await entered(t, clock)
  const isIn = async () => !/id="username"/.test(page(await amira.open('/security')).text)
  const step = (SESSION_SECONDS - 1) * 1000
  assert.equal(await isIn(), true)
  let gone = 0
  for (; gone + step < MOST_SESSION_SECONDS * 1000; gone += step) {
    clock.advance(step)
    assert.equal(await isIn(), true, `after ${gone + step} ms`)
  }
  // One millisecond before the hour, and at it.
  clock.advance(MOST_SESSION_SECONDS * 1000 - gone - 1)
  assert.equal(await isIn(), true)
  clock.advance(1)
  assert.equal(await isIn(), false)
  page(await amira.login(page(await amira.open('/security')), 'amira'))
  clock.advance(step)
  assert.equal(await isIn(), true)
  clock.advance(SESSION_SECONDS * 1000)
  assert.equal(await isIn(), false)
})
