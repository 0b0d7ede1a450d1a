/** Clients of the configuration change under a server that serves: by a file, by the list of files, by signal, all of them or none. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { apiClient } from '../../src/api/index.ts'
import { API, assertion, ISSUER, makeClient, proof, type TestClient } from '../identity/client.ts'
import { sendForm } from '../identity/tls-form.ts'
import { developmentCertificates } from '../support/development-certificates.ts'
import { freePort } from '../support/free-port.ts'
import { until, up } from './gateway-process.ts'
import { installation } from './installation.ts'
import { MEADOW_FILES, meadowConfig } from './invented-bank.ts'

test('a reload takes added, changed and removed clients, and none of them when one is invalid', async (t) => {
  const certs = developmentCertificates(t)
  const port = await freePort()
  const [one, two, other] = await Promise.all(
    ['tpp-one', 'tpp-two', 'tpp-one'].map((id) => makeClient(id)),
  )
  assert.ok(one && two && other)
  const config = (clients: string, more = ''): string =>
    `identity:
  issuer: ${ISSUER}
  listen: 127.0.0.1:${port}
  certificate: certs/server.pem
  key: { file: certs/server-key.pem }
  secret: { file: secret }
  clients: [${clients}]
  resources: [{ identifier: "${API}", scopes: [accounts] }]
${more}${meadowConfig('http://127.0.0.1:9')}`
  const place = installation(t, config('one.json'), {
    ...MEADOW_FILES,
    secret: randomBytes(32).toString('base64url'),
    'one.json': one.metadata,
    'two.json': two.metadata,
  })
  cpSync(certs.dir, join(place.dir, 'certs'), { recursive: true })
  const instance = await up(t, place)
  const token = async (client: TestClient): Promise<number> => {
    const { status } = await sendForm(
      {
        host: '127.0.0.1',
        port,
        ca: certs.pem('ca'),
        path: '/token',
        headers: { dpop: await proof(client, '/token') },
      },
      {
        grant_type: 'client_credentials',
        scope: 'accounts',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: await assertion(client),
      },
    )
    return status
  }
  const reload = () => place.run('reload', '--reason', 'CHG-1')
  assert.deepEqual([await token(one), await token(two)], [200, 401])
  assert.match((await reload()).out, /unchanged|same/i)

  // Another list, and another key of one that stays.
  place.write('gatehouse.yaml', config('one.json, two.json'))
  place.write('one.json', { ...one.metadata, jwks: other.metadata.jwks })
  const done = await reload()
  assert.equal(done.code, 0, done.err)
  assert.match(done.out, /client tpp-one is changed/)
  assert.match(done.out, /client tpp-two is added/)
  assert.deepEqual([await token(one), await token(other), await token(two)], [401, 200, 200])

  // One is no client any more: the other's change does not count either.
  place.write('one.json', one.metadata)
  for (const [title, wrong] of [
    ['bearer tokens', { ...two.metadata, dpop_bound_access_tokens: false }],
    ['no JSON', '{'],
    ['no id', { ...two.metadata, client_id: undefined }],
    ['one id twice', { ...two.metadata, client_id: 'tpp-one' }],
  ] as const) {
    place.write('two.json', wrong)
    const refused = await reload()
    assert.notEqual(refused.code, 0, title)
    assert.match(refused.err + refused.out, /GH_IDENTITY_CLIENT/, title)
    assert.deepEqual(
      [await token(one), await token(other), await token(two)],
      [401, 200, 200],
      title,
    )
  }
  place.write('two.json', two.metadata)

  // What is not a client needs a restart still.
  place.write(
    'gatehouse.yaml',
    config('one.json', '  approvalPage: false\n  gateways: [tpp-two]\n'),
  )
  assert.match(await reload().then(({ err, out }) => err + out), /GH_CONTROL_NEEDS_RESTART/)

  place.write('gatehouse.yaml', config('one.json'))
  process.kill(instance.child.pid ?? 0, 'SIGHUP')
  await until(10_000, async () => (await token(two)) === 401)
  assert.deepEqual([await token(one), await token(other)], [200, 401])
  const events = await apiClient(join(place.dataDir, 'control.sock')).events({
    after: 0,
    limit: 500,
  })
  const told = events.flatMap(({ event }) => (event.kind === 'control' ? event.details : []))
  assert.ok(
    told.some((line) => line.includes('client tpp-two is removed')),
    told.join('; '),
  )
})
