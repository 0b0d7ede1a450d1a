/** "Payees that you trust", over real HTTP, without script (RTS Art. 13(1)): made and changed by the payer alone, with authentication of exactly this change. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { TRANSACTION_MS } from '../../../src/sca/transactions/desk.ts'
import { page, Person, type Shown } from '../consents/journey.ts'
import {
  anotherNumber,
  askedBank,
  type Kinds,
  look,
  numberIn,
  offered,
  passcode,
} from './asked-bank.ts'
import { PASSCODE, startStrongBank } from './strong-bank.ts'

const PAYEES = '/security/payees'
const SHOP = { name: 'Northern Water Company', account: 'DE02 1001 0010 9307 1186 03' }
const OTHER = { name: 'Merchant 123', account: 'GB33BUKB20201555555555' }

async function enter(ask: ConstructorParameters<typeof Person>[0], username = 'amira') {
  const person = new Person(ask)
  page(await person.login(page(await person.open('/security')), username))
  const list = async () => page(await person.open(PAYEES))
  return {
    person,
    list,
    names: async () =>
      [...(await list()).text.matchAll(/<li>\s*<bdi>([^<]*)<\/bdi>/g)].map(([, name]) => name),
    /** As far as the page on which it is confirmed. */
    async add({ name, account }: { name: string; account: string }, status = 200) {
      const form = page(await person.open(`${PAYEES}/add`))
      const fields = [
        ['name', name],
        ['account', account],
      ] as const
      return page(await person.send(form, /\/payees\/add$/, fields), status)
    },
    /** The first on the list. */
    remove: async () => page(await person.send(await list(), /\/payees\/remove$/)),
  }
}
async function started(t: TestContext) {
  const bank = await startStrongBank(t, [])
  const amira = await enter(bank.ask)
  const confirm = (shown: Shown, typed = PASSCODE, code = bank.token(questionIn(shown))) =>
    amira.person.send(shown, /\/confirm$/, [
      ['passcode', typed],
      ['transaction-code', code],
    ])
  const changes = () =>
    bank.evidence.entries
      .filter(({ action }) => action === 'register-change')
      .map(({ by, purpose, outcome, client, subject }) => [by, purpose, outcome, client, subject])
  return { ...bank, ...amira, confirm, changes }
}
const questionIn = ({ text }: Shown): string => /<code>([0-9a-f]{64})<\/code>/.exec(text)?.[1] ?? ''
const ACT = ['urn:gatehouse:sca:own-pages', 'cust-amira']

test('a payee comes on the list by what was shown and confirmed, is shown masked, and goes the same way', async (t) => {
  const bank = await started(t)
  assert.match((await bank.list()).text, /nobody on your list/)
  const shown = await bank.add({ ...SHOP, account: 'de02 1001 0010 9307 1186 03' })
  for (const seen of [/<bdi>Northern Water Company</, /<bdi>DE02 1001 0010 9307 1186 03</])
    assert.match(shown.text, seen)
  assert.doesNotMatch(shown.text, /<script/)
  assert.match(shown.headers.get('content-security-policy') ?? '', /default-src 'none'/)
  assert.doesNotMatch(shown.path, /Northern|DE02/, 'no address says who is trusted')
  assert.deepEqual(await bank.names(), [])
  assert.deepEqual(bank.changes(), [])
  const list = page(await bank.confirm(shown))
  assert.deepEqual(await bank.names(), [SHOP.name])
  assert.match(list.text, /…8603/)
  assert.doesNotMatch(list.text, /DE02|1001/)
  assert.deepEqual(bank.changes(), [['customer', 'trust', 'done', ...ACT]])
  const [question] = bank.questions
  assert.ok(question?.act.kind === 'risky-act' && question.act.what === 'trusted-payees')

  const off = await bank.remove()
  assert.match(off.text, /DE02 1001 0010 9307 1186 03[\s\S]*class="ends"/)
  assert.deepEqual(await bank.names(), [SHOP.name])
  page(await bank.confirm(off))
  assert.deepEqual(await bank.names(), [])
  assert.deepEqual(bank.changes().at(-1), ['customer', 'distrust', 'done', ...ACT])
})

