/** Customers log in at the bank's own OpenID provider; and whatever it, or somebody in between, says wrongly, nobody is logged in. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test, type TestContext } from 'node:test'
import { type JWTPayload, SignJWT, UnsecuredJWT } from 'jose'
import { LOGIN_CALLBACK, MAX_PENDING } from '../../../src/identity/login/login-desk.ts'
import type { BankLogin } from '../../../src/identity/index.ts'
import { ENGLISH, type Message } from '../../../src/identity/screens/english.ts'
import { escape } from '../../../src/identity/screens/html.ts'
import { ISSUER, makeClient, signingJwk } from '../client.ts'
import { callResource, ownToken, startBank } from '../consents/bank.ts'
import { back, begin, intent, page, Person, type Shown, tokensFor } from '../consents/journey.ts'
import {
  CLIENT_ID,
  CLIENT_SECRET,
  elsewhereAt,
  startBankProvider,
  TWO_FACTORS,
} from './bank-provider.ts'

const UK = '/open-banking/v4.0/aisp/account-access-consents'
const ACCESS = { Data: { Permissions: ['ReadAccountsDetail', 'ReadBalances'] }, Risk: {} }

async function bank(
  t: TestContext,
  { pushes = false, ...changes }: Partial<BankLogin> & { readonly pushes?: boolean } = {},
) {
  const provider = await startBankProvider(t, pushes)
  const client = await makeClient('tpp')
  const rig = await startBank(t, {
    testClients: [client],
    elsewhere: elsewhereAt(provider, changes),
  })
  const token = await ownToken(rig.ask, client, 'accounts payments')
  async function make(path: string, body: unknown): Promise<string> {
    const headers = { 'x-idempotency-key': randomUUID() }
    const made = await callResource(rig.ask, client, token, 'POST', path, { body, headers })
    return String(made.body.Data?.ConsentId ?? made.body.consentId)
  }
  const person = new Person(rig.ask)
  return {
    ...rig,
    provider,
    client,
    person,
    make,
    /** As far as the first page, with a consent that names no account. */
    async ask1(by = person): Promise<Shown> {
      return page(
        await by.open(await begin(rig.ask, client, { claims: intent(await make(UK, ACCESS)) })),
      )
    },
  }
}
/** Follows the link of the login page, logs in there: the path at which the browser is back. */
async function there(
  { provider }: Pick<Awaited<ReturnType<typeof bank>>, 'provider'>,
  person: Person,
  shown: Shown,
): Promise<URL> {
  const link = /<a class="button" href="([^"]+)"/.exec(shown.text)?.[1]
  assert.ok(link, shown.text)
  const start = await person.open(link)
  assert.ok(start instanceof URL)
  return provider.visit(start)
}
const pathOf = (url: URL): string => {
  assert.equal(url.origin + url.pathname, ISSUER + LOGIN_CALLBACK)
  return url.pathname + url.search
}
function says(shown: Shown, message: Message): void {
  assert.ok(shown.text.includes(escape(ENGLISH[message])), `${message}: ${shown.text}`)
}

for (const pushes of [false, true])
  test(`a customer logs in at the bank and picks accounts; the request ${pushes ? 'is pushed' : 'is in the address'}`, async (t) => {
    const rig = await bank(t, { pushes })
    const { person, provider, client, ask } = rig
    const shown = await rig.ask1()
    assert.doesNotMatch(shown.text, /type="password"/)
    const began = Math.floor(Date.now() / 1000)
    const confirm = page(await person.open(pathOf(await there(rig, person, shown))))
    assert.equal(provider.asked.includes('/request'), pushes)
    const answer = back(await person.send(confirm, /\/confirm$/, [['account', '22200']]))
    const { claims } = await tokensFor(ask, client, answer)
    assert.equal(claims.sub, 'cust-amira')
    assert.equal(claims['acr'], TWO_FACTORS)
    assert.ok(Number(claims['auth_time']) >= began - 1)
    assert.deepEqual(
      [...person.cookies().keys()].filter((name) => name.includes('gh_at_login')),
      [],
      'what is over is forgotten',
    )
  })

test('what is asked of the provider: prompt, acr_values, PKCE, nonce, state, language; and nothing of the third party', async (t) => {
  const rig = await bank(t)
  const shown = await rig.ask1()
  const start = await rig.person.open(
    /<a class="button" href="([^"]+)"/.exec(shown.text)?.[1] ?? '',
  )
  assert.ok(start instanceof URL)
  const { state, nonce, code_challenge, ...rest } = Object.fromEntries(start.searchParams)
  for (const random of [state, nonce, code_challenge]) assert.match(random ?? '', /^[\w-]{43}$/)
  assert.deepEqual(rest, {
    client_id: CLIENT_ID,
    response_type: 'code',
    redirect_uri: `${ISSUER}${LOGIN_CALLBACK}`,
    scope: 'openid',
    code_challenge_method: 'S256',
    prompt: 'login',
    max_age: '0',
    ui_locales: 'en',
    acr_values: TWO_FACTORS,
  })
})

