import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'
import { IDENTITY_SEALED } from '../../src/identity/sealing.ts'
import { openSecrets, openSqliteStore } from '../../src/store/index.ts'
import { identityMigrations } from '../identity/migrations.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { overBothStores } from './both-stores.ts'
import { allThere, fill, MANY, only, secretsContract } from './secrets-contract.ts'

overBothStores(secretsContract)

const PROGRAM = join(import.meta.dirname, 'rotating-process.ts')
const [OLD, NEW] = ['old'.padEnd(43, '-'), 'new'.padEnd(43, '-')] as const

test('killed with -9 after each of its pages, in the end everything is sealed anew, once', async (t) => {
  const dir = temporaryFolder(t)
  const clock = new FakeClock()
  const open = async (secret: string, previous: readonly string[]) => {
    const store = await openSqliteStore({ dir, create: true, migrations: identityMigrations })
    const ports = { store, clock, scheduler: clock, randomBytes, columns: IDENTITY_SEALED }
    const told = () => Promise.resolve()
    const say = (failure: unknown) => assert.fail(String(failure))
    return { store, secrets: await openSecrets({ ...ports, secret, previous, told, say }) }
  }
  const before = await open(OLD, [])
  await fill(before.store, before.secrets)
  await before.secrets.close()
  await before.store.close()
  let killed = 0
  for (let ended = false; !ended;) {
    const child = spawn(process.execPath, [PROGRAM, dir, NEW, OLD, '1'], { stdio: 'inherit' })
    const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
    ended = signal === null
    if (ended) assert.equal(code, 0)
    else killed++
  }
  assert.ok(killed >= 7, `${killed} pages`)
  const { store, secrets } = await open(NEW, [OLD])
  await secrets.look()
  assert.equal(secrets.status().pass?.resealed, MANY + 4)
  await allThere(store, only(NEW, secrets))
  await secrets.close()
  await store.close()
})
