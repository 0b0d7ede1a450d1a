import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { logSync } from './log-sync.ts'

function rig(t: TestContext) {
  const database = join(temporaryFolder(t), 'gatehouse.db')
  writeFileSync(`${database}-wal`, '')
  const waiting: ((error: Error | null) => void)[] = []
  let begun = 0
  const log = logSync(database, (_, done) => {
    begun++
    waiting.push(done)
  })
  t.after(() => log.close())
  const done = async (error: Error | null = null): Promise<void> => {
    waiting.shift()?.(error)
    await new Promise(setImmediate)
  }
  return { log, done, begun: () => begun }
}

void test('who asks while a sync runs waits for the next one, all of them for the same', async (t) => {
  const { log, done, begun } = rig(t)
  const settled: string[] = []
  const ask = (name: string): void => void log.sync().then(() => settled.push(name))
  ask('first')
  assert.equal(begun(), 1)
  ask('second')
  ask('third')
  assert.equal(begun(), 1, 'they may have been written after it began')
  await done()
  assert.deepEqual(settled, ['first'])
  assert.equal(begun(), 2)
  ask('fourth')
  await done()
  assert.deepEqual(settled, ['first', 'second', 'third'])
  assert.equal(begun(), 3)
  await done()
  assert.deepEqual(settled, ['first', 'second', 'third', 'fourth'])
  assert.equal(begun(), 3, 'nobody waits')
})

void test('a sync that fails is told to who waited for it, and to nobody else', async (t) => {
  const { log, done } = rig(t)
  const first = assert.rejects(log.sync(), /EIO/)
  const second = log.sync()
  await done(new Error('EIO'))
  await first
  await done()
  await second
})

void test('the real call syncs a real file, and closing waits for it', async (t) => {
  const database = join(temporaryFolder(t), 'gatehouse.db')
  writeFileSync(`${database}-wal`, 'x')
  const log = logSync(database)
  const both = [log.sync(), log.sync()]
  log.close()
  await Promise.all(both)
  assert.throws(() => logSync(join(temporaryFolder(t), 'none.db')), /ENOENT/)
})