test('EU: to log in at the bank is the whole answer where the regime says so', async (t) => {
  const rig = await bank(t)
  const id = await rig.make('/v1/consents', {
    access: { balances: [{ iban: 'DE89370400440532013000' }] },
    recurringIndicator: true,
    validUntil: '2099-12-31',
    frequencyPerDay: 4,
    combinedServiceIndicator: false,
  })
  const login = page(await rig.person.open(await begin(rig.ask, rig.client, { consent_id: id })))
  const answer = back(await rig.person.open(pathOf(await there(rig, rig.person, login))))
  assert.equal((await tokensFor(rig.ask, rig.client, answer)).claims['consent_id'], id)
})

test('another claim may hold the id of the customer', async (t) => {
  const rig = await bank(t, { subjectClaim: 'customer_number' })
  rig.provider.spoil = (claims) => ({ ...claims, customer_number: 'cust-ben' })
  const shown = await rig.ask1()
  const confirm = page(await rig.person.open(pathOf(await there(rig, rig.person, shown))))
  assert.match(confirm.text, /33333/)
  assert.doesNotMatch(confirm.text, /22200/)
})

const stranger = signingJwk('PS256')
const SPOILT: readonly (readonly [string, (claims: JWTPayload) => JWTPayload | Promise<string>])[] =
  [
    ['another issuer', (claims) => ({ ...claims, iss: 'https://evil.example' })],
    ['another audience', (claims) => ({ ...claims, aud: 'another-client' })],
    [
      'one audience of several, for another party',
      (claims) => ({ ...claims, aud: [CLIENT_ID, 'x'], azp: 'x' }),
    ],
    ['the nonce of another login', (claims) => ({ ...claims, nonce: 'of-another' })],
    ['no nonce', ({ nonce: _, ...claims }) => claims],
    ['a token that is over', (claims) => ({ ...claims, exp: Math.floor(Date.now() / 1000) - 60 })],
    ['no end', ({ exp: _, ...claims }) => claims],
    ['no word of when', ({ auth_time: _, ...claims }) => claims],
    [
      'a login before the request',
      (claims) => ({ ...claims, auth_time: Math.floor(Date.now() / 1000) - 600 }),
    ],
    ['a weaker login', (claims) => ({ ...claims, acr: 'urn:bank:password' })],
    ['no word of how', ({ acr: _, ...claims }) => claims],
    ['no customer', ({ sub: _, ...claims }) => claims],
    ['an empty customer', (claims) => ({ ...claims, sub: '' })],
    ['no signature', (claims) => Promise.resolve(new UnsecuredJWT(claims).encode())],
    [
      'the signature of a secret',
      (claims) =>
        new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(CLIENT_SECRET)),
    ],
    [
      'the signature of somebody else',
      async (claims) =>
        new SignJWT(claims)
          .setProtectedHeader({ alg: 'PS256', kid: 'unknown' })
          .sign((await stranger).privateKey),
    ],
    [
      'another algorithm',
      async (claims) => {
        const key = await signingJwk('ES256')
        return new SignJWT(claims).setProtectedHeader({ alg: 'ES256' }).sign(key.privateKey)
      },
    ],
  ]
test('an ID token that is not what it must be logs nobody in, whatever is wrong with it', async (t) => {
  const rig = await bank(t)
  for (const [what, spoil] of SPOILT) {
    rig.provider.spoil = spoil
    const shown = await rig.ask1()
    const failed = page(await rig.person.open(pathOf(await there(rig, rig.person, shown))), 403)
    says(failed, 'loginUnsound')
    assert.doesNotMatch(failed.text, /name="account"/, what)
    // And once more, with nothing wrong, from the same page.
    if (what !== 'no signature') continue
    rig.provider.spoil = undefined
    page(await rig.person.open(pathOf(await there(rig, rig.person, failed))))
  }
})

test('a callback that names another issuer, or none where the provider names itself, is not believed (RFC 9207)', async (t) => {
  const rig = await bank(t)
  for (const change of [
    (url: URL) => url.searchParams.set('iss', 'https://evil.example'),
    (url: URL) => url.searchParams.delete('iss'),
  ]) {
    const url = await there(rig, rig.person, await rig.ask1())
    change(url)
    const before = rig.provider.asked.filter((path) => path === '/token').length
    says(page(await rig.person.open(pathOf(url)), 403), 'loginUnsound')
    assert.equal(rig.provider.asked.filter((path) => path === '/token').length, before)
  }
})

