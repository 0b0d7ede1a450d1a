/** `consents list` over a running instance with an authorization server: page by page, filtered, without accounts and customers. */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { type ApiServices, createApi, listenOnSocket } from '../../src/api/index.ts'
import { socketPath } from '../../src/app/socket-path.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { gatehouse } from './terminal.ts'

const CONFIG = `listen: 127.0.0.1:0
dataDir: data
feed: feed
trustStores: [{ name: psd2, anchors: [some.txt], revocation: none }]
identity:
  issuer: https://login.bank.example
  listen: 127.0.0.1:0
  certificate: some.txt
  key: { file: some.txt }
  trustStores: [psd2]
  secret: { file: some.txt }
  clients: [some.txt]
  gateways: [gateway]
  resources: [{ identifier: https://api.bank.example, scopes: [accounts] }]
issuers:
  - { issuer: https://login.bank.example, jwks: https://login.bank.example/jwks, audience: https://api.bank.example }
apis:
  - { name: pots, spec: some.txt, upstream: http://127.0.0.1:9, template: internal }
`
const FILE = {
  id: 'in-a-file',
  client: 'lendwise',
  subject: 'cust-1',
  status: 'AUTH',
  permissions: [],
  accounts: ['22289'],
}
const own = (n: number) => ({
  id: `own-${n}`,
  client: 'tpp',
  regime: 'uk-obie',
  kind: 'account-access',
  purpose: 'account-access-consents',
  status: n % 2 === 0 ? 'authorised' : 'withdrawn',
  permissions: ['ReadBalances'],
  accounts: 2,
  payments: 0,
  authorisations: 1,
  expiresAt: n === 0 ? null : 1_800_000_000_000,
  createdAt: 1,
})

type ConsentsAsked = Parameters<ApiServices['consents']>[0]

async function instance(t: TestContext, count: number, listening = true) {
  const dir = temporaryFolder(t)
  writeFileSync(join(dir, 'gatehouse.yaml'), CONFIG)
  // The list reads none of them.
  writeFileSync(join(dir, 'some.txt'), 'x'.repeat(50))
  mkdirSync(join(dir, 'feed/consents'), { recursive: true })
  mkdirSync(join(dir, 'data'))
  writeFileSync(join(dir, 'feed/consents/one.json'), JSON.stringify(FILE))
  const asked: ConsentsAsked[] = []
  if (listening) {
    // Sound: nothing else is asked here.
    const services = {
      consents(question: ConsentsAsked) {
        asked.push(question)
        const at = Number(question.from ?? question.after?.slice(4) ?? -1) + 1
        const end = Math.min(count, at + question.limit)
        return Promise.resolve({
          consents: Array.from({ length: end - at }, (_, n) => own(at + n)),
          next: end < count ? String(end - 1) : null,
        })
      },
    } as unknown as ApiServices
    const api = createApi(services)
    await listenOnSocket(api, socketPath(join(dir, 'data')))
    t.after(() => api.close())
  }
  return {
    asked,
    run: (...words: string[]) => gatehouse(['consents', 'list', ...words], { cwd: dir }),
  }
}
const ids = (out: string) => (JSON.parse(out) as { id: string }[]).map(({ id }) => id)

test('files come first, then those of the server; accounts of these are counted, and no more are asked for than wanted', async (t) => {
  const { run, asked } = await instance(t, 3)
  const { code, out, err } = await run('--json')
  assert.equal(code, 0, err)
  assert.deepEqual(ids(out), ['in-a-file', 'own-0', 'own-1', 'own-2'])
  const [, first] = JSON.parse(out) as Record<string, unknown>[]
  assert.deepEqual(
    [first?.['accountCount'], first?.['accounts'], first?.['subject'], first?.['file']],
    [2, undefined, undefined, null],
  )
  assert.equal(asked[0]?.limit, 100)
  const people = await run()
  assert.match(people.out, /own-1 +withdrawn +tpp +until 2027-01-15 +2 accounts/)
  assert.match(people.out, /own-0 .* no end/)
})

test('a page ends where it was asked to, says how to go on, and goes on there', async (t) => {
  const { run, asked } = await instance(t, 1_200)
  const first = await run('--json', '--limit', '700')
  assert.equal(ids(first.out).length, 701)
  assert.match(first.err, /--after own-699/)
  assert.deepEqual(
    asked.map(({ limit }) => limit),
    [500, 200],
  )
  const rest = await run('--json', '--limit', '700', '--after', 'own-699')
  assert.deepEqual([ids(rest.out)[0], ids(rest.out).length], ['own-700', 500])
  assert.equal(rest.err, '')
})

test('filters reach the server and the files; of a kind, files say nothing', async (t) => {
  const { run, asked } = await instance(t, 1)
  const mine = await run('--json', '--client', 'lendwise', '--status', 'AUTH')
  assert.equal(ids(mine.out)[0], 'in-a-file')
  assert.deepEqual([asked[0]?.client, asked[0]?.status], ['lendwise', 'AUTH'])
  assert.deepEqual(ids((await run('--json', '--client', 'tpp')).out), ['own-0'])
  assert.deepEqual(ids((await run('--json', '--kind', 'payment')).out), ['own-0'])
  assert.equal(asked.at(-1)?.kind, 'payment')
})

test('a limit that is none is refused, and where nothing runs it is said', async (t) => {
  const { run } = await instance(t, 0, false)
  for (const limit of ['0', '-1', '100001', 'x', '1e3'])
    assert.equal((await run(`--limit=${limit}`)).code, 4, limit)
  const alone = await run('--json')
  assert.deepEqual([alone.code, ids(alone.out)], [0, ['in-a-file']])
  assert.match(alone.err, /Nothing runs here/)
})