test('wrong answers enter nothing, the right one does once, and its page is over then', async (t) => {
  const bank = await started(t)
  const shown = await bank.add(SHOP)
  const wrong = page(await bank.confirm(shown, 'wrong harbour'), 403)
  assert.match(wrong.text, /id="failed"/)
  page(await bank.confirm(wrong, PASSCODE, '00000000'), 403)
  assert.deepEqual(await bank.names(), [])
  page(await bank.confirm(wrong))
  page(await bank.confirm(wrong), 409)
  page(await bank.person.open(shown.path), 409)
  assert.deepEqual(await bank.names(), [SHOP.name])
  assert.equal(bank.changes().length, 1)
})

test('an answer for one change is none for another, whichever page it is sent from', async (t) => {
  const bank = await started(t)
  const shop = await bank.add(SHOP)
  const other = await bank.add(OTHER)
  page(await bank.confirm(other, PASSCODE, bank.token(questionIn(shop))), 403)
  // The code of an element that is added is none here, nor is its transaction.
  const element = page(await bank.person.open('/security/add/totp'))
  const [, id = ''] = /name="transaction" value="([^"]*)"/.exec(element.text) ?? []
  const swapped = shop.text.replace(/(name="transaction" value=")[^"]*/, `$1${id}`)
  page(
    await bank.confirm({ ...shop, text: swapped }, PASSCODE, bank.token(questionIn(element))),
    409,
  )
  // And what comes back from the browser changes nothing of what was shown.
  const text = shop.text.replace(
    'name="transaction"',
    'name="name" value="Thief" /><input type="hidden" name="transaction"',
  )
  page(await bank.confirm({ ...shop, text }))
  assert.deepEqual(await bank.names(), [SHOP.name])
})

test('names and accounts that hide something, or are none, are refused with what was typed', async (t) => {
  const bank = await started(t)
  for (const name of ['', '   ', 'p\u0430ypal', 'Sh\u200bop', 'a\u202eb', 'x'.repeat(257)])
    assert.match((await bank.add({ ...SHOP, name }, 422)).text, /id="failed"[\s\S]*id="name"/, name)
  for (const account of [
    '',
    '4711',
    'DE03100100109307118603',
    'br:4711',
    'DE02\n1001',
    '<b>1</b>',
  ]) {
    const { text } = await bank.add({ ...SHOP, account }, 422)
    assert.match(text, /id="failed"[\s\S]*id="account"[\s\S]*aria-invalid/, account)
    assert.match(text, /value="Northern Water Company"/)
    assert.doesNotMatch(text, /<b>1/)
  }
  assert.deepEqual(bank.questions, [], 'nothing was decided of it')
  const british = await bank.add({ name: OTHER.name, account: '20-20-15 55555555' })
  page(await bank.confirm(british))
  assert.match((await bank.list()).text, /…5555/)
})

test('nobody sees, begins, confirms or removes what is another’s, and cannot tell it from what never was', async (t) => {
  const bank = await started(t)
  page(await bank.confirm(await bank.add(SHOP)))
  const shown = await bank.add(OTHER)
  const ben = await enter(bank.ask, 'ben')
  assert.deepEqual(await ben.names(), [])
  const [of, never] = [
    page(await ben.person.open(shown.path), 409),
    page(await ben.person.open(shown.path.replace(/=.*/, '=nothing')), 409),
  ]
  assert.equal(of.text, never.text)
  const mine = await bank.list()
  const [, entry = ''] = /name="payee" value="([^"]*)"/.exec(mine.text) ?? []
  assert.notEqual(entry, '')
  const form = page(await ben.person.open(`${PAYEES}/add`))
  const asRemoval = { ...form, text: form.text.replace('/payees/add"', '/payees/remove"') }
  const refusals = []
  for (const payee of [entry, 'nothing'])
    refusals.push(page(await ben.person.send(asRemoval, /\/remove$/, [['payee', payee]]), 404).text)
  assert.equal(refusals[0], refusals[1])
  const asConfirm = { ...form, text: form.text.replace('/payees/add"', '/payees/confirm"') }
  const [, id = ''] = /name="transaction" value="([^"]*)"/.exec(shown.text) ?? []
  const answers = [
    ['transaction', id],
    ['passcode', PASSCODE],
    ['transaction-code', bank.token(questionIn(shown))],
  ] as const
  page(await ben.person.send(asConfirm, /\/confirm$/, answers), 409)
  assert.deepEqual(await bank.names(), [SHOP.name])
  // It was no attempt of hers, and is hers still.
  page(await bank.confirm(shown))
  assert.deepEqual(await bank.names(), [SHOP.name, OTHER.name])
})

