/** A customer enrols, removes and recovers by himself, over real HTTP, without script (RTS Art. 24 to 27). */
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test, type TestContext } from 'node:test'
import { textAt } from '../../../src/identity/consents/shape.ts'
import type { ActivationRequest, FactorKind } from '../../../src/sca/index.ts'
import { formOf, page, Person, type Shown } from '../consents/journey.ts'
import { Authenticator, ORIGIN, RP_ID } from '../../sca/authenticator.ts'
import { enrol, ocra, PASSCODE, startStrongBank } from './strong-bank.ts'

const NEW = 'a quiet orchard'
const PASSKEYS = { rpId: RP_ID, rpName: 'Bank of Tests', origins: [ORIGIN] }

async function started(
  t: TestContext,
  options: NonNullable<Parameters<typeof startStrongBank>[2]> = {},
) {
  const bank = await startStrongBank(t, [], options)
  const { enrolment } = bank.sca
  const enter = async (username: string) => {
    const person = new Person(bank.ask)
    page(await person.login(page(await person.open('/security')), username))
    return person
  }
  const codeFor = (subject: string, kind: FactorKind, more: Partial<ActivationRequest> = {}) =>
    enrolment.activation({
      subject,
      kind,
      channel: 'post',
      lifeMs: 86_400_000,
      recovers: false,
      ...more,
    })
  const kindsOf = async (subject: string) =>
    (await enrolment.devices(subject)).map(({ kind }) => kind).toSorted()
  const typeCode = async (person: Person, kind: FactorKind, code: string, status = 200) => {
    const shown = page(await person.open(`/security/code/${kind}`))
    return page(await person.send(shown, /\/code\//, [['code', code]]), status)
  }
  /** With passcode and token of Amira. */
  const confirm = (person: Person, shown: Shown, action: RegExp, passcode = PASSCODE) =>
    person.send(shown, action, [
      ['passcode', passcode],
      ['transaction-code', bank.token(questionIn(shown))],
    ])
  return { ...bank, enrolment, enter, codeFor, kindsOf, typeCode, confirm }
}
const questionIn = ({ text }: Shown): string => /<code>([0-9a-f]{64})<\/code>/.exec(text)?.[1] ?? ''
const passcodes = (value: string, repeat = value) =>
  [
    ['value', value],
    ['repeat', repeat],
  ] as const

/** RFC 4648 §6 and RFC 6238, written from the text. */
function totp(secret: string, now = Date.now()): string {
  const bits = [...secret]
    .map((letter) =>
      'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'),
    )
    .join('')
  const bytes = (bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(now / 30_000)))
  const mac = createHmac('sha1', Buffer.from(bytes)).update(counter).digest()
  const offset = (mac.at(-1) ?? 0) & 15
  return String((mac.readUInt32BE(offset) & 0x7f_ff_ff_ff) % 1_000_000).padStart(6, '0')
}