test('a provider that says another issuer of itself, or leads to plain HTTP, is none', async (t) => {
  const rig = await bank(t)
  for (const metadata of [
    { issuer: 'https://evil.example' },
    { authorization_endpoint: 'http://id.bank.example/auth' },
  ]) {
    rig.provider.metadata = metadata
    const shown = await rig.ask1()
    says(page(await rig.person.open(`${shown.path}/login`), 403), 'loginUnsound')
  }
})

test('a stolen callback is nothing in another browser, and a second time nothing in the same', async (t) => {
  const rig = await bank(t)
  const url = pathOf(await there(rig, rig.person, await rig.ask1()))
  const thief = new Person(rig.ask)
  says(page(await thief.open(url), 400), 'loginLostText')
  await rig.ask1(thief)
  says(page(await thief.open(url), 400), 'loginLostText')
  page(await rig.person.open(url))
  says(page(await rig.person.open(url), 400), 'loginLostText')
})

test('of fifty callbacks at once one logs in', async (t) => {
  const rig = await bank(t)
  const url = new URL(await there(rig, rig.person, await rig.ask1()))
  const cookie = [...rig.person.cookies()]
    .map(([name, value]) => `${name.split(';')[0]}=${value}`)
    .join('; ')
  const on = await rig.ask(pathOf(url), { headers: { cookie } })
  const location = on.headers.get('location') ?? ''
  assert.match(location, /^\/interaction\/[\w-]+\/callback\?/)
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => rig.ask(location, { headers: { cookie } })),
  )
  const statuses = answers.map(({ status }) => status)
  assert.equal(statuses.filter((status) => status === 303).length, 1, String(statuses))
  assert.equal(rig.provider.asked.filter((path) => path === '/token').length, 1)
})

test('two tabs are two logins, and what came back to one is nothing in the other', async (t) => {
  const rig = await bank(t)
  const one = await rig.ask1()
  const other = await rig.ask1()
  const backToOne = await there(rig, rig.person, one)
  rig.provider.customer = 'cust-ben'
  const backToOther = await there(rig, rig.person, other)
  // The code of one with the state of the other.
  const mixed = new URL(backToOther)
  mixed.searchParams.set('code', backToOne.searchParams.get('code') ?? '')
  const failed = page(await rig.person.open(pathOf(mixed)), 403)
  says(failed, 'loginUnsound')
  assert.ok(failed.path.startsWith(other.path))
  // And by hand, at the path of the other.
  const across = page(await rig.person.open(`${other.path}/callback${backToOne.search}`), 403)
  says(across, 'loginLost')
  page(await rig.person.open(pathOf(backToOne)))
})

test('who leaves the login is told so and can try again or refuse', async (t) => {
  const rig = await bank(t)
  rig.provider.login = undefined
  const failed = page(
    await rig.person.open(pathOf(await there(rig, rig.person, await rig.ask1()))),
    403,
  )
  says(failed, 'loginCancelled')
  const answer = back(await rig.person.send(failed, /\/refuse$/))
  assert.equal(answer.get('error'), 'access_denied')
})

test('a provider that is down is said to be, before and after, and the request goes on when it is back', async (t) => {
  const rig = await bank(t)
  const shown = await rig.ask1()
  rig.provider.down = true
  const failed = page(await rig.person.open(`${shown.path}/login`), 503)
  says(failed, 'loginUnreachable')
  rig.provider.down = false
  const url = pathOf(await there(rig, rig.person, failed))
  rig.provider.down = true
  const later = page(await rig.person.open(url), 503)
  says(later, 'loginUnreachable')
  rig.provider.down = false
  page(await rig.person.open(pathOf(await there(rig, rig.person, later))))
})

test('a customer whom nobody knows here, a password, and a form change nothing', async (t) => {
  const rig = await bank(t)
  rig.provider.customer = 'cust-nobody'
  const shown = await rig.ask1()
  const failed = page(await rig.person.open(pathOf(await there(rig, rig.person, shown))), 403)
  says(failed, 'loginUnknown')
  const asForm = { ...failed, text: failed.text.replaceAll('/refuse"', '/login"') }
  page(await rig.person.login(asForm), 403)
})

test('the customer’s own page has the same login, and a browser keeps few that were begun', async (t) => {
  const rig = await bank(t)
  const { person } = rig
  const login = page(await person.open('/permissions'))
  for (let at = 0; at < 3 * MAX_PENDING; at++) await there(rig, person, login)
  const begun = [...person.cookies().keys()].filter((name) => name.includes('gh_at_login'))
  assert.ok(begun.length <= MAX_PENDING, String(begun.length))
  const welcome = page(await person.open(pathOf(await there(rig, person, login))))
  assert.equal(welcome.headers.get('refresh'), '0; url=/permissions')
  const list = page(await person.open('/permissions'))
  assert.match(list.text, /\/permissions\/logout/)
})
