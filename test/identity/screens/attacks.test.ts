/** What somebody does to a customer's pages who is not the customer: written into them, sent to them, taken from them, guessed. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test, type TestContext } from 'node:test'
import { developmentCustomers } from '../../../src/identity/screens/customers.ts'
import { systemClock } from '../../../src/app/system-ports.ts'
import { ISSUER, makeClient, REDIRECT } from '../client.ts'
import { callResource, CUSTOMERS, ownToken, PASSWORD, startBank } from '../consents/bank.ts'
import { elsewhereAt, startBankProvider } from '../login/bank-provider.ts'
import { begin, formOf, intent, page, Person, pushed, type Shown } from '../consents/journey.ts'

const UK = '/open-banking/v4.0'
const ACCESS = { Data: { Permissions: ['ReadAccountsDetail', 'ReadBalances'] }, Risk: {} }
const payment = (name: string, reference: string) => ({
  Data: {
    Initiation: {
      InstructionIdentification: 'ACME412',
      EndToEndIdentification: 'FRESCO.21302.GFX.20',
      InstructedAmount: { Amount: '1.00', Currency: 'GBP' },
      CreditorAccount: {
        SchemeName: 'UK.OBIE.SortCodeAccountNumber',
        Identification: '08080021325690',
        Name: name,
      },
      RemittanceInformation: { Unstructured: [reference] },
    },
  },
  Risk: {},
})
/** What leaves its place in text, in an attribute, in a comment, in a header, or turns the direction. */
const evil = (of: string): string => `"'--><img src=x onerror=alert(${of})>\u202e&lt;`

async function bank(t: TestContext, metadata: Readonly<Record<string, string>> = {}) {
  const client = await makeClient('tpp', metadata)
  const list = CUSTOMERS.map((one) => ({
    ...one,
    accounts: one.accounts.map((account) => ({
      ...account,
      name: evil('account'),
      number: evil('number'),
    })),
  }))
  const rig = await startBank(t, {
    testClients: [client],
    elsewhere: { customers: developmentCustomers(list, systemClock) },
  })
  const token = await ownToken(rig.ask, client, 'accounts payments')
  return {
    ...rig,
    client,
    person: new Person(rig.ask),
    async make(path: string, body: unknown): Promise<string> {
      const headers = { 'x-idempotency-key': randomUUID() }
      const made = await callResource(rig.ask, client, token, 'POST', path, { body, headers })
      assert.equal(made.status, 201, made.text)
      return String(made.body.Data.ConsentId)
    },
    async state(path: string): Promise<string> {
      return String((await callResource(rig.ask, client, token, 'GET', path)).body.Data.Status)
    },
  }
}
type Rig = Awaited<ReturnType<typeof bank>>

const CONSENTS = `${UK}/aisp/account-access-consents`
async function confirmOf(rig: Rig, person = rig.person) {
  const id = await rig.make(CONSENTS, ACCESS)
  const login = page(await person.open(await begin(rig.ask, rig.client, { claims: intent(id) })))
  return { id, login, confirm: page(await person.login(login)) }
}

test('whatever a third party or an account is called, it is text on every page', async (t) => {
  const rig = await bank(t, {
    client_name: evil('client'),
    policy_uri: 'https://third-party.example/policy"><img src=x>',
    tos_uri: "https://third-party.example/tos'><img src=x>",
    logo_uri: 'https://third-party.example/logo"><img src=x>',
  })
  const { person, ask, client } = rig
  const pages: Shown[] = []
  const { login, confirm, id } = await confirmOf(rig)
  const picked = await person.send(confirm, /\/confirm$/, [['account', '22200']])
  assert.ok(picked instanceof URL)
  const pay = await rig.make(
    `${UK}/pisp/domestic-payment-consents`,
    payment(evil('payee').replace('\u202e', ''), evil('reference').replace('\u202e', '')),
  )
  const request = {
    scope: 'openid payments',
    consent_id: pay,
    state: evil('state'),
    nonce: evil('nonce'),
    ui_locales: `${evil('locale')} de`,
    login_hint: evil('hint'),
  }
  const asked = page(await person.open(await begin(ask, client, request)))
  const failed = page(await person.login(asked, evil('username'), evil('password')), 403)
  pages.push(login, confirm, asked, failed, page(await person.login(failed)))
  const own = page(await person.open(`/permissions?error=${encodeURIComponent(evil('query'))}`))
  pages.push(own, page(await person.login(own)), page(await person.open(`/permissions/${id}`)))
  pages.push(page(await person.open(`/permissions/${encodeURIComponent(evil('path'))}`), 404))
  for (const { text, path } of pages) {
    assert.doesNotMatch(text, /<img|onerror=alert\([a-z]+\)>|\u202e/, path)
    for (const [tag] of text.matchAll(
      /<(?!\/?(?:html|head|meta|title|link|body|header|main|h1|h2|p|ul|ol|li|dl|dt|dd|bdi|form|input|button|label|fieldset|legend|span|a|br)\b)[a-z][^>]*/gi,
    ))
      if (!tag.startsWith('<!')) assert.fail(`${path}: ${tag}`)
  }
  assert.ok(
    pages.some(({ text }) => text.includes('alert(client)')),
    'it was there at all',
  )
  assert.ok(pages.some(({ text }) => text.includes('alert(payee)')))
  assert.ok(pages.some(({ text }) => text.includes('alert(account)')))
})

