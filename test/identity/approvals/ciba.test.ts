/** CIBA with the page of approvals as the customer's device, over HTTP, without script. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test, type TestContext } from 'node:test'
import { decodeJwt } from 'jose'
import { systemClock } from '../../../src/app/system-ports.ts'
import {
  ASKED_WITHIN_MS,
  MAX_UNAPPROVED,
  MAX_WAITING,
} from '../../../src/identity/approvals/approvals.ts'
import { DECOUPLED_SECONDS } from '../../../src/identity/lifetimes.ts'
import { askDecoupled, type TestClient } from '../client.ts'
import { type Bank, SCA, startBank } from '../consents/bank.ts'
import { formOf, page } from '../consents/journey.ts'
import { assertAnswer } from '../refusals.ts'
import { APPROVALS, decoupledClient, pathsIn, phoneOf, poll } from './phone.ts'

const READ = { type: 'account_access', permissions: ['ReadBalances'], accounts: ['22200'] }
const PAY = {
  type: 'payment_initiation',
  instructedAmount: { currency: 'EUR', amount: '123.50' },
  creditorName: 'Merchant <b>123</b>',
  creditorAccount: { iban: 'DE02100100109307118603' },
}
interface Options extends Partial<Parameters<typeof startBank>[1]> {
  readonly clients?: readonly TestClient[]
}

async function started(t: TestContext, { clients, ...more }: Options = {}) {
  const testClients = clients ?? [await decoupledClient('tpp'), await decoupledClient('other')]
  const bank = await startBank(t, { ...more, testClients, decoupled: 'page' })
  const [client, other] = testClients
  assert.ok(client && other)
  return { ...bank, client, other }
}
const ask = (
  bank: Pick<Bank, 'ask'>,
  client: TestClient,
  details: unknown,
  form: Readonly<Record<string, string>> = {},
) =>
  askDecoupled(bank.ask, client, {
    scope: 'openid accounts payments',
    login_hint: 'amira',
    ...(details === undefined ? {} : { authorization_details: JSON.stringify([details]) }),
    ...form,
  })
async function begin(...of: Parameters<typeof ask>): Promise<string> {
  const answer = await ask(...of)
  assertAnswer(answer, '200', 'asked')
  return String(answer.body['auth_req_id'])
}

test('a payment: amount, payee and message are shown, one approval, a token for exactly it', async (t) => {
  const bank = await started(t)
  const id = await begin(bank, bank.client, PAY, { binding_message: 'Order 47-11' })
  assertAnswer(await poll(bank.ask, bank.client, id), '400 authorization_pending', 'not yet')
  const phone = await phoneOf(bank.ask)
  const shown = await phone.open()
  assert.match(shown.text, /123\.50 EUR/)
  assert.match(shown.text, /Merchant &lt;b&gt;123&lt;\/b&gt;/)
  assert.match(shown.text, /DE02100100109307118603/)
  assert.match(shown.text, /Budget Buddy/)
  assert.match(shown.text, /Order 47-11/)
  assert.doesNotMatch(shown.text, /<script/)
  page(await phone.approve(shown))
  const done = await poll(bank.ask, bank.client, id)
  assertAnswer(done, '200', 'answered')
  const claims = decodeJwt(String(done.body['access_token']))
  assert.equal(claims.sub, 'cust-amira')
  assert.equal(claims['acr'], SCA)
  assert.deepEqual(claims['authorization_details'], [PAY])
  assertAnswer(await poll(bank.ask, bank.client, id), '400 invalid_grant', 'once')
  // And there is nothing left to answer.
  assert.deepEqual(pathsIn(await phone.look()), [])
  page(await phone.approve(shown), 404)
})

test('accounts to pick where none was named; none picked is asked again', async (t) => {
  const bank = await started(t)
  const id = await begin(bank, bank.client, { ...READ, accounts: undefined })
  const phone = await phoneOf(bank.ask)
  const shown = await phone.open()
  const again = page(await phone.approve(shown), 422)
  assert.match(again.text, /role="alert"/)
  page(await phone.approve(again, [['account', '99999']]), 422)
  page(await phone.approve(again, [['account', '22201']]))
  const { body } = await poll(bank.ask, bank.client, id)
  const [detail] = decodeJwt(String(body['access_token']))['authorization_details'] as [object]
  assert.deepEqual(detail, { type: READ.type, permissions: READ.permissions, accounts: ['22201'] })
})

test('who refuses is not asked to again: the third party is told, the consent is over', async (t) => {
  const bank = await started(t)
  const id = await begin(bank, bank.client, READ)
  const phone = await phoneOf(bank.ask)
  const shown = await phone.open()
  page(await phone.refuse(shown))
  assertAnswer(await poll(bank.ask, bank.client, id), '400 access_denied', 'refused')
  page(await phone.approve(shown), 404)
  assertAnswer(await poll(bank.ask, bank.client, id), '400 invalid_grant', 'told once')
})

test('a message that is a number is typed, not shown; a wrong one is a refusal', async (t) => {
  const bank = await started(t)
  const id = await begin(bank, bank.client, READ, { binding_message: '4711' })
  const phone = await phoneOf(bank.ask)
  const shown = await phone.open()
  assert.doesNotMatch(shown.text, /\b4711\b/)
  page(await phone.approve(shown), 422)
  page(await phone.approve(shown, [['number', ' 4711 ']]))
  assertAnswer(await poll(bank.ask, bank.client, id), '200', 'the right one')

  const next = await begin(bank, bank.client, READ, { binding_message: '4712' })
  page(await phone.approve(await phone.open(), [['number', '4711']]))
  assertAnswer(await poll(bank.ask, bank.client, next), '400 access_denied', 'a wrong one')
})

test('approval and refusal at once: one counts, and the token says which', async (t) => {
  const bank = await started(t)
  for (let round = 0; round < 3; round++) {
    const id = await begin(bank, bank.client, READ)
    const phone = await phoneOf(bank.ask)
    const shown = await phone.open()
    const said = await Promise.all(
      Array.from({ length: 50 }, (_, at) =>
        at % 2 === 0 ? phone.approve(shown) : phone.refuse(shown),
      ),
    )
    const won = said.flatMap((one, at) => (!(one instanceof URL) && one.status === 200 ? [at] : []))
    assert.equal(won.length, 1)
    const { status } = await poll(bank.ask, bank.client, id)
    assert.equal(status, (won[0] ?? 0) % 2 === 0 ? 200 : 400)
  }
})

test('nobody else sees or answers it, and no form from elsewhere does', async (t) => {
  const bank = await started(t)
  const id = await begin(bank, bank.client, READ)
  const phone = await phoneOf(bank.ask)
  const shown = await phone.open()
  const ben = await phoneOf(bank.ask, 'ben')
  assert.deepEqual(pathsIn(ben.list), [])
  const foreign = page(await ben.person.open(shown.path), 404)
  const never = page(await ben.person.open(`${APPROVALS}/${'A'.repeat(43)}`), 404)
  assert.equal(foreign.text, never.text)
  // With ben's own token of a form.
  const { fields } = formOf(ben.list, /\/logout$/)
  for (const action of ['approve', 'refuse'])
    page(
      await ben.person.send(
        { ...ben.list, text: formText(`${shown.path}/${action}`, String(fields[0]?.[1])) },
        new RegExp(`${action}$`),
      ),
      404,
    )
  for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }])
    page(await phone.person.send(shown, /\/approve$/, [], headers), 403)
  page(
    await phone.person.send(
      { ...shown, text: formText(`${shown.path}/approve`, String(fields[0]?.[1])) },
      /approve$/,
    ),
    403,
  )
  assertAnswer(await poll(bank.ask, bank.client, id), '400 authorization_pending', 'untouched')
})
const formText = (action: string, token: string): string =>
  `<form method="post" action="${action}"><input type="hidden" name="form" value="${token}" /></form>`

test('it expires; whoever waits longer without an answer is not asked on and on', async (t) => {
  let late = 0
  const clock = { ...systemClock, now: () => systemClock.now() + late }
  const bank = await started(t, { clock })
  const phone = await phoneOf(bank.ask)
  for (let at = 0; at < MAX_UNAPPROVED; at++) await begin(bank, bank.client, READ)
  const refused = await ask(bank, bank.client, READ)
  assert.deepEqual([refused.status, refused.body['error']], [403, 'access_denied'])
  // Another third party is not locked out by the first, as far as a person can look through it.
  for (let at = MAX_UNAPPROVED; at < MAX_WAITING; at++) await begin(bank, bank.other, READ)
  const full = await ask(bank, bank.other, READ)
  assert.deepEqual([full.status, full.body['error']], [403, 'access_denied'])
  assert.equal(pathsIn(await phone.look()).length, MAX_WAITING)

  const shown = await phone.open()
  late = (DECOUPLED_SECONDS - 60) * 1000
  assert.equal(pathsIn((await phoneOf(bank.ask)).list).length, MAX_WAITING)
  late = (DECOUPLED_SECONDS + 1) * 1000
  const after = await phoneOf(bank.ask)
  assert.deepEqual(pathsIn(after.list), [])
  page(await after.person.open(shown.path), 404)
  await begin(bank, bank.other, READ)
  assert.equal((await ask(bank, bank.client, READ)).status, 403, 'what was ignored counts')
  late = ASKED_WITHIN_MS + 1000
  await begin(bank, bank.client, READ)
})

test('what was asked before a restart waits after it', async (t) => {
  const clients = [await decoupledClient('tpp'), await decoupledClient('other')]
  const secret = randomBytes(32).toString('base64url')
  const first = await started(t, { clients, secret })
  const id = await begin(first, first.client, READ)
  first.server.stop()
  const second = await started(t, { clients, secret, store: first.store })
  const phone = await phoneOf(second.ask)
  page(await phone.approve(await phone.open()))
  assertAnswer(await poll(second.ask, second.client, id), '200', 'after a restart')
})

test('a hint that names nobody is answered as the standard says', async (t) => {
  const bank = await started(t)
  const nobody = await ask(bank, bank.client, READ, { login_hint: 'zorro' })
  assert.deepEqual([nobody.status, nobody.body['error']], [400, 'unknown_user_id'])
  await begin(bank, bank.client, READ, { login_hint: 'cust-amira' })
})

test('ping: the third party is called when there is an answer, whichever it is, and an answer counts if it cannot be', async (t) => {
  const pings: { readonly url: string; readonly auth: string; readonly body: string }[] = []
  let reachable = true
  const clients = [
    await decoupledClient('tpp', {
      backchannel_token_delivery_mode: 'ping',
      backchannel_client_notification_endpoint: 'https://third-party.example/ping',
    }),
    await decoupledClient('other'),
  ]
  const bank = await started(t, {
    clients,
    outside: (url, init) => {
      if (!reachable) return Promise.reject(new TypeError('away'))
      pings.push({
        url: String(url),
        auth: new Headers(init.headers).get('authorization') ?? '',
        body: typeof init.body === 'string' ? init.body : '',
      })
      return Promise.resolve(new Response(null, { status: 204 }))
    },
  })
  const phone = await phoneOf(bank.ask)
  for (const [approves, expected] of [
    [true, '200'],
    [false, '400 access_denied'],
  ] as const) {
    const id = await begin(bank, bank.client, READ, { client_notification_token: 'a-token-of-it' })
    const shown = await phone.open()
    page(await (approves ? phone.approve(shown) : phone.refuse(shown)))
    const ping = pings.at(-1)
    assert.equal(ping?.url, 'https://third-party.example/ping')
    assert.equal(ping.auth, 'Bearer a-token-of-it')
    assert.deepEqual(JSON.parse(ping.body), { auth_req_id: id })
    assertAnswer(await poll(bank.ask, bank.client, id), expected, 'after the ping')
  }
  assert.equal(pings.length, 2)
  reachable = false
  const id = await begin(bank, bank.client, READ, { client_notification_token: 'a-token-of-it' })
  page(await phone.approve(await phone.open()))
  assertAnswer(await poll(bank.ask, bank.client, id), '200', 'though it could not be called')
})

test('a message and a name are text, whatever they say', async (t) => {
  const name = `"'--><img src=x onerror=alert(1)>`
  const bank = await started(t, {
    clients: [await decoupledClient('tpp', { client_name: name }), await decoupledClient('other')],
  })
  const message = '"><b>&lt;'
  const answer = await ask(bank, bank.client, PAY, { binding_message: message })
  // Where the library takes it at all, it is shown as it is; else nobody is asked.
  if (answer.status !== 200) {
    assertAnswer(answer, '400 invalid_binding_message', 'no message')
    await begin(bank, bank.client, PAY)
  }
  const phone = await phoneOf(bank.ask)
  const shown = await phone.open()
  for (const { text } of [shown, await phone.look()]) {
    assert.doesNotMatch(text, /<img|"><b>/)
    assert.match(text, /alert\(1\)/)
  }
})
