import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { test } from 'node:test'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { openSpool } from '../events/index.ts'
import { createPseudonym } from '../gateway/core/index.ts'
import { readObservations } from '../posture/index.ts'
import { identityEvents } from './identity/identity-events.ts'
import { openStore } from './open-store.ts'
import { planArchive } from './plan-archive.ts'
import { systemScheduler } from './system-ports.ts'
import { startTrafficWatch } from './traffic-watch.ts'

test('startTrafficWatch says once that observations are not kept, however often it fails', async (t) => {
  const dir = temporaryFolder(t)
  const clock = new FakeClock()
  const spool = await openSpool({
    dir: join(dir, 'spool'),
    scheduler: systemScheduler,
    create: true,
  })
  t.after(() => spool.close())
  const store = await openStore({ dataDir: dir, store: null }, { create: true })
  assert.ok(store !== undefined)
  await store.close() // every step fails from here on
  await new Promise<void>((resolve, reject) =>
    spool.append(
      {
        v: 1,
        kind: 'notice',
        id: 'n1',
        at: clock.now(),
        what: 'started',
        api: null,
        code: null,
        detail: '',
      },
      'strict',
      (failure) => (failure === undefined ? resolve() : reject(failure)),
    ),
  )
  const said: unknown[] = []
  let heard = (): void => undefined
  const first = new Promise<void>((resolve) => (heard = resolve))
  const watch = await startTrafficWatch({
    spool,
    store,
    archive: planArchive(dir),
    apisOfServer: () => [],
    clock,
    scheduler: clock,
    behind: (failure) => {
      said.push(failure)
      heard()
    },
  })
  clock.advance(500)
  await first
  clock.advance(500)
  await watch.stop()
  assert.equal(said.length, 1)
  assert.ok(said[0] instanceof Error)
})

test('what the authorization server recorded is in the store as evidence of the APIs that take its tokens, as they are then', async (t) => {
  const dir = temporaryFolder(t)
  const clock = new FakeClock()
  const spool = await openSpool({
    dir: join(dir, 'spool'),
    scheduler: systemScheduler,
    create: true,
  })
  t.after(() => spool.close())
  const store = await openStore({ dataDir: dir, store: null }, { create: true })
  assert.ok(store !== undefined)
  t.after(() => store.close())
  const key = { shared: randomBytes(32), persons: new Map([['', randomBytes(32)]]) }
  const evidence = identityEvents({
    events: spool,
    clock,
    scheduler: systemScheduler,
    randomBytes,
    pseudonym: createPseudonym(() => key),
  })
  let apis = ['accounts']
  const round = async (authentication: string): Promise<readonly string[]> => {
    const by = 'third-party'
    await evidence.write({ action: 'token', outcome: 'done', by, client: 'tpp', authentication })
    const watch = await startTrafficWatch({
      spool,
      store,
      archive: planArchive(dir),
      apisOfServer: () => apis,
      clock,
      scheduler: clock,
      behind: (failure) => assert.ifError(failure),
    })
    clock.advance(500)
    await watch.stop()
    return (await readObservations(store))
      .map(({ api, control, outcome, population }) => [api, control, outcome, population].join(' '))
      .toSorted()
  }
  assert.deepEqual(await round('private_key_jwt'), ['accounts client-strong-auth pass 1'])
  apis = ['payments']
  assert.deepEqual(await round('tls_client_auth'), [
    'accounts client-strong-auth pass 1',
    'payments client-strong-auth pass 1',
  ])
  apis = ['accounts']
  assert.deepEqual(await round('none'), [
    'accounts client-strong-auth fail 2',
    'accounts client-strong-auth pass 2',
    'payments client-strong-auth pass 1',
  ])
})
