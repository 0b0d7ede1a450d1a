import assert from 'node:assert/strict'
import { appendFileSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { assemble } from './assemble.ts'
import { objectiveLog } from './objective-log.ts'
import { readConfig } from './read-config.ts'

const BANK = join(import.meta.dirname, '..', '..', 'examples', 'bank', 'gatehouse.yaml')
const { config } = readConfig(BANK, {})
assert.ok(config !== undefined)
const [accounts] = assemble(config).apis
assert.ok(accounts !== undefined)
const { objective } = accounts
const NOW = Date.UTC(2026, 10, 22)

test('objectiveLog knows nothing of an API that never ran', (t) => {
  assert.deepEqual(objectiveLog(temporaryFolder(t)).history('accounts'), [])
})

test('record writes a version once, and a changed number or approver as a new entry', (t) => {
  const log = objectiveLog(temporaryFolder(t))
  assert.equal(log.record(objective, NOW), true)
  assert.equal(log.record(objective, NOW + 1), false)
  const approved = { ...objective, approval: { by: 'Somebody Else', on: '2026-11-23' } }
  assert.equal(log.record(approved, NOW + 2), true)
  const stricter = { ...approved, version: `sha256:${'0'.repeat(64)}` }
  assert.equal(log.record(stricter, NOW + 3), true)
  assert.deepEqual(
    log.history('accounts').map((entry) => entry.at),
    [NOW, NOW + 2, NOW + 3],
  )
  assert.deepEqual(log.history('accounts')[1]?.objective.approval, approved.approval)
})

test('record adds behind what a crash left of a line, and loses neither what was before nor what comes', (t) => {
  const dir = temporaryFolder(t)
  const log = objectiveLog(dir)
  log.record(objective, NOW)
  const file = join(dir, 'objectives', 'accounts.jsonl')
  const whole = readFileSync(file, 'utf8')
  for (const cut of [1, 20, whole.length - 2]) {
    appendFileSync(file, whole.slice(0, cut))
    const changed = { ...objective, version: `sha256:${String(cut).padStart(64, '0')}` }
    assert.equal(log.record(changed, NOW + cut), true)
    assert.equal(log.history('accounts').at(-1)?.at, NOW + cut)
  }
  assert.equal(log.history('accounts').length, 4)
  assert.equal(statSync(file).mode & 0o777, 0o600)
})