test('forms of other origins and without their token begin and enter nothing; there is no other page', async (t) => {
  const bank = await started(t)
  const shown = await bank.add(SHOP)
  const evil = { origin: 'https://evil.example' }
  const fields = [
    ['name', SHOP.name],
    ['account', SHOP.account],
  ] as const
  const form = page(await bank.person.open(`${PAYEES}/add`))
  const asked = bank.questions.length
  page(await bank.person.send(form, /\/add$/, fields, evil), 403)
  const text = form.text.replaceAll(/name="form" value="[^"]*"/g, 'name="form" value="made-up"')
  page(await bank.person.send({ ...form, text }, /\/add$/, fields), 403)
  page(await bank.person.send(shown, /\/confirm$/, [['passcode', PASSCODE]], evil), 403)
  assert.equal(bank.questions.length, asked)
  for (const path of ['/remove', '/nothing', '/add/more', '/confirm/x'])
    page(await bank.person.open(`${PAYEES}${path}`), 404)
  page(await bank.person.open(`${PAYEES}/confirm`), 409)
  const links = ({ text: of }: Shown) => [...of.matchAll(/href="([^"]+)"/g)].map(([, to]) => to)
  for (const from of ['/security', '/permissions'])
    assert.ok(links(page(await bank.person.open(from))).includes(PAYEES), from)
})

test('five wrong answers block, also here', async (t) => {
  const bank = await started(t)
  let last = await bank.add(SHOP)
  for (let at = 0; at < 5; at++) last = page(await bank.confirm(last, `wrong harbour ${at}`), 403)
  page(await bank.confirm(last), 403)
  assert.deepEqual(await bank.names(), [])
})

test('who has nothing to confirm with is told so', async (t) => {
  const bank = await started(t)
  const ben = await enter(bank.ask, 'ben')
  assert.match((await ben.add(SHOP, 409)).text, /Nothing was changed/)
  assert.deepEqual(bank.changes(), [])
})

async function asked(t: TestContext, kinds: Kinds) {
  const bank = await askedBank(t, [], kinds)
  const amira = await enter(bank.ask)
  return {
    ...bank,
    ...amira,
    askFor: (shown: Shown, kind: string) => amira.person.send(shown, /\/confirm$/, [['ask', kind]]),
    answer: (shown: Shown, ...fields: (readonly [string, string])[]) =>
      amira.person.send(shown, /\/confirm$/, fields),
  }
}

test('a device is told exactly which payee, and its answer enters that one', async (t) => {
  const bank = await asked(t, ['passcode', 'approval'])
  const shown = await bank.add(SHOP)
  assert.deepEqual(offered(shown), ['approval'])
  const waits = page(await bank.askFor(shown, 'approval'))
  const phone = await bank.phone()
  assert.equal(phone.question.what, 'trusted-payees')
  assert.deepEqual(phone.question.shown.change, {
    as: 'trust',
    payees: [{ payeeName: SHOP.name, payeeAccount: SHOP.account }],
  })
  assert.equal((await phone.says('approve', { number: numberIn(waits) })).ok, true)
  assert.deepEqual(await bank.names(), [])
  page(await bank.answer(page(await look(bank.person, waits)), passcode))
  assert.deepEqual(await bank.names(), [SHOP.name])
})

test('refused on the device, with another number there, or too late: nothing is entered', async (t) => {
  const bank = await asked(t, ['passcode', 'approval', 'one-time-code'])
  const first = page(await bank.askFor(await bank.add(SHOP), 'approval'))
  const said = await (await bank.phone()).says('approve', { number: anotherNumber(first) })
  assert.equal(said.ok, false)
  assert.match(page(await look(bank.person, first), 403).text, /data-part="refused"/)
  const second = await bank.add(SHOP)
  page(await bank.askFor(second, 'approval'), 429)
  const sent = page(await bank.askFor(second, 'one-time-code'), 429)
  assert.equal(bank.sent.length, 0)
  bank.later(60_000)
  const late = page(await bank.askFor(sent, 'one-time-code'))
  assert.equal(bank.sent[0]?.transaction?.shown.change?.payees[0]?.payeeName, SHOP.name)
  bank.later(TRANSACTION_MS / 2)
  await bank.list()
  bank.later(TRANSACTION_MS / 2)
  page(await bank.answer(late, passcode, ['one-time-code', bank.sent[0]?.code ?? '']), 409)
  assert.deepEqual(await bank.names(), [])
})
