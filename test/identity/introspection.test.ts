/** A gateway that shows its certificate is answered before the library: with what the library would say, byte for byte, and at once when that changes. */
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { decodeJwt } from 'jose'
import type { ClientMetadata } from '../../src/identity/client-metadata.ts'
import { readCertificate } from '../../src/proof/index.ts'
import { openSqliteStore, type Store } from '../../src/store/index.ts'
import { developmentCertificates } from '../support/development-certificates.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { CERTIFICATE_HEADER, makeClient, makeGateway, post, redeem } from './client.ts'
import { ownToken, startBank } from './consents/bank.ts'
import { back, begin, page, Person } from './consents/journey.ts'
import { identityMigrations } from './migrations.ts'

const FORM = 'application/x-www-form-urlencoded'
/** The library takes it as it takes `*` `/` `*`; who answers before it does not. */
const TO_THE_LIBRARY = { accept: 'application/json, text/plain' }

async function rig(t: TestContext) {
  const certificate = new X509Certificate(developmentCertificates(t).pem('qwac'))
  const read = readCertificate(certificate.raw)
  assert.ok(read.ok)
  const dn = read.certificate.subject.text
  const byCertificate = { token_endpoint_auth_method: 'tls_client_auth' } as const
  const gateway = await makeGateway({ ...byCertificate, tls_client_auth_subject_dn: dn })
  const of = async (id: string, metadata: Partial<ClientMetadata>) => {
    const client = await makeGateway(metadata)
    return { ...client, metadata: { ...client.metadata, client_id: id } }
  }
  const clients = {
    gateway,
    wrong: await of('wrong', { ...byCertificate, tls_client_auth_subject_dn: `${dn},C=XX` }),
    stranger: await of('stranger', { ...byCertificate, tls_client_auth_subject_dn: dn }),
    signing: await of('signing', {}),
    tpp: await makeClient('tpp', { access_token_format: 'opaque' }),
    jwt: await makeClient('jwt'),
  }
  const testClients = Object.values(clients)
  const kept = await openSqliteStore({
    dir: temporaryFolder(t),
    create: true,
    migrations: identityMigrations,
  })
  t.after(() => kept.close())
  /** Kinds of records that were looked for. */
  const looked: string[] = []
  const store: Store = {
    ...kept,
    runBuffered(unit, arg) {
      const { model } = Object(arg) as { readonly model?: string } // sound: asked for by name
      if (/^find(?:First)?AuthorizationUnit$/.test(unit.name))
        looked.push(model ?? 'by its id alone')
      return kept.runBuffered(unit, arg)
    },
  }
  const bank = await startBank(t, {
    testClients,
    store,
    elsewhere: {
      gateways: ['gateway', 'wrong', 'signing'],
      presented: {
        of: ({ headers }) => (headers[CERTIFICATE_HEADER] === '' ? undefined : certificate),
        trusted: ({ headers }) => headers[CERTIFICATE_HEADER] !== 'untrusted',
        believesSeal: () => false,
      },
    },
  })
  const { port } = new URL((await bank.ask('/jwks')).url)
  interface Asked {
    readonly headers?: Readonly<Record<string, string>>
    readonly body?: string
  }
  const question = async (token: string, { headers, body }: Asked = {}) => {
    const answer = await bank.ask('/introspect', {
      method: 'POST',
      body: body ?? String(new URLSearchParams({ client_id: 'gateway', token })),
      headers: { 'content-type': FORM, [CERTIFICATE_HEADER]: 'shown', ...headers },
    })
    const told = Object.fromEntries(answer.headers)
    // What is for scripts in browsers is the library's alone: none of them is a gateway.
    for (const name of Object.keys(told))
      if (/^(?:date|vary|gatehouse-decision|access-control-.*)$/.test(name)) delete told[name]
    return { status: answer.status, headers: told, text: await answer.text() }
  }
  /** The same question both ways; the library looks for a refresh token, too. */
  async function both(what: string, token: string, asked: Asked = {}) {
    looked.length = 0
    const answer = await question(token, asked)
    const early = looked.length > 0 && !looked.includes('RefreshToken')
    const library = await question(token, {
      ...asked,
      headers: { ...asked.headers, ...TO_THE_LIBRARY },
    })
    assert.deepEqual(answer, library, what)
    return { ...answer, early, active: answer.text.startsWith('{"active":true') }
  }
  const tokensOf = async (params: Readonly<Record<string, string>>) => {
    const person = new Person(bank.ask)
    const opened = await person.open(await begin(bank.ask, clients.tpp, params))
    const confirm = page(await person.login(page(opened)))
    const answer = back(await person.send(confirm, /\/confirm$/, [['account', '22200']]))
    const { status, body } = await redeem(bank.ask, clients.tpp, answer.get('code') ?? '')
    assert.equal(status, 200, JSON.stringify(body))
    return { access: String(body['access_token']), refresh: String(body['refresh_token']) }
  }
  return { ...bank, clients, both, question, tokensOf, port }
}

