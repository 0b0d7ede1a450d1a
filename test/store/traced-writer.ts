/**
 * A process to be traced: the engine of the store in one thread, batches of claims, each answered key in a file of its own. Every other batch is
 * buffered: its keys are answered after the next sync, of the log or with a batch that is not.
 */
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { openEngine } from '../../src/store/sqlite-engine.ts'
import { allOf, claimOnce, tallyMigrations } from './tally-units.ts'

const [, , dir = '', batches = '20'] = process.argv
const answers = openSync(join(dir, 'answers'), 'a')
let engine = openEngine(join(dir, 'gatehouse.db'), tallyMigrations)
let next = 0
let unsynced: (string | undefined)[] = []
const answer = (): void => {
  for (const key of unsynced) writeSync(answers, `${key}\n`)
  unsynced = []
}
/** As log-sync.ts does, in this thread. */
const syncLog = (): void => {
  const log = openSync(join(dir, 'gatehouse.db-wal'), 'r')
  fdatasyncSync(log)
  closeSync(log)
}
for (let batch = 0; batch < Number(batches); batch++) {
  const buffered = batch % 2 === 1
  const keys = Array.from({ length: 1 + (batch % 5) }, () => `key-${++next}`)
  const outcomes = engine.runBatch(
    keys.map((key, id) => ({
      id,
      label: 'claim',
      unit: claimOnce as never, // sound: the engine gives it the argument below
      arg: { key, by: 'x'.repeat((batch * 97) % 900) },
      buffered,
    })),
  )
  for (const { id, ok } of outcomes) if (ok) unsynced.push(keys[id])
  if (batch % 4 === 1) syncLog()
  if (!buffered || batch % 4 === 1) answer()
  // Closing makes a checkpoint: the database file itself is written, and the log goes.
  if (batch % 7 === 6) {
    engine.close()
    engine = openEngine(join(dir, 'gatehouse.db'), tallyMigrations)
  }
}
engine.runBatch([{ id: 0, label: 'all', unit: allOf, arg: undefined }]) // sound: it takes none
engine.close()
