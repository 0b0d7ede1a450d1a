/** Keys of the authorization server: made once, sealed, changed with an overlap, the same on every node. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import {
  currentKeys,
  KEY_LIFE_MS,
  PUBLISHED_AFTER_MS,
  PUBLISHED_AHEAD_MS,
} from '../../src/identity/key-ring.ts'
import { createSealing } from '../../src/identity/sealing.ts'
import { createAuthorizationServer } from '../../src/identity/index.ts'
import {
  keysOfSecret,
  openPostgresStore,
  openSqliteStore,
  type Store,
} from '../../src/store/index.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { skipWithoutPostgres, startPostgres } from '../support/postgres-server.ts'
import { realScheduler } from '../support/real-scheduler.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { API, ISSUER, makeClient } from './client.ts'
import { sqlite } from './rig.ts'
import { recordedEvidence } from './evidence.ts'
import { identityMigrations } from './migrations.ts'

const SECRET = randomBytes(32).toString('base64url')
const sealing = createSealing(keysOfSecret(SECRET), randomBytes)
const names = (keys: readonly Record<string, unknown>[], algorithm = 'ES256'): unknown[] =>
  keys.filter(({ alg }) => alg === algorithm).map(({ kid }) => kid)

const server = skipWithoutPostgres === false ? startPostgres() : undefined
async function postgres(t: TestContext): Promise<Store> {
  const url = (await (await server)?.database()) ?? ''
  const migrations = identityMigrations
  const store = await openPostgresStore({ url, scheduler: realScheduler, migrations })
  t.after(() => store.close())
  return store
}

for (const [name, skip, place] of [
  ['SQLite', false, sqlite],
  ['PostgreSQL', skipWithoutPostgres, postgres],
] as const)
  test(`${name}: four nodes that start at once have the same three keys`, { skip }, async (t) => {
    const store = await place(t)
    const clock = new FakeClock()
    const each = await Promise.all(
      Array.from({ length: 4 }, () =>
        currentKeys({ store, sealing, clock, evidence: recordedEvidence() }),
      ),
    )
    const last = await currentKeys({ store, sealing, clock, evidence: recordedEvidence() })
    assert.deepEqual(
      last.map(({ alg }) => alg),
      ['PS256', 'ES256', 'EdDSA'],
    )
    for (const keys of each) assert.deepEqual(keys, last)
  })

test('a key signs for ninety days; the next is public a day before it signs, the old one a day after', async (t) => {
  const store = await sqlite(t)
  const clock = new FakeClock()
  const evidence = recordedEvidence()
  const look = (): ReturnType<typeof currentKeys> =>
    currentKeys({ store, sealing, clock, evidence })
  const [first] = names(await look())
  clock.advance(KEY_LIFE_MS - 1)
  assert.deepEqual(names(await look()), [first])
  clock.advance(1)
  const [signs, next, ...more] = names(await look())
  assert.equal(signs, first, 'the old one still signs')
  assert.ok(next !== undefined && next !== first, 'the new one is public')
  assert.deepEqual(more, [])
  clock.advance(PUBLISHED_AHEAD_MS - 1)
  assert.deepEqual(names(await look()), [first, next])
  clock.advance(1)
  assert.deepEqual(names(await look()), [next, first], 'now the new one signs')
  clock.advance(PUBLISHED_AFTER_MS - 1)
  assert.deepEqual(names(await look()), [next, first])
  clock.advance(1)
  assert.deepEqual(names(await look()), [next], 'the old one is forgotten')
  const told = evidence.entries.filter(({ purpose }) => purpose === 'ES256')
  assert.deepEqual(
    told.map(({ action, keys }) => [action, keys?.[0]]),
    [
      ['key-make', first],
      ['key-make', next],
      ['key-end', first],
    ],
  )
})

test('no private key can be read in the database, and another secret opens none', async (t) => {
  const dir = temporaryFolder(t)
  const store = await openSqliteStore({ dir, create: true, migrations: identityMigrations })
  const clock = new FakeClock()
  const keys = await currentKeys({ store, sealing, clock, evidence: recordedEvidence() })
  const foreign = createSealing(keysOfSecret(randomBytes(32).toString('base64url')), randomBytes)
  await assert.rejects(
    currentKeys({ store, sealing: foreign, clock, evidence: recordedEvidence() }),
    {
      code: 'GH_IDENTITY_SEALED',
    },
  )
  await store.close()
  const files = readdirSync(dir).map((name) => readFileSync(join(dir, name), 'latin1'))
  assert.ok(
    files.some((bytes) => bytes.includes(String(keys[0]?.['kid']))),
    'the check is blind',
  )
  for (const { d } of keys) for (const bytes of files) assert.ok(!bytes.includes(String(d)))
})

async function serve(
  t: TestContext,
  clients: readonly Awaited<ReturnType<typeof makeClient>>[],
  clock: FakeClock,
) {
  const store = await sqlite(t)
  const made = await createAuthorizationServer({
    issuer: ISSUER,
    sealingKeys: keysOfSecret(SECRET),
    store,
    clock,
    scheduler: realScheduler,
    randomBytes,
    fetch: () => Promise.reject(new TypeError('nothing is asked outside')),
    clients: clients.map(({ metadata }) => metadata),
    gateways: [],
    registration: undefined,
    resources: [{ identifier: API, scopes: ['accounts'] }],
    presented: { of: () => undefined, trusted: () => false, believesSeal: () => false },
    consentEnds: () => Promise.resolve(),
    evidence: recordedEvidence(),
    say: (failure) => assert.fail(String(failure)),
  })
  t.after(() => made.stop())
  const http = createServer(made.listener)
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  t.after(() => void http.close())
  const { port } = http.address() as AddressInfo // sound: it listens on TCP
  const published = async (): Promise<unknown[]> => {
    const response = await fetch(`http://127.0.0.1:${port}/jwks`)
    return names(((await response.json()) as { keys: Record<string, unknown>[] }).keys)
  }
  return { made, published }
}

test('a running server takes up new keys without a pause', async (t) => {
  const clock = new FakeClock()
  const { made, published } = await serve(t, [await makeClient('tpp')], clock)
  const before = await published()
  assert.equal(before.length, 1)
  clock.advance(KEY_LIFE_MS)
  await made.look()
  const after = await published()
  assert.equal(after.length, 2)
  assert.equal(after[0], before[0])
})

test('a server does not start with a client that FAPI does not allow', async (t) => {
  const bearer = await makeClient('tpp', { dpop_bound_access_tokens: false })
  await assert.rejects(serve(t, [bearer], new FakeClock()), { code: 'GH_IDENTITY_CLIENT' })
})
