import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'
import { openSqliteStore } from '../../src/store/index.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { all, tallyMigrations } from './tally-units.ts'

const ROUNDS = Number(process.env['GATEHOUSE_KILL_ROUNDS'] ?? 10)

test(`a store killed ${ROUNDS} times loses nothing that it acknowledged`, async (t) => {
  const dir = temporaryFolder(t)
  const acknowledged = new Set<string>()
  for (let round = 0; round < ROUNDS; round++) {
    const child = spawn(
      process.execPath,
      [join(import.meta.dirname, 'crashing-writer.ts'), dir, `round${round}`],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    let printed = ''
    let lines = 0
    const until = 1 + ((round * 37) % 200)
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString()
      lines = printed.split('\n').length - 1
      if (lines > until) child.kill('SIGKILL')
    })
    await once(child, 'close')
    assert.ok(lines > until, `round ${round}: the child stopped by itself`)
    // The last line may be cut; every whole one was acknowledged.
    for (const key of printed.split('\n').slice(1, -1)) acknowledged.add(key)
  }
  const store = await openSqliteStore({ dir, migrations: tallyMigrations })
  const kept = new Set((await store.run(all, undefined)).map((row) => String(row['key'])))
  await store.close()
  assert.ok(acknowledged.size > ROUNDS)
  assert.deepEqual(
    [...acknowledged].filter((key) => !kept.has(key)),
    [],
  )
})

test('a second process is refused while the first lives, and let in once it is killed', async (t) => {
  const dir = temporaryFolder(t)
  const child = spawn(process.execPath, [join(import.meta.dirname, 'crashing-writer.ts'), dir, 'a'])
  await once(child.stdout, 'data')
  const asked = performance.now()
  await assert.rejects(openSqliteStore({ dir, migrations: tallyMigrations }), {
    code: 'GH_STORE_LOCKED',
  })
  assert.ok(performance.now() - asked < 1000)
  child.kill('SIGKILL')
  await once(child, 'close')
  await (await openSqliteStore({ dir, migrations: tallyMigrations })).close()
})