test('each form is taken with its own token alone, from our own page, as a form', async (t) => {
  const rig = await bank(t)
  const { person, ask } = rig
  const { confirm, id } = await confirmOf(rig)
  const other = await confirmOf(rig, new Person(ask))
  const idle = new Person(ask)
  const fresh = page(await idle.open(await begin(ask, rig.client, { claims: intent(id) })))
  const list = page(await person.login(page(await person.open('/permissions'))))
  const login = page(await new Person(ask).open('/permissions'))
  const stolen = formOf(other.confirm, /\/confirm$/).fields[0]?.[1] ?? ''
  for (const [who, shown, action] of [
    [person, confirm, /\/confirm$/],
    [person, confirm, /\/refuse$/],
    [idle, fresh, /\/login$/],
    [idle, fresh, /\/refuse$/],
    [person, list, /\/logout$/],
    [person, login, /\/login$/],
  ] as const) {
    const put = (value: string): Shown => ({
      ...shown,
      text: shown.text.replaceAll(/name="form" value="[^"]*"/g, `name="form" value="${value}"`),
    })
    const fields = [
      ['account', '22200'],
      ['username', 'amira'],
      ['password', PASSWORD],
    ] as const
    for (const value of ['', 'x', stolen]) page(await who.send(put(value), action, fields), 403)
    const without = { ...shown, text: shown.text.replaceAll(/<input type="hidden"[^>]*>/g, '') }
    page(await who.send(without, action, fields), 403)
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: `${ISSUER}.evil.example` },
      { 'sec-fetch-site': 'same-site' },
      { 'content-type': 'text/plain' },
      { 'content-type': 'multipart/form-data; boundary=x' },
    ])
      page(await who.send(shown, action, fields, headers), 403)
  }
  assert.equal(await rig.state(`${CONSENTS}/${id}`), 'AWAU')
  assert.equal(await rig.state(`${CONSENTS}/${other.id}`), 'AWAU')
})

test('no parameter, path or header leads a browser elsewhere', async (t) => {
  const { ask } = await bank(t)
  const out = 'https://evil.example/'
  const names = [
    'next',
    'url',
    'redirect_uri',
    'return_to',
    'goesOn',
    'continue',
    'state',
    'iss',
    'post_logout_redirect_uri',
  ]
  const query = names.map((name) => `${name}=${encodeURIComponent(out)}`).join('&')
  for (const path of [
    `/permissions?${query}`,
    `/interaction/x?${query}`,
    `/login/callback?${query}`,
    `/session/end?${query}`,
    `/authorize?client_id=tpp&response_type=code&scope=openid&${query}`,
    '//evil.example/permissions',
    '/%2f%2fevil.example',
    '/permissions/%0d%0alocation:%20https://evil.example',
    '/interaction/%0d%0aset-cookie:%20x=1',
    '/\\evil.example',
  ])
    for (const method of ['GET', 'POST'])
      for (const headers of [
        {},
        { 'x-forwarded-host': 'evil.example' },
        { forwarded: 'host=evil.example' },
      ]) {
        const answer = await ask(path, { method, headers })
        const to = answer.headers.get('location')
        assert.ok(to === null || new URL(to, ISSUER).origin === ISSUER, `${method} ${path}: ${to}`)
        assert.ok(!(await answer.text()).includes('href="https://evil.example'), path)
        assert.ok(
          answer.headers.getSetCookie().every((line) => !line.startsWith('x=')),
          path,
        )
      }
})

