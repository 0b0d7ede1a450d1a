import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'
import { openSpool, verifySpool } from '../../src/events/index.ts'
import { realScheduler } from '../support/real-scheduler.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { idsOf } from './spool-harness.ts'

const ROUNDS = Number(process.env['GATEHOUSE_KILL_ROUNDS'] ?? 10)
const WRITER = join(import.meta.dirname, 'appending-writer.ts')

test(`a spool killed ${ROUNDS} times loses nothing it answered for, and its chain verifies`, async (t) => {
  const dir = join(temporaryFolder(t), 'spool')
  const answered = new Set<string>()
  for (let round = 0; round < ROUNDS; round++) {
    const child = spawn(process.execPath, [WRITER, dir, `round${round}`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let printed = ''
    let lines = 0
    const until = (round * 53) % 400
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString()
      lines = printed.split('\n').length - 1
      if (lines > until) child.kill('SIGKILL')
    })
    await once(child, 'close')
    assert.ok(lines > until, `round ${round}: the child stopped by itself`)
    // The last line may be cut; every whole one was answered.
    for (const id of printed.split('\n').slice(0, -1)) answered.add(id)
    const report = await verifySpool(dir)
    assert.equal(report.damage, null, `round ${round}`)
  }
  const spool = await openSpool({ dir, scheduler: realScheduler })
  const kept = new Set(await idsOf(spool))
  await spool.close()
  assert.ok(answered.size > ROUNDS * 10)
  assert.deepEqual(
    [...answered].filter((id) => !kept.has(id)),
    [],
  )
  const report = await verifySpool(dir)
  assert.equal(report.torn, null)
  assert.equal(report.records, kept.size)
})

test('a second process is refused while the first writes, and let in once it is killed', async (t) => {
  const dir = join(temporaryFolder(t), 'spool')
  const child = spawn(process.execPath, [WRITER, dir, 'a'])
  await once(child.stdout, 'data')
  const asked = performance.now()
  await assert.rejects(openSpool({ dir, scheduler: realScheduler }), {
    code: 'GH_EVENTS_SPOOL_LOCKED',
  })
  assert.ok(performance.now() - asked < 1000)
  child.kill('SIGKILL')
  await once(child, 'close')
  await (await openSpool({ dir, scheduler: realScheduler })).close()
})