test('what is active is answered before the library, and as the library does', async (t) => {
  const { ask, clients, both, tokensOf } = await rig(t)
  const own = await ownToken(ask, clients.tpp, 'accounts')
  const scopes = await tokensOf({ scope: 'openid accounts' })
  const detailed = await tokensOf({
    scope: 'openid',
    authorization_details: JSON.stringify([
      { type: 'account_access', permissions: ['ReadAccountsBasic'] },
    ]),
  })
  for (const [what, token] of Object.entries({
    own,
    scopes: scopes.access,
    detailed: detailed.access,
  })) {
    const { active, early, status } = await both(what, token)
    assert.deepEqual({ active, early, status }, { active: true, early: true, status: 200 }, what)
  }
  const hinted = await both('with a hint', own, {
    body: String(
      new URLSearchParams({ client_id: 'gateway', token: own, token_type_hint: 'access_token' }),
    ),
  })
  assert.ok(hinted.active && hinted.early)
  for (const accept of ['*/*', 'application/json'])
    assert.ok(
      (await both(accept, own, { headers: { 'content-type': `${FORM};charset=UTF-8` } })).early,
    )
})

test('the moment after a token, its consent or its grant ended it is not active', async (t) => {
  const { ask, clients, both, tokensOf, server } = await rig(t)
  const { tpp } = clients
  const own = await ownToken(ask, tpp, 'accounts')
  assert.ok((await both('own', own)).early)
  assert.equal((await post(ask, tpp, '/revoke', { token: own })).status, 200)
  assert.equal((await both('own, revoked', own)).active, false)

  const revoked = await tokensOf({ scope: 'openid accounts' })
  assert.ok((await both('revoked', revoked.access)).early)
  assert.equal((await post(ask, tpp, '/revoke', { token: revoked.refresh })).status, 200)
  assert.equal((await both('its grant is gone', revoked.access)).active, false)

  const ended = await tokensOf({ scope: 'openid accounts' })
  const { text } = await both('ended', ended.access)
  const { consent_id: id } = JSON.parse(text) as { readonly consent_id: string } // sound: active, with a consent
  assert.ok(server.consents)
  assert.ok(await server.consents.end(id, { by: 'a test', reason: 'it is over' }))
  assert.equal((await both('its consent was ended', ended.access)).active, false)
})

test('the moment its client is none any more, no token of it is active, in either answer, and nothing of it fails', async (t) => {
  const { ask, clients, both, question, tokensOf, server } = await rig(t)
  const { tpp } = clients
  const { access, refresh } = await tokensOf({ scope: 'openid accounts' })
  const own = await ownToken(ask, tpp, 'accounts')
  const all = Object.entries({ access, refresh, own })
  const signed = async (token: string) => {
    const accept = { accept: 'application/token-introspection+jwt' }
    const { status, text } = await question(token, { headers: accept })
    return { status, told: decodeJwt(text)['token_introspection'] }
  }
  for (const [what, token] of all) assert.ok((await both(what, token)).active, what)
  const without = Object.values(clients).filter((client) => client !== tpp)
  server.openClients(without.map(({ metadata }) => metadata))()
  for (const [what, token] of all) {
    const { status, text } = await both(what, token)
    assert.deepEqual([status, text], [200, '{"active":false}'], what)
    assert.deepEqual(await signed(token), { status: 200, told: { active: false } }, what)
  }
  for (const [path, form] of [
    ['/token', { grant_type: 'refresh_token', refresh_token: refresh }],
    ['/revoke', { token: refresh }],
  ] as const) {
    const { status, body } = await post(ask, tpp, path, form)
    assert.deepEqual([status, body['error']], [401, 'invalid_client'], path)
  }
  server.openClients(Object.values(clients).map(({ metadata }) => metadata))()
  for (const [what, token] of all) assert.ok((await both(what, token)).active, `${what}, again`)
})

