/** Following what happens: each event once, in order, however many come at a time. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccessEvent, StoredEvent } from '../../src/events/index.ts'
import { gatehouse } from '../cli/terminal.ts'
import { RawConnection } from '../support/raw-http.ts'
import { call, callOn, requestText, until, up } from './gateway-process.ts'
import { installation } from './installation.ts'
import { MEADOW_FILES, meadowBank, meadowConfig } from './invented-bank.ts'

/** More than one page of the management API. */
const BURST = 1_300

test('`events tail` shows each event once and in order, through a burst, until it is stopped', async (t) => {
  const bank = await meadowBank(t)
  const place = installation(t, meadowConfig(bank.origin), MEADOW_FILES)
  const gateway = await up(t, place)
  const token = place.token({ scope: 'pots.read' })
  const path = '/v2/pot-accounts'
  await call(gateway, { path, token })
  await call(gateway, { path })

  const seen: StoredEvent[] = []
  const stop = new AbortController()
  const following = gatehouse(['events', 'tail', '--json', '--config', place.config], {
    out: (line) => seen.push(JSON.parse(line) as StoredEvent), // sound: what the CLI promises
    signal: stop.signal,
  })
  const access = (): AccessEvent[] =>
    seen.flatMap(({ event }) => (event.kind === 'access' ? [event] : []))
  await until(5_000, () => access().length === 2)

  const lanes = Array.from({ length: 4 }, () => new RawConnection(gateway.port))
  t.after(() => lanes.map((one) => one.destroy()))
  await Promise.all(
    lanes.map(async (lane) => {
      // All at once on one connection: HTTP/1.1 pipelining, answered in order.
      lane.send(requestText({ path }).repeat(BURST / lanes.length))
      for (let got = 0; got < BURST / lanes.length; got++)
        assert.equal((await lane.answer())?.status, 401)
    }),
  )
  await until(10_000, () => access().length >= BURST + 2)
  stop.abort()
  assert.equal((await following).code, 0)
  const seqs = seen.map((one) => one.seq)
  assert.deepEqual(
    seqs,
    seqs.map((_, at) => (seqs[0] ?? 0) + at),
  )
  assert.equal(access().length, BURST + 2)

  await t.test('filters take what they name and nothing else', async () => {
    const filtered = async (...words: string[]): Promise<AccessEvent[]> => {
      const { code, out, err } = await place.run(
        'events',
        'tail',
        '--no-follow',
        '--json',
        ...words,
      )
      assert.equal(code, 0, err)
      return out === ''
        ? []
        : out.split('\n').map((line) => (JSON.parse(line) as StoredEvent).event as AccessEvent) // sound: only access events have an outcome or a client
    }
    assert.equal((await filtered('--outcome', 'denied', '-n', '5')).length, 5)
    assert.deepEqual(
      (await filtered('--client', 'tpp-a')).map((event) => event.outcome),
      ['trimmed'],
    )
    assert.deepEqual(await filtered('--api', 'nobody'), [])
    assert.deepEqual(await filtered('--api', 'pots', '--outcome', 'failed'), [])
    assert.equal((await filtered('-n', '1')).length, 1)
  })
  for (const words of [
    ['--lines', '0'],
    ['--lines', '1001'],
    ['--lines', 'many'],
    ['--lines', '1.5'],
    ['--outcome', 'maybe'],
  ])
    await t.test(`"${words.join(' ')}" is refused`, async () => {
      const { code, out, err } = await place.run('events', 'tail', '--no-follow', ...words)
      assert.equal(code, 4, err)
      assert.equal(out, '')
      assert.match(err, /GH_CLI_USAGE/)
    })
  await t.test(
    '`--ocsf` says each decision as API Activity, without what was never to leave',
    async () => {
      const { code, out } = await place.run('events', 'tail', '--no-follow', '--ocsf', '-n', '5')
      assert.equal(code, 0)
      const events = out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>)
      assert.ok(events.length > 0)
      for (const event of events) assert.equal(event['class_uid'], 6003)
      assert.ok(!out.includes(token.slice(0, 40)))
    },
  )
  await t.test('an answer that was pipelined keeps its place', async () => {
    const connection = new RawConnection(gateway.port)
    connection.send(requestText({ path, token }) + requestText({ path }))
    assert.equal((await connection.answer())?.status, 200)
    assert.equal((await callOn(connection, { path, token })).status, 401)
    connection.destroy()
  })
  assert.equal((await gateway.stop()).code, 0)
})
