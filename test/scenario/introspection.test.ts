/** An issuer whose tokens say nothing: the running gateway asks it, believes it for a moment, and refuses its tokens alone when it is gone. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { callOn, problemOf, until, up } from './gateway-process.ts'
import { installation } from './installation.ts'
import { MEADOW_FILES, meadowBank, meadowConfig } from './invented-bank.ts'
import { RawConnection } from '../support/raw-http.ts'

const SECRET = 'correct horse'

interface Endpoint {
  readonly url: string
  readonly seen: string[]
  alive: boolean
  active: boolean
}

async function endpoint(t: TestContext): Promise<Endpoint> {
  const seen: string[] = []
  const server = createServer((request, response) => {
    let form = ''
    request.on('data', (chunk: Buffer) => (form += chunk.toString()))
    request.on('end', () => {
      if (!here.alive) return request.socket.destroy()
      const known = `Basic ${Buffer.from(`gatehouse:${SECRET.replace(' ', '+')}`).toString('base64')}`
      if (request.headers.authorization !== known) return response.writeHead(401).end()
      const token = new URLSearchParams(form).get('token') ?? ''
      seen.push(token)
      const now = Math.floor(Date.now() / 1_000)
      const claims =
        here.active && token.startsWith('opaque-')
          ? {
              active: true,
              token_type: 'Bearer',
              client_id: 'tpp-a',
              sub: 'customer-1',
              consent_id: 'consent-1',
              scope: 'pots.read',
              aud: 'https://api.bank.example',
              iat: now,
              exp: now + 300,
              jti: `id-of-${token}`,
            }
          : { active: false }
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(claims))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo // sound: listening on TCP
  const here = { url: `http://127.0.0.1:${port}/introspect`, seen, alive: true, active: true }
  return here
}

const withIntrospection = (config: string, url: string): string =>
  config.replace(
    '    audience: https://api.bank.example\n',
    `    audience: https://api.bank.example
    introspection:
      endpoint: ${url}
      clientId: gatehouse
      clientSecret: { file: introspection.secret }
`,
  )

test('a running gateway asks the issuer about tokens that are no JWT', async (t) => {
  const bank = await meadowBank(t)
  const issuer = await endpoint(t)
  const config = withIntrospection(meadowConfig(bank.origin), issuer.url)
  const place = installation(t, config, { ...MEADOW_FILES, 'introspection.secret': `${SECRET}\n` })
  const gateway = await up(t, place)
  const held = new RawConnection(gateway.port)
  t.after(() => held.destroy())
  const ask = async (token: string): Promise<string> => {
    const answer = await callOn(held, { path: '/v2/pot-accounts', token })
    return problemOf(answer).code || String(answer.status)
  }

  assert.equal(await ask('opaque-1'), '200')
  for (let time = 0; time < 20; time++) assert.equal(await ask('opaque-1'), '200')
  assert.deepEqual(issuer.seen, ['opaque-1'], 'believed for a moment')
  assert.equal(await ask('unknown'), 'GH_GATEWAY_TOKEN_INACTIVE')
  assert.equal(await ask(place.token({ scope: 'pots.read' })), '200', 'a JWT is judged as ever')
  assert.ok(!issuer.seen.some((token) => token.includes('.')), 'and shown to nobody')

  await t.test('a revocation in the feed counts at once, although it is believed', async () => {
    const done = await place.run('tokens', 'revoke', 'id-of-opaque-1', '--reason', 'stolen')
    assert.equal(done.code, 0, done.err)
    await until(1_000, async () => (await ask('opaque-1')) === 'GH_GATEWAY_TOKEN_REVOKED')
  })
  await t.test('an issuer that is gone refuses its opaque tokens, and no JWT', async () => {
    issuer.alive = false
    const answer = await callOn(held, { path: '/v2/pot-accounts', token: 'opaque-2' })
    assert.equal(answer.status, 503)
    assert.equal(problemOf(answer).code, 'GH_GATEWAY_TOKEN_UNCHECKED')
    assert.equal(answer.headers.get('retry-after'), '1')
    assert.equal(await ask(place.token({ scope: 'pots.read' })), '200')
    issuer.alive = true
    assert.equal(await ask('opaque-2'), '200')
  })
  await t.test(
    'a secret that is wrong, or gone, refuses; a new one counts without a restart',
    async () => {
      place.write('introspection.secret', 'wrong')
      assert.equal(await ask('opaque-3'), 'GH_GATEWAY_TOKEN_UNCHECKED')
      place.remove('introspection.secret')
      assert.equal(await ask('opaque-3'), 'GH_GATEWAY_TOKEN_UNCHECKED')
      place.write('introspection.secret', SECRET)
      assert.equal(await ask('opaque-3'), '200')
    },
  )
  await t.test('neither token nor secret is in an event or a log', async () => {
    const told = await place.run('events', 'tail', '--no-follow', '--json')
    assert.match(told.out, /GH_GATEWAY_TOKEN_UNCHECKED/)
    const { out, err } = await gateway.stop('SIGTERM')
    for (const text of [told.out, told.err, out, err])
      assert.doesNotMatch(text, /opaque-\d|correct/)
  })
})

const asked = (name: string, more = ''): string => `  - issuer: https://${name}.example
    jwks: jwks.json
    audience: b
    introspection: { endpoint: "https://${name}.example/i", clientId: a, clientSecret: { file: introspection.secret }${more} }
`
const TWO: readonly (readonly [name: string, issuers: string, api: string, wrong: string])[] = [
  ['for one API', asked('a') + asked('b'), '', 'VALUE_INVALID 9'],
  ['one of which agrees', asked('a', ', tryInOrder: true') + asked('b'), '', 'VALUE_INVALID 9'],
  ['that agree', asked('a', ', tryInOrder: true') + asked('b', ', tryInOrder: true'), '', ''],
  ['one of which has a prefix', asked('a') + asked('b', ', tokenPrefix: b_'), '', ''],
  [
    'with one prefix',
    asked('a', ', tokenPrefix: b_') + asked('b', ', tokenPrefix: b_'),
    '',
    'VALUE_DUPLICATE 9',
  ],
  [
    'whose prefixes overlap',
    asked('a', ', tokenPrefix: b_x') + asked('b', ', tokenPrefix: b_'),
    '',
    'VALUE_INVALID 9',
  ],
  [
    'whose prefix is that of a JWT',
    asked('a', ', tokenPrefix: a.b.') + asked('b', ', tokenPrefix: b_'),
    '',
    'VALUE_INVALID 5',
  ],
  ['of different APIs', asked('a') + asked('b'), ', issuers: ["https://a.example"]', ''],
]
for (const [name, issuers, api, wrong] of TWO)
  test(`two issuers that would be asked, ${name}: ${wrong === '' ? 'taken' : 'refused at its place'}`, async (t) => {
    const place = installation(
      t,
      `issuers:\n${issuers}apis:\n  - { name: pots, spec: accounts.yaml, upstream: "http://127.0.0.1:1", template: ais${api} }\n`,
      { ...MEADOW_FILES, 'introspection.secret': SECRET },
    )
    const { code, out, err } = await place.run('check')
    if (wrong === '') return assert.notEqual(code, 4, out + err)
    const [kind = '', line = ''] = wrong.split(' ')
    assert.equal(code, 4)
    assert.match(out, new RegExp(`gatehouse\\.yaml:${line}:\\d+`))
    assert.ok(out.includes(`GH_CONFIG_${kind}`), out)
  })

for (const [wrong, code] of [
  ['endpoint: "http://as.example/i"', 'GH_CONFIG_VALUE_INVALID'],
  ['endpoint: "https://a:b@as.example/i"', 'GH_CONFIG_SECRET_LITERAL'],
  ['clientSecret: hunter2hunter2', 'GH_CONFIG_SECRET_LITERAL'],
  ['cacheSeconds: 61', 'GH_CONFIG_VALUE_INVALID'],
  ['signed: maybe', 'GH_CONFIG_VALUE_TYPE'],
  ['clientKey: hunter2hunter2', 'GH_CONFIG_SECRET_LITERAL'],
  ['clientKey: { file: introspection.secret }', 'GH_CONFIG_VALUE_INVALID'],
  ['clientId: b', 'GH_CONFIG_KEY_MISSING'],
] as const)
  test(`introspection refuses ${wrong.split(':')[0]} that is not safe: ${wrong}`, async (t) => {
    const lines = new Map([
      ['endpoint', 'endpoint: "https://as.example/i"'],
      ['clientId', 'clientId: a'],
      ['clientSecret', 'clientSecret: { file: introspection.secret }'],
    ])
    lines.set(wrong.split(':')[0] ?? '', wrong)
    if (/hunter2|^clientId/.test(wrong) && !wrong.startsWith('clientSecret'))
      lines.delete('clientSecret')
    const config = meadowConfig('http://127.0.0.1:1').replace(
      '    audience: https://api.bank.example\n',
      `    audience: https://api.bank.example\n    introspection:\n${[...lines.values()].map((line) => `      ${line}\n`).join('')}`,
    )
    const place = installation(t, config, { ...MEADOW_FILES, 'introspection.secret': SECRET })
    const { code: exit, out, err } = await place.run('check')
    assert.equal(exit, 4)
    assert.match(err, /^1 mistake in/)
    assert.ok(out.includes(code), out)
    assert.doesNotMatch(out + err, /hunter2/)
  })
