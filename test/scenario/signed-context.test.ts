/** A whole installation whose bank verifies: keys in files, published, taking turns under a gateway that serves. */
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:http'
import { test, type TestContext } from 'node:test'
import type { JSONWebKeySet } from 'jose'
import { contextVerifier } from '../../examples/bank/context.ts'
import { call, type Ended, launch, up, until } from './gateway-process.ts'
import { MEADOW_FILES, meadowConfig } from './invented-bank.ts'
import { type Installation, installation } from './installation.ts'

const POTS = '/v2/pot-accounts'
const SIGNED = `monitoring: { listen: "127.0.0.1:0" }
context: { keys: [{ file: one.pem }, { file: two.pem }] }
`
const pem = (): string =>
  generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()

/** A bank that answers whom the gateway vouches for, by the keys that it was given last. */
async function verifyingBank(t: TestContext) {
  let keys: JSONWebKeySet = { keys: [] }
  let verify = contextVerifier({ keys, audience: '', clock: Date.now })
  const server = createServer((request, response) => {
    const context = request.headers['gatehouse-context']
    verify({
      method: request.method ?? '',
      target: request.url ?? '',
      context: typeof context === 'string' ? context : undefined,
      body: Buffer.alloc(0),
    }).then(
      ({ subject }) => {
        response.setHeader('content-type', 'application/json')
        response.end(JSON.stringify({ items: [], total: subject === 'customer-1' ? 1 : 0 }))
      },
      () => response.writeHead(401).end(),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}` // sound: listening on TCP
  return {
    origin,
    trust(set: JSONWebKeySet) {
      keys = set
      verify = contextVerifier({ keys, audience: origin, clock: Date.now })
    },
  }
}

async function published(place: Installation): Promise<JSONWebKeySet> {
  const { code, out, err } = await place.run('context', 'keys', '--json')
  assert.equal(code, 0, err)
  return JSON.parse(out) as JSONWebKeySet // sound: what the command promises
}

test('a bank that verifies refuses who comes past the gateway, also while keys take turns', async (t) => {
  const bank = await verifyingBank(t)
  const config = SIGNED + meadowConfig(bank.origin)
  const place = installation(t, config, { ...MEADOW_FILES, 'one.pem': pem(), 'two.pem': pem() })
  const gateway = await up(t, place)
  const token = place.token({ scope: 'pots.read' })
  const read = async (): Promise<number> => (await call(gateway, { path: POTS, token })).status

  const keys = await published(place)
  assert.equal(keys.keys.length, 2)
  const page = await fetch(
    `${String(gateway.ready['monitoring'])}/.well-known/gatehouse-context/jwks.json`,
  )
  assert.deepEqual(await page.json(), keys)
  bank.trust(keys)
  assert.equal((await fetch(`${bank.origin}${POTS}`)).status, 401, 'past the gateway')
  assert.equal(await read(), 200)

  // The second key signs from now on: the bank has known it all along.
  place.write(
    'gatehouse.yaml',
    config.replace('{ file: one.pem }, { file: two.pem }', '{ file: two.pem }, { file: one.pem }'),
  )
  const { code, err } = await place.run('reload', '--reason', 'CHG-9')
  assert.equal(code, 0, err)
  assert.equal(await read(), 200)
  bank.trust({ keys: keys.keys.slice(1) })
  assert.equal(await read(), 200)
  bank.trust({ keys: keys.keys.slice(0, 1) })
  assert.notEqual(await read(), 200)

  // A file that changes counts within a second, one that is no key is a finding and changes nothing.
  bank.trust(keys)
  place.write('two.pem', 'no key')
  await until(10_000, async () =>
    (await place.run('events', 'tail', '--no-follow')).out.includes('two.pem'),
  )
  assert.equal(await read(), 200)
})

test('a gateway without a key that signs does not start', async (t) => {
  const bank = await verifyingBank(t)
  const files = { ...MEADOW_FILES, 'one.pem': 'no key', 'two.pem': pem() }
  const place = installation(t, SIGNED + meadowConfig(bank.origin), files)
  const ended = (await launch(t, place)) as Ended // sound: asserted by its code
  assert.equal(ended.code, 1)
  assert.match(ended.err, /GH_GATEWAY_SIGNING_KEY/)
})
