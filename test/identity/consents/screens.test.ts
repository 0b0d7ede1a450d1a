/** What a customer sees and does, over real HTTP, without script: each regime's journey, and what must not work. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test, type TestContext } from 'node:test'
import { makeClient, refresh } from '../client.ts'
import { callResource, CUSTOMERS, ownToken, SCA, startBank } from './bank.ts'
import { back, begin, formOf, intent, page, Person, pushed, tokensFor } from './journey.ts'

const UK = '/open-banking/v4.0'

async function bank(t: TestContext, name = 'Budget <b>Buddy</b>') {
  const client = await makeClient('tpp', { client_name: name })
  const rig = await startBank(t, { testClients: [client] })
  const token = await ownToken(rig.ask, client, 'accounts payments')
  const make = async (path: string, body: unknown): Promise<string> => {
    const made = await callResource(rig.ask, client, token, 'POST', path, {
      body,
      headers: { 'x-idempotency-key': randomUUID() },
    })
    assert.equal(made.status, 201, made.text)
    return String(made.body.Data?.ConsentId ?? made.body.consentId ?? made.body.paymentId)
  }
  const state = async (path: string) => {
    const { body } = await callResource(rig.ask, client, token, 'GET', path)
    return body.Data?.Status ?? body.consentStatus ?? body.transactionStatus ?? body.scaStatus
  }
  return { ...rig, client, make, state, person: new Person(rig.ask) }
}
const access = (more = {}) => ({
  Data: { Permissions: ['ReadAccountsDetail', 'ReadBalances'], ...more },
  Risk: {},
})
const payment = {
  Data: {
    Initiation: {
      InstructionIdentification: 'ACME412',
      EndToEndIdentification: 'FRESCO.21302.GFX.20',
      InstructedAmount: { Amount: '165.88', Currency: 'GBP' },
      CreditorAccount: {
        SchemeName: 'UK.OBIE.SortCodeAccountNumber',
        Identification: '08080021325690',
        Name: 'ACME <script>alert(1)</script> Inc',
      },
      RemittanceInformation: { Unstructured: ['Invoice "42"'] },
    },
  },
  Risk: {},
}
const bg = (access_: unknown) => ({
  access: access_,
  recurringIndicator: true,
  validUntil: '2099-12-31',
  frequencyPerDay: 4,
  combinedServiceIndicator: false,
})

test('UK accounts: login, accounts to pick because none is named, confirm, token; then withdrawn by its customer', async (t) => {
  const { ask, client, make, state, person } = await bank(t)
  const path = `${UK}/aisp/account-access-consents`
  const id = await make(path, access({ ExpirationDateTime: '2099-01-01T00:00:00Z' }))
  const login = page(await person.open(await begin(ask, client, { claims: intent(id) })))
  assert.match(login.text, /Budget &lt;b&gt;Buddy&lt;\/b&gt;/)
  const confirm = page(await person.login(login))
  assert.match(confirm.text, /name="account" value="22200"/)
  const none = page(await person.send(confirm, /\/confirm$/), 422)
  assert.match(none.text, /role="alert"/)
  // An account of somebody else is none that could be picked.
  page(await person.send(none, /\/confirm$/, [['account', '99999']]), 422)
  const answer = back(await person.send(none, /\/confirm$/, [['account', '22200']]))
  const { claims, idToken, refresh: token } = await tokensFor(ask, client, answer)
  assert.equal(claims['consent_id'], id)
  assert.equal(claims.sub, 'cust-amira')
  assert.equal(claims['acr'], SCA)
  assert.equal(idToken['openbanking_intent_id'], id)
  assert.equal(await state(`${path}/${id}`), 'AUTH')
  assert.equal((await refresh(ask, client, token)).status, 200)

  // My permissions: a login of its own.
  const own = page(await person.open('/permissions'))
  const list = page(await person.login(own))
  assert.match(list.text, new RegExp(`/permissions/${id}`))
  const detail = page(await person.open(`/permissions/${id}`))
  const ended = page(await person.send(detail, /\/withdraw$/))
  assert.doesNotMatch(ended.text, /\/withdraw"/, 'what is over cannot be ended again')
  assert.equal(await state(`${path}/${id}`), 'CANC')
  const refused = await refresh(ask, client, token)
  assert.deepEqual([refused.status, refused.body['error']], [400, 'invalid_grant'])
  const out = page(await person.send(page(await person.open('/permissions')), /\/logout$/))
  formOf(out, /\/login$/)
})

test('UK payment: amount and payee are shown, one confirmation, the consent carries what gateways compare', async (t) => {
  const { ask, client, make, state, person } = await bank(t)
  const path = `${UK}/pisp/domestic-payment-consents`
  const id = await make(path, payment)
  const login = page(
    await person.open(await begin(ask, client, { scope: 'openid payments', consent_id: id })),
  )
  for (const shown of [login, page(await person.login(login))]) {
    assert.match(shown.text, /165\.88 GBP/)
    assert.match(shown.text, /ACME &lt;script&gt;alert\(1\)&lt;\/script&gt; Inc/)
    assert.match(shown.text, /Invoice &quot;42&quot;/)
    assert.doesNotMatch(shown.text, /<script|\u202e/)
    if (shown === login) continue
    const { claims } = await tokensFor(ask, client, back(await person.send(shown, /\/confirm$/)))
    assert.equal(claims['consent_id'], id)
  }
  assert.equal(await state(`${path}/${id}`), 'AUTH')
})

test('EU: accounts that were named and payments need one authentication and no second question', async (t) => {
  const { ask, client, make, state, person } = await bank(t)
  const id = await make('/v1/consents', bg({ balances: [{ iban: 'DE89370400440532013000' }] }))
  const login = page(await person.open(await begin(ask, client, { consent_id: id })))
  const answer = back(await person.login(login))
  assert.equal((await tokensFor(ask, client, answer)).claims['consent_id'], id)
  assert.equal(await state(`/v1/consents/${id}/status`), 'valid')
  assert.equal(await state(`/v1/consents/${id}/authorisations/1`), 'finalised')

  const sepa = '/v1/payments/sepa-credit-transfers'
  const paid = await make(sepa, {
    instructedAmount: { currency: 'EUR', amount: '123.50' },
    debtorAccount: { iban: 'DE89370400440532013000' },
    creditorAccount: { iban: 'DE02100100109307118603' },
    creditorName: 'Merchant 123',
  })
  const pay = page(
    await person.open(await begin(ask, client, { scope: 'openid payments', consent_id: paid })),
  )
  assert.match(pay.text, /123\.50 EUR/)
  assert.match(pay.text, /Merchant 123/)
  back(await person.login(pay))
  assert.equal(await state(`${sepa}/${paid}/status`), 'ACTC')

  // None named: the customer picks, and is asked nothing else.
  const open = await make('/v1/consents', bg({ allPsd2: 'allAccounts' }))
  const first = page(await person.open(await begin(ask, client, { consent_id: open })))
  const pick = page(await person.login(first))
  back(await person.send(pick, /\/confirm$/, [['account', '22201']]))
  assert.equal(await state(`/v1/consents/${open}/status`), 'valid')
})

test('an account that is not the customer’s is refused, and says nothing of whose it is', async (t) => {
  const { ask, client, make, state, person } = await bank(t)
  const id = await make('/v1/consents', bg({ balances: [{ iban: 'DE02100100109307118603' }] }))
  const login = page(await person.open(await begin(ask, client, { consent_id: id })))
  const answer = back(await person.login(login))
  assert.equal(answer.get('error'), 'access_denied')
  assert.equal(answer.get('code'), null)
  assert.equal(await state(`/v1/consents/${id}/status`), 'rejected')
})

test('a shared account waits for the second person, and neither can say yes twice', async (t) => {
  const { ask, client, make, state, person } = await bank(t)
  const path = `${UK}/aisp/account-access-consents`
  const id = await make(path, access())
  const first = page(await person.open(await begin(ask, client, { claims: intent(id) })))
  const confirm = page(await person.login(first))
  const waiting = page(await person.send(confirm, /\/confirm$/, [['account', '33333']]))
  assert.match(waiting.text, /another person must agree/)
  assert.equal(await state(`${path}/${id}`), 'AWAU')
  page(await person.send(confirm, /\/confirm$/, [['account', '33333']]))
  assert.equal(await state(`${path}/${id}`), 'AWAU')
  const ben = new Person(ask)
  const second = page(await ben.open(await begin(ask, client, { claims: intent(id) })))
  const his = page(await ben.login(second, 'ben'))
  const { claims } = await tokensFor(ask, client, back(await ben.send(his, /\/confirm$/)))
  assert.equal(claims.sub, 'cust-ben')
  assert.equal(await state(`${path}/${id}`), 'AUTH')
})

test('a consent that is another’s, unknown, over, or named twice is refused at the pushed request, all alike', async (t) => {
  const { ask, client, make } = await bank(t)
  const other = await makeClient('other')
  const rig = await startBank(t, { testClients: [other, client] })
  const token = await ownToken(rig.ask, other, 'accounts')
  const foreign = await callResource(
    rig.ask,
    other,
    token,
    'POST',
    `${UK}/aisp/account-access-consents`,
    { body: access() },
  )
  const id = await make(`${UK}/aisp/account-access-consents`, access())
  const told = async (on: typeof ask, params: Record<string, string>) => {
    const { status, body } = await pushed(on, client, params)
    return [status, JSON.stringify(body)]
  }
  const unknown = await told(rig.ask, { consent_id: '0'.repeat(32) })
  assert.equal(unknown[0], 400)
  assert.deepEqual(await told(rig.ask, { consent_id: foreign.body.Data.ConsentId }), unknown)
  assert.deepEqual(await told(rig.ask, { claims: intent(foreign.body.Data.ConsentId) }), unknown)
  assert.deepEqual(await told(ask, { consent_id: id, claims: intent('1'.repeat(32)) }), unknown)
  // What is no name names nothing that a customer could be asked for instead.
  for (const asked of [{ value: 5 }, { value: null }, { value: [id] }, { values: [id] }])
    assert.deepEqual(
      await told(ask, { claims: JSON.stringify({ id_token: { openbanking_intent_id: asked } }) }),
      unknown,
      JSON.stringify(asked),
    )
  assert.equal((await told(ask, { consent_id: id, claims: intent(id) }))[0], 201)
})

test('details of a batch that say of all what its payments deny are refused: a customer saw the small one, and the token held the large one', async (t) => {
  const { ask, client } = await bank(t)
  const small = {
    instructedAmount: { currency: 'EUR', amount: '1.00' },
    creditorAccount: { iban: 'DE02100100109307118603' },
    creditorName: 'Ann',
  }
  const told = async (beside: object) => {
    const details = [{ type: 'payment_initiation', ...beside, payments: [small] }]
    const authorization_details = JSON.stringify(details)
    const params = { scope: 'openid payments', authorization_details }
    const { status, body } = await pushed(ask, client, params)
    return status === 201 ? 201 : body['error']
  }
  assert.equal(await told({}), 201)
  assert.equal(await told({ debtorAccount: { iban: 'DE89370400440532013000' } }), 201)
  for (const beside of [
    { instructedAmount: { currency: 'EUR', amount: '9999.00' } },
    { creditorAccount: { iban: 'DE88100900001234567892' } },
    { creditorName: 'Mallory' },
  ])
    assert.equal(await told(beside), 'invalid_authorization_details', JSON.stringify(beside))
})

test('authorization_details alone make a consent, once, and the grant says which accounts it became', async (t) => {
  const { ask, client, person } = await bank(t)
  const details = [
    { type: 'account_access', permissions: ['ReadAccountsDetail'], accounts: ['22201'] },
  ]
  const path = await begin(ask, client, { authorization_details: JSON.stringify(details) })
  const confirm = page(await person.login(page(await person.open(path))))
  assert.doesNotMatch(confirm.text, /type="checkbox"/, 'the request names its accounts')
  const { claims } = await tokensFor(ask, client, back(await person.send(confirm, /\/confirm$/)))
  assert.deepEqual(claims['authorization_details'], [{ ...details[0], accounts: ['22201'] }])
  const list = page(await person.login(page(await person.open('/permissions'))))
  assert.equal([...list.text.matchAll(/\/permissions\/[0-9a-f]{32}/g)].length, 1)
})

test('details beside a named consent that say more than it are refused: nobody would see them, and the token would hold them', async (t) => {
  const { ask, client, make, state, person } = await bank(t)
  const path = `${UK}/aisp/account-access-consents`
  const id = await make(path, access())
  const pay = {
    type: 'payment_initiation',
    instructedAmount: { currency: 'GBP', amount: '9999.00' },
    creditorAccount: { iban: 'DE02100100109307118603' },
    creditorName: 'Mallory',
  }
  const authorization_details = JSON.stringify([pay])
  const request = await begin(ask, client, { claims: intent(id), authorization_details })
  assert.equal(back(await person.open(request)).get('error'), 'access_denied')
  assert.equal(await state(`${path}/${id}`), 'AWAU')
})

test('a wrong password says nothing of what was wrong, and the sixth attempt is not tried', async (t) => {
  const { ask, client, make, person } = await bank(t)
  const id = await make(`${UK}/aisp/account-access-consents`, access())
  let shown = page(await person.open(await begin(ask, client, { claims: intent(id) })))
  const texts = new Set<string>()
  for (const [name, password] of [
    ['amira', 'no'],
    ['nobody', 'no'],
    ['amira', ''],
    ['amira', 'no'],
    ['amira', 'no'],
    ['amira', 'no'],
  ] as const) {
    shown = page(await person.login(shown, name, password), 403)
    texts.add(shown.text)
  }
  assert.equal(texts.size, 1, 'every failure is the same page')
  page(await person.login(shown), 403)
})

test('who refuses sends the third party away, and the consent is over', async (t) => {
  const { ask, client, make, state, person } = await bank(t)
  const path = `${UK}/aisp/account-access-consents`
  const id = await make(path, access())
  const request = await begin(ask, client, { claims: intent(id) })
  const login = page(await person.open(request))
  const answer = back(await person.send(login, /\/refuse$/))
  assert.equal(answer.get('error'), 'access_denied')
  assert.equal(await state(`${path}/${id}`), 'RJCT')
})

test('an interaction survives a restart, and one that is gone says a clear word', async (t) => {
  const { ask, client, make, person, store, secret } = await bank(t)
  const id = await make(`${UK}/aisp/account-access-consents`, access())
  const confirm = page(
    await person.login(page(await person.open(await begin(ask, client, { claims: intent(id) })))),
  )
  const again = await startBank(t, { testClients: [client], secret, store })
  const later = new Person(again.ask)
  for (const [name, value] of person.cookies()) later.cookies().set(name, value)
  const shown = page(await later.open(confirm.path))
  back(await later.send(shown, /\/confirm$/, [['account', '22200']]))
  const stranger = new Person(again.ask)
  const gone = page(await stranger.open(confirm.path), 400)
  assert.match(gone.text, /expired/)
  assert.match(gone.text, /Go back to the app/)
})

test('forms from elsewhere, from another interaction or without their token change nothing', async (t) => {
  const { ask, client, make, state, person } = await bank(t)
  const path = `${UK}/aisp/account-access-consents`
  const id = await make(path, access())
  const confirm = page(
    await person.login(page(await person.open(await begin(ask, client, { claims: intent(id) })))),
  )
  const pick = [['account', '22200']] as const
  page(await person.send(confirm, /\/confirm$/, pick, { origin: 'https://evil.example' }), 403)
  page(await person.send(confirm, /\/confirm$/, pick, { origin: 'null' }), 403)
  page(await person.send(confirm, /\/confirm$/, pick, { 'sec-fetch-site': 'cross-site' }), 403)
  const forged = {
    ...confirm,
    text: confirm.text.replaceAll(/name="form" value="[^"]*"/g, 'name="form" value="x"'),
  }
  page(await person.send(forged, /\/confirm$/, pick), 403)
  const own = page(await person.open('/permissions'))
  const mixed = {
    ...own,
    text: own.text.replaceAll(/name="form" value="[^"]*"/g, 'name="form" value="x"'),
  }
  page(await person.login(mixed), 403)
  // The login form of another browser: nobody is made somebody else.
  const other = new Person(ask)
  await other.open('/permissions')
  page(await other.login(own), 403)
  assert.equal(await state(`${path}/${id}`), 'AWAU')
})

test('another customer’s permission is as unknown as one that never was', async (t) => {
  const { ask, client, make, state, person } = await bank(t)
  const path = `${UK}/aisp/account-access-consents`
  const id = await make(path, access())
  const login = page(await person.open(await begin(ask, client, { claims: intent(id) })))
  back(await person.send(page(await person.login(login)), /\/confirm$/, [['account', '22200']]))
  const ben = new Person(ask)
  const list = page(await ben.login(page(await ben.open('/permissions')), 'ben'))
  const foreign = page(await ben.open(`/permissions/${id}`), 404)
  assert.equal(page(await ben.open(`/permissions/${'0'.repeat(32)}`), 404).text, foreign.text)
  const stolen = {
    ...list,
    text: list.text.replaceAll('/permissions/logout', `/permissions/${id}/withdraw`),
  }
  page(await ben.send(stolen, /\/withdraw$/), 404)
  assert.equal(await state(`${path}/${id}`), 'AUTH')
})

test('every page is closed to scripts, frames and copies, and can be read', async (t) => {
  const { ask, client, make, person } = await bank(t)
  const id = await make(`${UK}/aisp/account-access-consents`, access())
  const login = page(await person.open(await begin(ask, client, { claims: intent(id) })))
  const confirm = page(await person.login(login))
  const permissions = page(await person.open('/permissions'))
  const missing = page(await person.open('/interaction/nothing'), 400)
  for (const { headers, text } of [login, confirm, permissions, missing]) {
    const policy = headers.get('content-security-policy') ?? ''
    assert.match(policy, /default-src 'none'/)
    assert.match(policy, /frame-ancestors 'none'/)
    assert.match(policy, /base-uri 'none'/)
    assert.doesNotMatch(policy, /unsafe|script-src|\*/)
    assert.equal(headers.get('x-frame-options'), 'DENY')
    assert.equal(headers.get('cache-control'), 'no-store')
    assert.equal(headers.get('x-content-type-options'), 'nosniff')
    assert.equal(headers.get('referrer-policy'), 'same-origin')
    assert.doesNotMatch(text, /<script|style=|\son[a-z]+=|javascript:/i)
    assert.match(text, /<html lang="en">/)
    assert.equal([...text.matchAll(/<h1>/g)].length, 1)
    assert.equal([...text.matchAll(/<main>/g)].length, 1)
    assert.match(text, /<title>[^<]+<\/title>/)
    for (const [, inside = ''] of text.matchAll(/<input ([^>]*)>/g)) {
      if (inside.includes('type="hidden"') || inside.includes('type="checkbox"')) continue
      const name = /id="([^"]*)"/.exec(inside)?.[1]
      assert.ok(text.includes(`<label for="${name}">`), inside)
    }
  }
  assert.match(
    confirm.headers.get('content-security-policy') ?? '',
    /form-action 'self' https:\/\/third-party\.example;/,
  )
  const style = page(await person.open('/screens.css'))
  assert.match(style.headers.get('content-type') ?? '', /^text\/css/)
  assert.match(style.text, /--accent:#0b6e4f/)
})

test('the language is the browser’s, or the one that was asked for', async (t) => {
  const { ask, client, make, person } = await bank(t)
  const id = await make(`${UK}/aisp/account-access-consents`, access())
  const path = await begin(ask, client, { claims: intent(id), ui_locales: 'fr de-AT' })
  const german = page(await person.open(path))
  assert.match(german.text, /<html lang="de">/)
  assert.match(german.text, /Anmelden/)
  assert.equal(german.headers.get('content-language'), 'de')
  assert.ok(CUSTOMERS.length > 1)
})