test('where a request leads in the end was registered, letter by letter', async (t) => {
  const { ask, client } = await bank(t)
  for (const uri of [
    'https://evil.example/callback',
    `${REDIRECT}/`,
    `${REDIRECT}?x=1`,
    `${REDIRECT}#x`,
    `${REDIRECT}/../evil`,
    'https://third-party.example@evil.example/callback',
    'https://third-party.example.evil.example/callback',
    'HTTPS://third-party.example/callback',
    'https://third-party.example:444/callback',
    'javascript:alert(1)',
  ])
    assert.equal((await pushed(ask, client, { redirect_uri: uri })).status, 400, uri)
})

test('no user is told from nobody: one answer, one amount of work', async (t) => {
  const rig = await bank(t)
  const id = await rig.make(CONSENTS, ACCESS)
  let shown = page(await rig.person.open(await begin(rig.ask, rig.client, { claims: intent(id) })))
  const spent: Record<'known' | 'unknown', number[]> = { known: [], unknown: [] }
  const texts = new Set<string>()
  // As many as are tried at all, then as many as are not, a known name and an unknown in turn.
  for (let at = 0; at < 14; at++) {
    const kind = at % 2 === 0 ? 'known' : 'unknown'
    const before = process.cpuUsage()
    shown = page(await rig.person.login(shown, kind === 'known' ? 'ben' : 'nobody', 'wrong'), 403)
    const { user, system } = process.cpuUsage(before)
    spent[kind].push(user + system)
    texts.add(shown.text)
  }
  assert.equal(texts.size, 1)
  const [known, unknown] = [median(spent.known), median(spent.unknown)]
  // A hash takes fifty times what everything else does: whoever saved it would be far outside.
  assert.ok(known < 3 * unknown && unknown < 3 * known, `${known} and ${unknown} µs`)
})
const median = (of: readonly number[]): number =>
  of.toSorted((a, b) => a - b)[Math.floor(of.length / 2)] ?? 0

test('ids of interactions cannot be guessed, and a guess says nothing, also of one that is there', async (t) => {
  const rig = await bank(t)
  const { confirm } = await confirmOf(rig)
  const real = confirm.path.split('/')[2] ?? ''
  // 43 characters of base64url: 256 bits.
  assert.match(real, /^[\w-]{43}$/)
  const stranger = new Person(rig.ask)
  const texts = new Set<string>()
  for (const guess of [real, 'x', `${real.slice(0, -1)}A`, `${real}A`, '0'.repeat(43)])
    for (const step of ['', '/login', '/confirm', '/callback'])
      texts.add(page(await stranger.open(`/interaction/${guess}${step}`), 400).text)
  assert.equal(texts.size, 1)
})

test('two tabs are two requests: no token fits the other, and who logs in to one answers nothing in the other', async (t) => {
  const rig = await bank(t)
  const { person, ask, client } = rig
  const first = await rig.make(CONSENTS, ACCESS)
  const second = await rig.make(CONSENTS, ACCESS)
  const one = page(await person.open(await begin(ask, client, { claims: intent(first) })))
  const other = page(await person.open(await begin(ask, client, { claims: intent(second) })))
  const token = formOf(one, /\/login$/).fields[0]?.[1] ?? ''
  const mixed = other.text.replaceAll(/name="form" value="[^"]*"/g, `name="form" value="${token}"`)
  page(await person.login({ ...other, text: mixed }), 403)
  const amira = page(await person.login(one))
  const ben = page(await person.login(other, 'ben'))
  assert.match(amira.text, /value="22200"/)
  assert.doesNotMatch(ben.text, /value="22200"/)
  // An account of the other person is none that could be picked, in either tab.
  page(await person.send(ben, /\/confirm$/, [['account', '22200']]), 422)
  assert.equal(await rig.state(`${CONSENTS}/${second}`), 'AWAU')
  // The browser is somebody else's by now: what the first one began is over, and no code goes out under either name.
  page(await person.send(amira, /\/confirm$/, [['account', '22200']]), 400)
  assert.equal(await rig.state(`${CONSENTS}/${first}`), 'AWAU')
})

test('a session that was planted is not the one that the customer logs in to', async (t) => {
  const rig = await bank(t)
  const attacker = new Person(rig.ask)
  await confirmOf(rig, attacker)
  const victim = new Person(rig.ask)
  for (const [name, value] of attacker.cookies())
    if (name.startsWith('gh_session')) victim.cookies().set(name, value)
  const planted = victim.cookies().get('gh_session')
  assert.ok(planted)
  await confirmOf(rig, victim)
  assert.notEqual(victim.cookies().get('gh_session'), planted)
  // And in the customer's own pages.
  const list = page(await victim.login(page(await victim.open('/permissions'))))
  const first = victim.cookies().get('__Host-gh_customer')
  await victim.send(list, /\/logout$/)
  await victim.login(page(await victim.open('/permissions')))
  assert.notEqual(victim.cookies().get('__Host-gh_customer'), first)
})

