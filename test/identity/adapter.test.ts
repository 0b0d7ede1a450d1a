/** What the adapter promises beside single use: nothing readable at rest, ends that hold, limits. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { errors } from 'oidc-provider'
import {
  INTERACTION_SECONDS,
  MAX_RECORD_CHARS,
  recordFinder,
  Replayed,
} from '../../src/identity/adapter.ts'
import { createSealing } from '../../src/identity/sealing.ts'
import { recordUpkeep } from '../../src/identity/upkeep.ts'
import { keysOfSecret, openSqliteStore } from '../../src/store/index.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { codeFor, makeClient, redeem } from './client.ts'
import { adapterOver, CUSTOMER, sqlite, startRig } from './rig.ts'
import { identityMigrations } from './migrations.ts'

test('neither token nor customer nor client can be read in the database', async (t) => {
  const dir = temporaryFolder(t)
  const store = await openSqliteStore({ dir, create: true, migrations: identityMigrations })
  const client = await makeClient('third-party-of-this-test')
  const { ask } = await startRig(t, { testClients: [client], store })
  const code = await codeFor(ask, client)
  const { body } = await redeem(ask, client, code)
  const refreshToken = String(body['refresh_token'])
  assert.ok(refreshToken.length >= 43, 'FAPI 2.0 SP 5.4.1: 128 bits at least')
  await store.close()
  const files = readdirSync(dir).map((name) => readFileSync(join(dir, name), 'latin1'))
  assert.ok(
    files.some((bytes) => bytes.includes('RefreshToken')),
    'the check is blind',
  )
  for (const secret of [code, refreshToken, CUSTOMER, 'third-party', 'the-state', 'cust-'])
    for (const bytes of files) assert.ok(!bytes.includes(secret), secret)
})

test('another secret finds nothing, and a record moved under another id does not open', async (t) => {
  const store = await sqlite(t)
  await adapterOver(store)('Session').upsert('s', { uid: 'u' }, 60)
  const foreign = adapterOver(store, {
    keys: keysOfSecret('another-secret-that-is-long-enough-for-this-test'),
  })
  assert.equal(await foreign('Session').find('s'), undefined)
  assert.equal(await foreign('Session').findByUid('u'), undefined)
  assert.deepEqual(await adapterOver(store)('Session').findByUid('u'), { uid: 'u' })
})

test('by its id alone the first of several kinds that has it is found, as the kind itself finds it', async (t) => {
  const store = await sqlite(t)
  const clock = new FakeClock()
  const keys = keysOfSecret('one-secret-that-is-long-enough-for-this-test')
  const adapter = adapterOver(store, { keys, clock })
  const find = recordFinder({ store, clock, sealing: createSealing(keys, randomBytes) })
  const kinds = ['AccessToken', 'ClientCredentials']
  await adapter('AccessToken').upsert('a', { of: 'a customer' }, 60)
  await adapter('ClientCredentials').upsert('b', { of: 'a third party' }, 60)
  await adapter('RefreshToken').upsert('c', { of: 'neither' }, 60)
  assert.deepEqual(await find(kinds, 'a'), { of: 'a customer' })
  assert.deepEqual(await find(kinds, 'b'), { of: 'a third party' })
  for (const [models, id] of [
    [kinds, 'c'],
    [kinds, 'never was'],
    [['AccessToken'], 'b'],
    [[], 'a'],
  ] as const)
    assert.equal(await find(models, id), undefined, id)

  await adapter('AccessToken').consume('a')
  assert.deepEqual(await find(kinds, 'a'), await adapter('AccessToken').find('a'))
  assert.equal(typeof (await find(kinds, 'a'))?.['consumed'], 'number')

  const foreign = keysOfSecret('another-secret-that-is-long-enough-for-this-test')
  const sealing = createSealing(foreign, randomBytes)
  assert.equal(await recordFinder({ store, clock, sealing })(kinds, 'a'), undefined)
  clock.advance(120_000)
  assert.equal(await find(kinds, 'b'), undefined, 'it has ended')
})

test('a record ends a minute after its life, and what is used once after an interaction more', async (t) => {
  const store = await sqlite(t)
  for (const [model, kept] of [
    ['Session', 60],
    ['AuthorizationCode', 60 + INTERACTION_SECONDS],
    ['PushedAuthorizationRequest', 60 + INTERACTION_SECONDS],
  ] as const) {
    const clock = new FakeClock()
    const records = adapterOver(store, { clock })(model)
    await records.upsert('r', { a: 1 }, 30)
    clock.advance((30 + kept) * 1000 - 1)
    assert.deepEqual(await records.find('r'), { a: 1 }, model)
    clock.advance(1)
    assert.equal(await records.find('r'), undefined, model)
    await assert.rejects(records.consume('r'))
  }
})

test('an id that may come once is refused until it ends, and then free', async (t) => {
  const store = await sqlite(t)
  const clock = new FakeClock()
  const seen = adapterOver(store, { clock })('ReplayDetection')
  await seen.upsert('jti', { iss: 'tpp' }, 60)
  await assert.rejects(seen.upsert('jti', { iss: 'tpp' }, 60), Replayed)
  clock.advance(119_999)
  await assert.rejects(seen.upsert('jti', { iss: 'tpp' }, 60), Replayed)
  clock.advance(1)
  await seen.upsert('jti', { iss: 'tpp' }, 60)
})

test('consuming what is not there is refused in the words of its kind', async (t) => {
  const adapter = adapterOver(await sqlite(t))
  await assert.rejects(adapter('AuthorizationCode').consume('x'), errors.InvalidGrant)
  await assert.rejects(adapter('PushedAuthorizationRequest').consume('x'), errors.InvalidRequestUri)
})

test('a grant that goes is told before it is gone; if nobody can be told, it stays', async (t) => {
  const store = await sqlite(t)
  const ended: string[] = []
  const adapter = adapterOver(store, { ended })
  await adapter('Grant').upsert('consent-1', { jti: 'consent-1' }, 60)
  await adapter('RefreshToken').upsert('r', { grantId: 'consent-1' }, 60)
  await adapter('RefreshToken').revokeByGrantId('consent-1')
  assert.equal(await adapter('RefreshToken').find('r'), undefined)
  assert.deepEqual(ended, [])
  await adapter('Grant').destroy('consent-1')
  assert.deepEqual(ended, ['consent-1'])
  assert.equal(await adapter('Grant').find('consent-1'), undefined)

  const deaf = adapterOver(store, {
    ended: Object.freeze([]) as unknown as string[], // telling it throws
  })
  await deaf('Grant').upsert('consent-2', { jti: 'consent-2' }, 60)
  await assert.rejects(async () => deaf('Grant').destroy('consent-2'), TypeError)
  assert.ok((await deaf('Grant').find('consent-2')) !== undefined)
})

test('a record of the most characters is kept, one more is refused', async (t) => {
  const sessions = adapterOver(await sqlite(t))('Session')
  const most = MAX_RECORD_CHARS - JSON.stringify({ a: '' }).length
  await sessions.upsert('s', { a: 'x'.repeat(most) }, 60)
  await assert.rejects(sessions.upsert('s', { a: 'x'.repeat(most + 1) }, 60), errors.InvalidRequest)
})

test('there is room for so many of a kind that strangers make, and again when they ended', async (t) => {
  const store = await sqlite(t)
  const clock = new FakeClock()
  const sessions = adapterOver(store, { clock })('Session')
  const failures: unknown[] = []
  const upkeep = recordUpkeep({
    store,
    clock,
    scheduler: clock,
    say: (failure) => failures.push(failure),
    maxOfKind: 2,
  })
  await upkeep.look()
  assert.ok(upkeep.roomFor('Session'))
  await sessions.upsert('a', {}, 60)
  assert.ok(upkeep.roomFor('Session'))
  await sessions.upsert('b', {}, 600)
  assert.ok(!upkeep.roomFor('Session'))
  assert.ok(upkeep.roomFor('Interaction'), 'each kind has its own')
  for (let at = 0; at < 5; at++) assert.ok(upkeep.roomFor('Grant'), 'a customer stands behind it')
  clock.advance(120_000)
  await upkeep.look()
  assert.ok(upkeep.roomFor('Session'))
  assert.ok(!upkeep.roomFor('Session'))
  assert.deepEqual(failures, [])
  upkeep.stop()
})

test('more than one batch of ended records goes in one look', async (t) => {
  const store = await sqlite(t)
  const clock = new FakeClock()
  const sessions = adapterOver(store, { clock })('Session')
  await Promise.all(Array.from({ length: 1_001 }, (_, at) => sessions.upsert(`s${at}`, {}, 1)))
  const upkeep = recordUpkeep({
    store,
    clock,
    scheduler: clock,
    say: (failure) => assert.fail(String(failure)),
    maxOfKind: 1,
  })
  await upkeep.look()
  assert.ok(!upkeep.roomFor('Session'))
  clock.advance(61_000)
  await upkeep.look()
  assert.ok(upkeep.roomFor('Session'))
  upkeep.stop()
})

test('where there is no room a request is turned away, and nothing else breaks', async (t) => {
  const client = await makeClient('third-party-of-this-test')
  const { ask } = await startRig(t, { testClients: [client], maxOfKind: 0 })
  const response = await ask('/.well-known/oauth-authorization-server')
  assert.equal(response.status, 200)
  await assert.rejects(codeFor(ask, client), /temporarily_unavailable/)
})
