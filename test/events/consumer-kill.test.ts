import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openSpool } from '../../src/events/index.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { append, filled, idsOf, open } from './spool-harness.ts'

const ROUNDS = Number(process.env['GATEHOUSE_KILL_ROUNDS'] ?? 6)
const READER = join(import.meta.dirname, 'consuming-reader.ts')

test(`a consumer killed ${ROUNDS} times handles every event, in order, and none twice that it had committed`, async (t) => {
  const dir = join(temporaryFolder(t), 'spool')
  const answered: string[] = []
  /** What was handled in the order of handling, and where a process died. */
  const handled: string[] = []
  const committed: string[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const child = spawn(process.execPath, [READER, dir, `round${round}`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let printed = ''
    const until = 40 + round * 37
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString()
      if (printed.split('\n').length > until) child.kill('SIGKILL')
    })
    await once(child, 'close')
    const before = committed.at(-1)
    const first = handled.length
    for (const line of printed.split('\n').slice(0, -1)) {
      const [what, id = ''] = line.split(' ')
      const list = { answered, handled, committed }[what ?? '']
      assert.ok(list !== undefined, line)
      list.push(id)
    }
    // The first one after the death comes right after the last commit, or it is one whose commit was made and not yet printed.
    const resumed = handled[first]
    if (before !== undefined && resumed !== undefined)
      assert.ok(handled.indexOf(resumed) >= handled.lastIndexOf(before, first - 1) - 6)
  }
  const spool = await openSpool({ dir, scheduler: new FakeClock() })
  // Whether the last one had handled all that there was is chance; of this it had not.
  await append(spool, 'after')
  const all = await idsOf(spool)
  const consumer = await spool.consumer('audit')
  const rest = (await consumer.read(1_000_000)).map(({ event }) => event.id)
  await spool.close()
  assert.deepEqual(
    answered.filter((id) => !all.includes(id)),
    [],
  )
  const seen = new Set([...handled, ...rest])
  assert.deepEqual(
    all.filter((id) => !seen.has(id)),
    [],
    'handled, or still to come',
  )
  const lastCommitted = all.indexOf(committed.at(-1) ?? '')
  assert.ok(rest.length > 0 && all.indexOf(rest[0] ?? '') > lastCommitted, 'nothing twice')
  const order = handled.map((id) => all.indexOf(id))
  // Order only ever steps back where a process died, and then no further than what it had read.
  const back = order.filter((place, at) => at > 0 && place <= (order[at - 1] ?? 0))
  assert.ok(back.length < ROUNDS, `${back.length} steps back`)
})

test('a consumer starts over, and loses nothing, when its offset file is cut at any byte', async (t) => {
  const dir = await filled(t, 3)
  const first = await open(t, { dir })
  const consumer = await first.spool.consumer('audit')
  const [, second] = await consumer.read(2)
  assert.ok(second !== undefined)
  await consumer.commit(second)
  await first.spool.close()
  const file = join(dir, 'consumers', 'audit.json')
  const whole = readFileSync(file)
  const { spool } = await open(t, { dir })
  for (let cut = 0; cut <= whole.length; cut++) {
    writeFileSync(file, whole)
    truncateSync(file, cut)
    const again = await spool.consumer('audit')
    const ids = (await again.read(9)).map(({ event }) => event.id)
    assert.deepEqual(ids, cut === whole.length ? ['e3'] : ['e1', 'e2', 'e3'], `${cut} bytes`)
  }
})

test('a consumer starts over when one letter of its offset file is another', async (t) => {
  const dir = await filled(t, 4)
  const first = await open(t, { dir })
  const consumer = await first.spool.consumer('audit')
  const [event] = await consumer.read(1)
  assert.ok(event !== undefined)
  await consumer.commit(event)
  await first.spool.close()
  const file = join(dir, 'consumers', 'audit.json')
  const whole = readFileSync(file, 'latin1')
  const { spool } = await open(t, { dir })
  for (let at = 0; at < whole.length; at++) {
    const letter = whole[at] === '1' ? '2' : '1'
    writeFileSync(file, whole.slice(0, at) + letter + whole.slice(at + 1))
    const again = await spool.consumer('audit')
    const ids = (await again.read(9)).map(({ event: one }) => one.id)
    // Never past what was handled; at worst all of it again.
    assert.ok(ids.includes('e2') && ids.at(-1) === 'e4', `letter ${at}: ${ids.join()}`)
  }
})

test('two consumers keep their own places, and one that is new sees all', async (t) => {
  const { spool, dir } = await open(t)
  for (let i = 1; i <= 4; i++) await append(spool, `e${i}`)
  for (const [name, count] of [
    ['audit', 1],
    ['risk', 3],
  ] as const) {
    const consumer = await spool.consumer(name)
    const last = (await consumer.read(count)).at(-1)
    assert.ok(last !== undefined)
    await consumer.commit(last)
  }
  await spool.close()
  const again = await open(t, { dir })
  const left = async (name: string): Promise<number> =>
    (await (await again.spool.consumer(name)).read(9)).length
  assert.deepEqual([await left('audit'), await left('risk'), await left('posture')], [3, 1, 4])
})