test('of one form sent fifty times at once there is one code', async (t) => {
  const rig = await bank(t)
  const { confirm, id } = await confirmOf(rig)
  const form = formOf(confirm, /\/confirm$/)
  const body = new URLSearchParams([...form.fields.map(([a, b]) => [a, b]), ['account', '22200']])
  const cookieFor = (path: string): string =>
    [...rig.person.cookies()]
      .map(([key, value]) => [...key.split(';'), value])
      .filter((parts) => parts.length === 2 || path.startsWith(parts[1] ?? ''))
      .map((parts) => `${parts[0]}=${parts.at(-1)}`)
      .join('; ')
  const headers = (path: string) => ({ cookie: cookieFor(path), origin: ISSUER })
  const sent = await Promise.all(
    Array.from({ length: 50 }, () =>
      rig.ask(form.action, { method: 'POST', body, headers: headers(form.action) }),
    ),
  )
  const places = sent.flatMap((answer) => answer.headers.get('location') ?? [])
  const ends = await Promise.all(
    places.map(async (to) => {
      const { pathname, search } = new URL(to, ISSUER)
      const answer = await rig.ask(pathname + search, { headers: headers(pathname) })
      return answer.headers.get('location') ?? ''
    }),
  )
  const codes = ends.filter((to) => to.startsWith(REDIRECT) && new URL(to).searchParams.has('code'))
  assert.equal(codes.length, 1, ends.join('\n'))
  assert.equal(await rig.state(`${CONSENTS}/${id}`), 'AUTH')
})

test('a permission ends by its own customer’s form, from its own page, and by nothing else', async (t) => {
  const rig = await bank(t)
  const { person, ask } = rig
  const { confirm, id } = await confirmOf(rig)
  assert.ok((await person.send(confirm, /\/confirm$/, [['account', '22200']])) instanceof URL)
  page(await person.login(page(await person.open('/permissions'))))
  const shown = page(await person.open(`/permissions/${id}`))
  const end = (of: Shown, headers = {}, who = person) => who.send(of, /\/withdraw$/, [], headers)
  const put = (value: string): Shown => ({
    ...shown,
    text: shown.text.replaceAll(/name="form" value="[^"]*"/g, `name="form" value="${value}"`),
  })
  for (const value of ['', 'x']) page(await end(put(value)), 403)
  for (const headers of [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'same-site' },
    { 'content-type': 'text/plain' },
  ])
    page(await end(shown, headers), 403)
  // Another customer, with a token of his own session for the path of hers.
  const ben = new Person(ask)
  const list = page(await ben.login(page(await ben.open('/permissions')), 'ben'))
  page(await end(put(formOf(list, /\/logout$/).fields[0]?.[1] ?? ''), {}, ben), 404)
  page(await end(shown, {}, ben), 403)
  // A link is no form.
  page(await person.open(`/permissions/${id}/withdraw`), 404)
  assert.equal(await rig.state(`${CONSENTS}/${id}`), 'AUTH')
  page(await end(shown))
  assert.equal(await rig.state(`${CONSENTS}/${id}`), 'CANC')
})

test('what others say of an error is on no page', async (t) => {
  const provider = await startBankProvider(t, false)
  const client = await makeClient('tpp')
  const { ask } = await startBank(t, {
    testClients: [client],
    elsewhere: elsewhereAt(provider, {}),
  })
  const said = new URLSearchParams({
    error: evil('error'),
    error_description: evil('description'),
    error_uri: evil('uri'),
    state: evil('state'),
    client_id: 'tpp',
    request_uri: evil('request'),
  })
  for (const path of [
    '/login/callback',
    '/permissions/callback',
    '/authorize',
    '/security',
    '/nothing',
  ]) {
    const response = await ask(`${path}?${said}`, { headers: { accept: 'text/html' } })
    const text = await response.text()
    assert.ok(response.status >= 200 && text !== '', path)
    assert.doesNotMatch(text, /alert\((?:error|description|uri|state|request)\)/, path)
    assert.doesNotMatch(response.headers.get('location') ?? '', /alert/, path)
  }
})
