/** `gatehouse export envoy`: what it prints, what it refuses by name, and how it ends. */
import assert from 'node:assert/strict'
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { gatehouse, type Screen } from './terminal.ts'

const UK = join(
  import.meta.dirname,
  '..',
  '..',
  'examples',
  'bank',
  'spec',
  'account-info-openapi.yaml',
)
const ENV = { ASK_SECRET: 'a secret of more than thirty-two characters' }
const ASK =
  'extAuthz: { listen: 127.0.0.1:9191, secret: { env: ASK_SECRET }, envoyListen: 127.0.0.1:10000 }'
const SOCKET = 'extAuthz: { listen: unix:ask.sock, envoyListen: 127.0.0.1:10000 }'
const WATCHED = 'rules: { response.fields: { mode: observe }, response.errors: { mode: observe } }'

interface Api {
  readonly name: string
  readonly rules?: string
}

function bank(t: TestContext, ask: string, apis: readonly Api[]): string {
  const folder = temporaryFolder(t)
  copyFileSync(UK, join(folder, 'accounts.yaml'))
  const written = apis.map(({ name, rules = '' }) =>
    [
      `  - name: ${name}`,
      '    spec: accounts.yaml',
      `    basePath: /${name}`,
      '    upstream: https://core.bank.example/aisp',
      '    template: ais',
      ...(rules === '' ? [] : [`    ${rules}`]),
    ].join('\n'),
  )
  writeFileSync(
    join(folder, 'gatehouse.yaml'),
    [
      'issuers:',
      '  - { issuer: https://as.example, jwks: https://as.example/jwks, audience: https://api.example }',
      ask,
      'apis:',
      ...written,
      '',
    ].join('\n'),
  )
  return folder
}

const run = (cwd: string, ...words: readonly string[]): Promise<Screen> =>
  gatehouse(['export', 'envoy', ...words], { cwd, env: ENV })

test('a bank whose answers are only watched: a whole configuration on standard output', async (t) => {
  const { code, out, err } = await run(bank(t, ASK, [{ name: 'accounts', rules: WATCHED }]))
  assert.equal(code, 0, err)
  const bootstrap = JSON.parse(out) as { static_resources: { clusters: { name: string }[] } } // sound: printed by us
  assert.deepEqual(
    bootstrap.static_resources.clusters.map(({ name }) => name),
    ['gatehouse', 'api-accounts'],
  )
  assert.ok(!out.includes(ENV.ASK_SECRET) && !err.includes(ENV.ASK_SECRET))
  assert.match(err, /ASK_SECRET/)
  assert.match(out, /%ENVIRONMENT\(ASK_SECRET\)%/)
})

test('the same configuration gives the same text, in a file or not', async (t) => {
  const folder = bank(t, SOCKET, [{ name: 'accounts', rules: WATCHED }])
  const printed = await run(folder)
  const written = await run(folder, '--out', 'envoy.json')
  assert.equal(written.code, 0)
  assert.equal(written.out, '')
  assert.equal(readFileSync(join(folder, 'envoy.json'), 'utf8'), `${printed.out}\n`)
  assert.ok(!printed.out.includes('x-gatehouse-secret'), 'a socket needs none')
})

test('an API whose answers are judged is refused by the names of its rules, and is not in it', async (t) => {
  const folder = bank(t, SOCKET, [{ name: 'accounts' }, { name: 'watched', rules: WATCHED }])
  const { code, out, err } = await run(folder)
  assert.equal(code, 3)
  assert.ok(!out.includes('api-accounts') && out.includes('api-watched'))
  assert.match(err, /refused accounts:/)
  assert.match(err, /response\.fields: GetAccounts, .* and \d+ more/)
  assert.match(err, /response\.errors: /)
  assert.ok(!err.includes('refused watched'))
  const told = JSON.parse((await run(folder, '--json')).out) as {
    apis: string[]
    refused: { api: string; why: string; rules: { rule: string; operations: string[] }[] }[]
  } // sound: printed by us
  assert.deepEqual(told.apis, ['watched'])
  assert.deepEqual(
    told.refused.map(({ api, why, rules }) => [api, why, rules.map(({ rule }) => rule).sort()]),
    [['accounts', 'rules', ['response.errors', 'response.fields']]],
  )
  assert.ok(told.refused[0]?.rules.every(({ operations }) => operations.length > 3))
})

test('an API whose bank is believed by its own anchors, or by a name of its own, is refused', async (t) => {
  for (const tls of [
    'upstreamTls: { serverName: core.bank.internal }',
    'upstreamTls: { uri: "spiffe://bank.internal/core" }',
  ]) {
    const apis = [
      { name: 'accounts', rules: `${WATCHED}\n    ${tls}` },
      { name: 'watched', rules: WATCHED },
    ]
    const { code, out, err } = await run(bank(t, ASK, apis), '--json')
    assert.equal(code, 3, err)
    // Sound: as the published schema says.
    const told = JSON.parse(out) as { refused: { rules: { rule: string }[] }[] }
    assert.deepEqual(
      told.refused.map(({ rules }) => rules.map(({ rule }) => rule)),
      [['upstream.tls']],
    )
  }
})

test('one rule is enough', async (t) => {
  const only = 'rules: { response.fields: { mode: observe } }'
  const { code, err } = await run(bank(t, SOCKET, [{ name: 'accounts', rules: only }]))
  assert.equal(code, 4)
  assert.match(err, /response\.errors/)
  assert.ok(!err.includes('response.fields'))
})

const NOTHING: readonly (readonly [what: string, ask: string, says: RegExp])[] = [
  ['nowhere to ask', '', /extAuthz/],
  ['nothing to listen on', 'extAuthz: { listen: unix:ask.sock }', /dataPlane: envoy/],
]
for (const [what, ask, says] of NOTHING)
  test(`${what}: no configuration, and what to add`, async (t) => {
    const folder = bank(t, ask, [{ name: 'accounts', rules: WATCHED }])
    const { code, out, err } = await run(folder, '--out', 'envoy.json')
    assert.equal(code, 4)
    assert.equal(out, '')
    assert.match(err, says)
    assert.ok(!existsSync(join(folder, 'envoy.json')))
  })

test('a closed API is told of, and a file that cannot be written is an error', async (t) => {
  const folder = bank(t, SOCKET, [
    { name: 'accounts', rules: WATCHED },
    { name: 'broken', rules: 'rules: { token.validation: { mode: observe } }' },
  ])
  const ran = await run(folder)
  if (ran.code === 3) assert.match(ran.err, /refused broken/)
  const lost = await run(folder, '--out', 'no/such/folder/envoy.json')
  assert.notEqual(lost.code, 0)
  assert.match(lost.err, /GH_CLI_IO/)
})
