/** `kill -9` in the midst of payments: what was acknowledged has its evidence, and counters are what the records say. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { scaMigrations } from '../../../src/sca/tables/index.ts'
import { openSqliteStore } from '../../../src/store/index.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { rig } from './rig.ts'

test('a killed process loses no decision that it acknowledged, and no counter goes astray', async (t) => {
  const dir = join(temporaryFolder(t), 'store')
  for (let round = 0; round < 3; round++) {
    const child = spawn(process.execPath, [
      join(import.meta.dirname, 'crashing-payer.ts'),
      dir,
      `r${round}`,
    ])
    let text = ''
    const enough = new Promise<void>((resolve) => {
      child.stdout.on('data', (chunk: Buffer) => {
        text += chunk.toString()
        if (text.split('\n').length > 60 + 40 * round) resolve()
      })
    })
    const exited = once(child, 'exit')
    await Promise.race([enough, exited])
    child.kill('SIGKILL')
    await exited
    const acknowledged = text
      .split('\n')
      .slice(1, -1)
      .map((line) => line.split(' '))
    assert.ok(acknowledged.length > 50, text.slice(0, 500))

    const store = await openSqliteStore({ dir, migrations: scaMigrations })
    const { ledger } = rig(store)
    for (const [id = '', outcome] of acknowledged) {
      const kept = await ledger.evidence(id)
      assert.equal(kept?.replayed, 'same', id)
      assert.equal(kept.decision.outcome, outcome)
    }
    await store.close()
    const db = new DatabaseSync(join(dir, 'gatehouse.db'), { readOnly: true })
    const counter = db.prepare('SELECT count, sum, epoch FROM sca_payer').get()
    // Booked under the counter that runs, and not given back.
    const booked = db
      .prepare(
        "SELECT count(*) AS count FROM sca_decision WHERE exemption = 'low-value' AND state <> 'void' AND epoch = ?",
      )
      .get(counter?.['epoch'] ?? 0)
    const evidence = db
      .prepare(
        'SELECT count(*) AS count FROM sca_decision LEFT JOIN sca_evidence USING (id) WHERE body IS NULL',
      )
      .get()
    db.close()
    assert.equal(counter?.['count'], booked?.['count'])
    assert.equal(counter?.['sum'], booked?.['count'])
    assert.equal(evidence?.['count'], 0)
  }
})
