/** `status` names the authorization server of the process: its keys and their age, whose clients, how consents stand. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Compile } from 'typebox/schema'
import { makeClient } from '../identity/client.ts'
import { serverReport, COUNTED_TO } from '../../src/identity/server-report.ts'
import { KEY_LIFE_MS } from '../../src/identity/key-ring.ts'
import { addConsent, addSigningKey, countConsents } from '../../src/store/index.ts'
import { overBothStores } from '../store/both-stores.ts'
import { identityMigrations } from '../identity/migrations.ts'
import { freePort } from '../support/free-port.ts'
import { up } from '../scenario/gateway-process.ts'
import { developmentCertificates } from '../support/development-certificates.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { gatehouse } from './terminal.ts'

const DAY = 86_400_000
const ISSUER = 'https://login.bank.example'

test('status says which authorization server runs, as text and as JSON of its schema', async (t) => {
  const dir = temporaryFolder(t)
  const certs = developmentCertificates(t)
  const port = await freePort()
  writeFileSync(join(dir, 'secret.txt'), randomBytes(32).toString('base64url'), { mode: 0o600 })
  writeFileSync(join(dir, 'client.json'), JSON.stringify((await makeClient('tpp')).metadata))
  writeFileSync(
    join(dir, 'api.yaml'),
    'openapi: 3.0.3\ninfo: { title: x, version: "1" }\npaths: { /pots: { get: { responses: { "200": { description: x } } } } }\n',
  )
  mkdirSync(join(dir, 'feed'))
  const config = join(dir, 'gatehouse.yaml')
  writeFileSync(
    config,
    `listen: 127.0.0.1:0
identity:
  issuer: ${ISSUER}
  listen: 127.0.0.1:${port}
  certificate: ${certs.file('server')}
  key: { file: ${certs.file('server-key')} }
  secret: { file: secret.txt }
  clients: [client.json]
  resources: [{ identifier: https://api.bank.example, scopes: [accounts] }]
issuers:
  - { issuer: ${ISSUER}, jwks: https://127.0.0.1:${port}/jwks, audience: https://api.bank.example }
apis:
  - { name: pots, spec: api.yaml, upstream: http://127.0.0.1:9, template: internal }
`,
  )
  const instance = await up(t, { config }, { NODE_EXTRA_CA_CERTS: certs.file('ca') })
  const json = await gatehouse(['status', '--json', '--config', config])
  assert.equal(json.code, 0, json.err)
  const status = JSON.parse(json.out) as Record<string, unknown> // sound: an object, as the command promises
  const schema = join(import.meta.dirname, '../../schemas/cli/status.schema.json')
  assert.deepEqual(
    Compile(JSON.parse(readFileSync(schema, 'utf8')) as object).Errors(status)[1],
    [],
  ) // sound: our own file
  const server = status['authorizationServer'] as {
    issuer: string
    address: string
    keys: { algorithm: string; signs: boolean }[]
    clients: unknown
    consents: unknown
  } // sound: as published
  assert.equal(server.issuer, ISSUER)
  assert.equal(server.address, `https://127.0.0.1:${port}`)
  assert.deepEqual(
    server.keys.map(({ algorithm, signs }) => [algorithm, signs]),
    [
      ['ES256', true],
      ['EdDSA', true],
      ['PS256', true],
    ],
  )
  assert.deepEqual(server.clients, { configured: 1, registered: {} })
  assert.deepEqual(server.consents, {})
  const text = await gatehouse(['status', '--config', config])
  for (const words of [ISSUER, 'ES256', 'the next is made on', '1 of the configuration'])
    assert.ok(text.out.includes(words), `${words}: ${text.out}`)
  assert.equal((await instance.stop()).code, 0)
})

overBothStores(({ name, skip, place }) => {
  test(
    `${name}: keys with the one that signs, consents counted as far as is useful`,
    { skip },
    async (t) => {
      const store = await (await place(t)).open({ migrations: identityMigrations })
      t.after(() => store.close())
      let now = 1_000 * DAY
      const report = () =>
        serverReport({ issuer: ISSUER, store, clock: { now: () => now }, configured: 2 })
      assert.deepEqual([(await report()).keys, (await report()).nextKeyAt], [[], null])
      const add = (id: string) =>
        store.run(addSigningKey, {
          key: { id, algorithm: 'ES256', createdAt: now, sealed: Buffer.from('sealed') },
          unlessAfter: now - 1,
        })
      const first = now
      await add('old')
      now += KEY_LIFE_MS
      await add('new')
      const signing = async () => (await report()).keys.find(({ signs }) => signs)?.id
      assert.equal((await report()).keys.length, 2)
      assert.equal(await signing(), 'old', 'the new one is public for a day before it signs')
      now += DAY
      assert.equal(await signing(), 'new')
      assert.equal((await report()).nextKeyAt, first + 2 * KEY_LIFE_MS)

      const consent = (id: string, status: string) =>
        store.run(addConsent, {
          row: {
            id,
            client: 'hash',
            status,
            changed: 1,
            feedKey: id,
            endsAt: null,
            forgetAt: null,
            body: Buffer.from('sealed'),
          },
          maxWaiting: COUNTED_TO * 2,
        })
      for (let at = 0; at < 5; at++) await consent(`a${at}`, 'authorised')
      await consent('c', 'consumed')
      assert.deepEqual((await report()).consents, { authorised: 5, consumed: 1 })
      assert.deepEqual((await report()).clients, { configured: 2, registered: {} })
      for (const [limit, authorised] of [
        [4, 4],
        [5, 5],
        [6, 5],
      ] as const)
        assert.deepEqual(await store.run(countConsents, { statuses: ['authorised'], limit }), {
          authorised,
        })
    },
  )
})
