import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { openSpool } from '../events/index.ts'
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