test('whatever is not as it should be is for the library: nothing is told early', async (t) => {
  const { ask, clients, both, tokensOf } = await rig(t)
  const own = await ownToken(ask, clients.tpp, 'accounts')
  const { refresh } = await tokensOf({ scope: 'openid accounts' })
  const form = (fields: Readonly<Record<string, string>>): string =>
    String(new URLSearchParams({ client_id: 'gateway', token: own, ...fields }))
  const asked: readonly (readonly [string, string, number, Parameters<typeof both>[2]?])[] = [
    ['a refresh token', refresh, 200],
    ['a token that never was', 'x'.repeat(43), 200],
    ['no token of ours', 'x', 200],
    ['a JWT', await ownToken(ask, clients.jwt, 'accounts'), 400],
    ['no certificate', own, 401, { headers: { [CERTIFICATE_HEADER]: '' } }],
    [
      'a certificate that is not believed',
      own,
      401,
      { headers: { [CERTIFICATE_HEADER]: 'untrusted' } },
    ],
    ['another certificate than was registered', own, 401, { body: form({ client_id: 'wrong' }) }],
    ['a client that is no gateway', own, 200, { body: form({ client_id: 'stranger' }) }],
    ['a client that signs', own, 401, { body: form({ client_id: 'signing' }) }],
    ['nobody', own, 401, { body: form({ client_id: 'nobody' }) }],
    ['two tokens', own, 400, { body: `${form({})}&token=${own}` }],
    ['two clients', own, 400, { body: `${form({})}&client_id=gateway` }],
    ['no client', own, 400, { body: `token=${own}` }],
    ['an empty form', own, 400, { body: '' }],
    ['a secret', own, 401, { headers: { authorization: 'Basic Z2F0ZXdheTp4' } }],
    ['an assertion beside it', own, 400, { body: form({ client_assertion: 'x' }) }],
    ['another form', own, 400, { headers: { 'content-type': 'application/json' } }],
  ]
  for (const [what, token, status, more] of asked) {
    const answer = await both(what, token, more)
    assert.equal(answer.status, status, `${what}: ${answer.text}`)
    assert.deepEqual([answer.active, answer.early], [token === refresh, false], what)
  }
  assert.ok((await both('padded', own, { body: form({ other: 'x'.repeat(2_000) }) })).active)
})

test('a question that comes in pieces is answered as one that comes at once', async (t) => {
  const { ask, clients, port } = await rig(t)
  const token = await ownToken(ask, clients.tpp, 'accounts')
  const body = String(new URLSearchParams({ client_id: 'gateway', token }))
  const head = `POST /introspect HTTP/1.1\r\nhost: x\r\ncontent-type: ${FORM}\r\n${CERTIFICATE_HEADER}: shown\r\n`
  const chunked = `${head}transfer-encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`
  const known = `${head}content-length: ${body.length}\r\n\r\n`
  for (const pieces of [
    [known + body],
    [known, body],
    [known, body.slice(0, 20), body.slice(20)],
    [known + body.slice(0, 1), body.slice(1)],
    [chunked],
    // The connection goes on: nothing of the first is left in it.
    [known + body + known + body],
  ]) {
    const socket = connect(Number(port), '127.0.0.1')
    await once(socket, 'connect')
    let got = ''
    socket.on('data', (chunk) => (got += String(chunk)))
    for (const piece of pieces) {
      socket.write(piece)
      await pause(20)
    }
    const whole = pieces.join('').split('POST ').length - 1
    while (got.split('"active":true').length - 1 < whole) await once(socket, 'data')
    socket.destroy()
  }
})
