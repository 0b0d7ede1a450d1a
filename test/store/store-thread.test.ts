/** The writer thread of an embedded store, started before anybody knows which database it will serve. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { openSqliteStore, startStoreThread } from '../../src/store/index.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import * as tally from './tally-units.ts'

const migrations = tally.tallyMigrations
const run = promisify(execFile)

test('a store opens with a thread started ahead, and ends it when it closes', async (t) => {
  const thread = startStoreThread()
  const dir = temporaryFolder(t)
  const store = await openSqliteStore({ dir, migrations, create: true, thread })
  assert.equal(await store.run(tally.claim, { key: 'k', by: 'me' }), true)
  const ended = once(thread.worker, 'exit')
  await store.close()
  assert.deepEqual(await ended, [0])
})

test('a thread started ahead is ended where the store does not open', async (t) => {
  const dir = temporaryFolder(t)
  const first = await openSqliteStore({ dir, migrations, create: true })
  t.after(() => first.close())
  const missing = join(temporaryFolder(t), 'nothing')
  mkdirSync(missing)
  for (const [where, code] of [
    [dir, 'GH_STORE_LOCKED'],
    [missing, 'GH_STORE_MISSING'],
  ] as const) {
    const thread = startStoreThread()
    const ended = once(thread.worker, 'exit')
    await assert.rejects(openSqliteStore({ dir: where, migrations, thread }), { code })
    await ended
  }
})

test('a thread that never gets a database holds no process open', async () => {
  const door = JSON.stringify(new URL('../../src/store/index.ts', import.meta.url).href)
  const script = `import { startStoreThread } from ${door}; startStoreThread(); console.log('over')`
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], {
    timeout: 30_000,
  })
  assert.equal(stdout, 'over\n')
})

test('a thread of the store sees nothing of the environment but where compiled modules are kept', async (t) => {
  const before = process.env['NODE_COMPILE_CACHE']
  t.after(() => {
    if (before === undefined) delete process.env['NODE_COMPILE_CACHE']
    else process.env['NODE_COMPILE_CACHE'] = before
  })
  process.env['NODE_COMPILE_CACHE'] = temporaryFolder(t)
  const dir = temporaryFolder(t)
  const store = await openSqliteStore({ dir, migrations, create: true })
  t.after(() => store.close())
  assert.deepEqual(await store.run(tally.environment, null), ['NODE_COMPILE_CACHE'])
})