test('who has nothing begins with codes of the bank, one for each element, and then can confirm', async (t) => {
  const bank = await started(t)
  const ben = await bank.enter('ben')
  // Nothing to confirm with: only a code of the bank helps.
  const needs = page(await ben.open('/security/add/passcode'))
  formOf(needs, /\/code\/passcode$/)
  const codes = {
    passcode: await bank.codeFor('cust-ben', 'passcode'),
    token: await bank.codeFor('cust-ben', 'transaction-code'),
  }
  const list = page(await ben.open('/security'))
  for (const kind of ['passcode', 'transaction-code'])
    assert.match(list.text, new RegExp(`href="/security/code/${kind}"`))
  // As people type it.
  const choose = await bank.typeCode(ben, 'passcode', ` ${codes.passcode.toLowerCase()} `)
  page(await ben.send(choose, /\/finish\//, passcodes(NEW, 'something else')), 422)
  const common = page(await ben.send(choose, /\/finish\//, passcodes('123456')), 422)
  assert.deepEqual(await bank.kindsOf('cust-ben'), [])
  page(await ben.send(common, /\/finish\//, passcodes(NEW)))
  assert.deepEqual(await bank.kindsOf('cust-ben'), ['passcode'])

  const secret = await bank.typeCode(ben, 'transaction-code', codes.token)
  const [hex = ''] = /(?:[0-9a-f]{4} ){15}[0-9a-f]{4}/.exec(secret.text) ?? []
  const seed = Buffer.from(hex.replaceAll(' ', ''), 'hex').toString('base64url')
  const wrong = page(
    await ben.send(secret, /\/finish\//, [
      ['value', '00000000'],
      ['label', 'Desk'],
    ]),
    422,
  )
  assert.ok(hex.length === 79 && !wrong.text.includes(hex), 'the secret is shown once')
  assert.match(wrong.text, /value="Desk"/)
  const code = ocra(seed, questionIn(wrong))
  const added = page(
    await ben.send(wrong, /\/finish\//, [
      ['value', `${code.slice(0, 4)} ${code.slice(4)}`],
      ['label', 'Desk'],
    ]),
  )
  assert.match(added.text, /Desk/)
  assert.ok(!added.text.includes(hex))
  // Now another one needs both of them.
  const add = page(await ben.open('/security/add/totp'))
  const authorised = page(
    await ben.send(add, /\/add\/totp$/, [
      ['passcode', NEW],
      ['transaction-code', ocra(seed, questionIn(add))],
    ]),
  )
  const uri = new URL(
    (/href="(otpauth:[^"]*)"/.exec(authorised.text)?.[1] ?? '').replaceAll('&amp;', '&'),
  )
  assert.equal(uri.searchParams.get('issuer'), 'Bank of Tests')
  const base = uri.searchParams.get('secret') ?? ''
  assert.ok(authorised.text.includes(base.replaceAll(/(.{4})(?=.)/g, '$1 ')))
  assert.deepEqual(await bank.kindsOf('cust-ben'), ['passcode', 'transaction-code'])
  page(await ben.send(authorised, /\/finish\/totp$/, [['value', totp(base)]]))
  assert.deepEqual(await bank.kindsOf('cust-ben'), ['passcode', 'totp', 'transaction-code'])
})

test('a code of the bank is for one customer, one kind, once, and never by the way on which it came', async (t) => {
  const bank = await started(t)
  const ben = await bank.enter('ben')
  const forAnother = await bank.codeFor('cust-amira', 'passcode', { recovers: true })
  await bank.typeCode(ben, 'passcode', forAnother, 403)
  const forToken = await bank.codeFor('cust-ben', 'transaction-code')
  await bank.typeCode(ben, 'passcode', forToken, 403)
  const sameWay = await bank.codeFor('cust-ben', 'passcode', { channel: 'browser' })
  await bank.typeCode(ben, 'passcode', sameWay, 403)
  const older = await bank.codeFor('cust-ben', 'passcode')
  const code = await bank.codeFor('cust-ben', 'passcode')
  await bank.typeCode(ben, 'passcode', older, 403)
  await bank.typeCode(ben, 'passcode', code)
  await bank.typeCode(ben, 'passcode', code, 403)
  assert.deepEqual(await bank.kindsOf('cust-ben'), [])
})

test('five wrong codes in a row block codes, and the right one does not help then', async (t) => {
  const bank = await started(t)
  const ben = await bank.enter('ben')
  const code = await bank.codeFor('cust-ben', 'passcode')
  const texts = new Set<string>()
  for (let at = 0; at < 5; at++)
    texts.add((await bank.typeCode(ben, 'passcode', 'ABCD-EFGH-JKMN', 403)).text)
  const blocked = await bank.typeCode(ben, 'passcode', code, 403)
  assert.doesNotMatch(blocked.text, /\/finish\//)
  assert.deepEqual(await bank.kindsOf('cust-ben'), [])
})

test('who can confirm does so: a code of the bank does not do instead, unless it is for recovery', async (t) => {
  const bank = await started(t)
  const amira = await bank.enter('amira')
  const code = await bank.codeFor('cust-amira', 'totp')
  await bank.typeCode(amira, 'totp', code, 403)
  assert.equal((await bank.enrolment.waiting('cust-amira')).length, 1, 'it was not spent for it')
  const recovery = await bank.codeFor('cust-amira', 'totp', { recovers: true })
  const shown = await bank.typeCode(amira, 'totp', recovery)
  formOf(shown, /\/finish\/totp$/)
})

test('another passcode takes the place of the old one, after both elements were right', async (t) => {
  const bank = await started(t)
  const amira = await bank.enter('amira')
  const shown = page(await amira.open('/security/add/passcode'))
  assert.match(shown.text, /transaction-code/)
  const wrong = page(await bank.confirm(amira, shown, /\/add\/passcode$/, 'wrong harbour'), 403)
  assert.equal(questionIn(wrong), questionIn(shown), 'the same transaction is asked again')
  const choose = page(await bank.confirm(amira, wrong, /\/add\/passcode$/))
  page(await amira.send(choose, /\/finish\//, passcodes(NEW)))
  assert.deepEqual(await bank.kindsOf('cust-amira'), ['passcode', 'transaction-code'])
  assert.equal((await bank.enrolment.ended('cust-amira')).length, 1)
  const record = await bank.record()
  assert.equal(record?.evidence.decision.outcome, 'required')
  assert.equal(record.decision.authentication, 'succeeded')
  assert.equal(record.decision.state, 'done')
  const act = bank.questions.at(-1)?.act
  assert.deepEqual(act, { kind: 'risky-act', what: 'credentials' })
  // Neither the answer nor the enrolment counts again.
  page(await bank.confirm(amira, wrong, /\/add\/passcode$/), 409)
  page(await amira.send(choose, /\/finish\//, passcodes('another orchard')), 409)
  // The old one is none any more.
  const again = page(await amira.open('/security/add/totp'))
  page(await bank.confirm(amira, again, /\/add\/totp$/), 403)
  page(await bank.confirm(amira, again, /\/add\/totp$/, NEW))
})

test('removing needs what is there, and ends it at once; an answer to adding is none to removing', async (t) => {
  const bank = await started(t)
  const amira = await bank.enter('amira')
  const [token] = (await bank.enrolment.devices('cust-amira')).filter(
    ({ kind }) => kind === 'transaction-code',
  )
  const path = `/security/element/${token?.id}/remove`
  const remove = page(await amira.open(path))
  page(await amira.send(remove, /\/remove$/), 403)
  page(await bank.confirm(amira, remove, /\/remove$/, 'wrong harbour'), 403)
  // A transaction of the other change, with its right answers.
  const add = page(await amira.open('/security/add/totp'))
  const transaction = /name="transaction" value="([^"]*)"/.exec(add.text)?.[1] ?? ''
  const text = remove.text
    .replace(/(name="transaction" value=")[^"]*/, (_, before: string) => `${before}${transaction}`)
    .replace(questionIn(remove), questionIn(add))
  page(await bank.confirm(amira, { ...remove, text }, /\/remove$/), 409)
  assert.deepEqual(await bank.kindsOf('cust-amira'), ['passcode', 'transaction-code'])
  const list = page(await bank.confirm(amira, page(await amira.open(path)), /\/remove$/))
  assert.equal(list.path, '/security')
  assert.deepEqual(await bank.kindsOf('cust-amira'), ['passcode'])
  page(await amira.open(path), 404)
  // What is left authenticates nothing: the login is enough to remove it, and a code of the bank begins anew.
  const [last] = await bank.enrolment.devices('cust-amira')
  const plain = page(await amira.open(`/security/element/${last?.id}/remove`))
  page(await amira.send(plain, /\/remove$/))
  assert.deepEqual(await bank.kindsOf('cust-amira'), [])
})

test('who removes a passkey is asked for the rest first, and the button says that something ends', async (t) => {
  const bank = await started(t, { passkeys: PASSKEYS })
  const key = new Authenticator()
  await enrol(bank.sca, 'cust-amira', 'passkey', (options) =>
    key.create({ challenge: textAt(options, 'challenge') }),
  )
  const amira = await bank.enter('amira')
  const devices = await bank.enrolment.devices('cust-amira')
  for (const { id, kind } of devices) {
    const { text } = page(await amira.open(`/security/element/${id}/remove`))
    const [offer, typed] = [text.indexOf('data-part="offer"'), text.indexOf('data-part="typed"')]
    assert.ok(offer > 0 && typed > 0, 'either will do')
    assert.equal(typed < offer, kind === 'passkey', kind)
    assert.match(text, /<button class="ends" type="submit">/)
    assert.equal(/<legend>/.test(text), kind !== 'passkey', 'nothing stands before it')
  }
  assert.equal(devices.length, 3)
  const { text } = page(await amira.open('/security/add/passcode'))
  assert.ok(text.indexOf('data-part="offer"') < text.indexOf('data-part="typed"'))
  assert.doesNotMatch(text, /class="ends"/)
})

test('a code for what these pages cannot add is not linked', async (t) => {
  for (const scripted of [true, false]) {
    const bank = await started(t, { passkeys: PASSKEYS, scripted })
    const amira = await bank.enter('amira')
    for (const kind of ['passkey', 'totp'] as const) await bank.codeFor('cust-amira', kind)
    const list = page(await amira.open('/security'))
    const links = [...list.text.matchAll(/href="(\/security\/code\/[^"]+)"/g)].map(
      ([, link = '']) => link,
    )
    assert.deepEqual(
      links.toSorted(),
      scripted ? ['/security/code/passkey', '/security/code/totp'] : ['/security/code/totp'],
    )
    for (const link of links) page(await amira.open(link))
  }
})

test('nobody finishes, removes or sees what is another’s', async (t) => {
  const bank = await started(t)
  const [ben, amira] = [await bank.enter('ben'), await bank.enter('amira')]
  const shown = await bank.typeCode(ben, 'passcode', await bank.codeFor('cust-ben', 'passcode'))
  const enrolment = /name="enrolment" value="([^"]*)"/.exec(shown.text)?.[1] ?? ''
  const add = page(await amira.open('/security/add/passcode'))
  const hers = page(await bank.confirm(amira, add, /\/add\/passcode$/))
  const text = hers.text.replace(
    /(name="enrolment" value=")[^"]*/,
    (_, before: string) => `${before}${enrolment}`,
  )
  page(await amira.send({ ...hers, text }, /\/finish\//, passcodes(NEW)), 409)
  page(await ben.send(shown, /\/finish\//, passcodes(NEW)))
  const [element] = await bank.enrolment.devices('cust-ben')
  page(await amira.open(`/security/element/${element?.id}/remove`), 404)
  page(await amira.open('/security/add/nothing'), 404)
  page(await amira.open('/security/finish/passcode'), 404)
})

test('recovery: who is blocked types a code of the bank, and is blocked no more', async (t) => {
  const bank = await started(t)
  const amira = await bank.enter('amira')
  let shown = page(await amira.open('/security/add/totp'))
  for (let at = 0; at < 5; at++)
    shown = page(await bank.confirm(amira, shown, /\/add\/totp$/, 'wrong harbour'), 403)
  page(await bank.confirm(amira, shown, /\/add\/totp$/), 403)
  assert.equal(await bank.sca.blocked('cust-amira'), true)
  const recovery = await bank.codeFor('cust-amira', 'passcode', { recovers: true })
  const choose = await bank.typeCode(amira, 'passcode', recovery)
  page(await amira.send(choose, /\/finish\//, passcodes(NEW)))
  assert.equal(await bank.sca.blocked('cust-amira'), false)
  const again = page(await amira.open('/security/add/totp'))
  page(await bank.confirm(amira, again, /\/add\/totp$/, NEW))
})
