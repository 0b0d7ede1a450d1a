/** "My security", over real HTTP, without script: what a customer sees of his elements, and what nobody else does. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { page, Person, type Shown } from '../consents/journey.ts'
import { startStrongBank } from './strong-bank.ts'

async function started(t: TestContext) {
  const bank = await startStrongBank(t, [])
  const person = new Person(bank.ask)
  const login = async (who = person, username = 'amira') =>
    page(await who.login(page(await who.open('/security')), username))
  const elementOf = async (kind: string, subject = 'cust-amira') =>
    (await bank.sca.enrolment.devices(subject)).find((one) => one.kind === kind)?.id ?? ''
  return { ...bank, person, login, elementOf }
}
const linksIn = ({ text }: Shown): readonly string[] =>
  [...text.matchAll(/href="([^"]+)"/g)].map(([, link = '']) => link)

test('the list has each element in plain words, and what it does not have is nowhere in it', async (t) => {
  const bank = await started(t)
  const list = await bank.login()
  for (const id of [await bank.elementOf('passcode'), await bank.elementOf('transaction-code')])
    assert.ok(linksIn(list).includes(`/security/element/${id}`))
  assert.match(list.text, /something that only you know/)
  assert.match(list.text, /something that only you have/)
  assert.doesNotMatch(list.text, /<script|argon2|seed/)
  const policy = list.headers.get('content-security-policy') ?? ''
  assert.match(policy, /default-src 'none'/)
  assert.doesNotMatch(policy, /unsafe|script-src/)
  assert.equal(list.headers.get('cache-control'), 'no-store')
  // A customer with nothing sees so, and where it begins.
  const ben = await bank.login(new Person(bank.ask), 'ben')
  assert.ok(linksIn(ben).every((link) => !link.startsWith('/security/element/')))
  assert.ok(linksIn(ben).includes('/security/add'))
})

test('an element is renamed by its customer, from his own page, to something that can be read', async (t) => {
  const bank = await started(t)
  await bank.login()
  const id = await bank.elementOf('transaction-code')
  const path = `/security/element/${id}`
  const shown = page(await bank.person.open(path))
  const renamed = page(await bank.person.send(shown, /\/rename$/, [['label', '<b>Desk</b>']]))
  assert.match(renamed.text, /&lt;b&gt;Desk&lt;\/b&gt;/)
  assert.doesNotMatch(renamed.text, /<b>Desk/)
  for (const label of ['', '   ', 'x'.repeat(65), 'a\u202eb', 'a\u0007b'])
    page(await bank.person.send(renamed, /\/rename$/, [['label', label]]), 422)
  page(await bank.person.send(renamed, /\/rename$/, [['label', 'x'.repeat(64)]]))
  // Another customer has no such element.
  const ben = new Person(bank.ask)
  await bank.login(ben, 'ben')
  page(await ben.open(path), 404)
  const [device] = (await bank.sca.enrolment.devices('cust-amira')).filter((one) => one.id === id)
  assert.equal(device?.label, 'x'.repeat(64))
})

test('forms of other origins, of other sessions and without their token change nothing', async (t) => {
  const bank = await started(t)
  await bank.login()
  const path = `/security/element/${await bank.elementOf('passcode')}`
  const shown = page(await bank.person.open(path))
  const rename = (of: Shown, headers = {}) =>
    bank.person.send(of, /\/rename$/, [['label', 'Forged']], headers)
  page(await rename(shown, { origin: 'https://evil.example' }), 403)
  page(await rename(shown, { 'sec-fetch-site': 'cross-site' }), 403)
  const text = shown.text.replaceAll(/name="form" value="[^"]*"/g, 'name="form" value="made-up"')
  page(await rename({ ...shown, text }), 403)
  const stranger = new Person(bank.ask)
  const login = await stranger.send(shown, /\/rename$/, [['label', 'Forged']])
  assert.match(page(login).text, /id="username"/)
  const devices = await bank.sca.enrolment.devices('cust-amira')
  assert.ok(devices.every(({ label }) => label !== 'Forged'))
})

test('there is no such page: unknown steps, deeper paths, other methods', async (t) => {
  const bank = await started(t)
  await bank.login()
  const id = await bank.elementOf('passcode')
  for (const path of [
    '/security/nothing',
    `/security/element/${id}/more/than`,
    '/security/add/x/y',
  ])
    page(await bank.person.open(path), 404)
  assert.equal((await bank.ask('/securityx')).status, 404)
  const put = await bank.ask('/security', { method: 'PUT' })
  assert.match(await put.text(), /id="username"/)
  const out = page(await bank.person.send(page(await bank.person.open('/security')), /\/logout$/))
  assert.match(out.text, /id="username"/)
})

test('it is reached from "my permissions" and back, where there is strong authentication', async (t) => {
  const bank = await started(t)
  assert.ok(linksIn(await bank.login()).includes('/permissions'))
  assert.ok(linksIn(page(await bank.person.open('/permissions'))).includes('/security'))
})
