/** Holds are changes like others: who asked, and why, is in the spool before the hold counts, whether an instance runs or not. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { type ControlEvent, verifySpool } from '../../src/events/index.ts'
import { everyEvent } from './audited-load.ts'
import { up } from './gateway-process.ts'
import { type Installation, installation } from './installation.ts'
import { MEADOW_FILES, meadowConfig } from './invented-bank.ts'

const YEAR_MS = 365 * 86_400_000
const DAY = new Date(Date.now() + YEAR_MS).toISOString().slice(0, 10)
const REASON = 'inquiry 2026/17 of the supervisor'

function bank(t: TestContext): Installation {
  return installation(t, meadowConfig('http://127.0.0.1:9'), MEADOW_FILES)
}

async function place(at: Installation, ...more: string[]): Promise<string> {
  const words = ['retention', 'hold', '--until', DAY, '--reason', REASON, '--json', ...more]
  const { code, out, err } = await at.run(...words)
  assert.equal(code, 0, err)
  return (JSON.parse(out) as { id: string }).id // sound: what the CLI promises
}

async function controls({ dataDir }: Installation): Promise<ControlEvent[]> {
  const dir = join(dataDir, 'spool')
  assert.equal((await verifySpool(dir)).damage, null)
  return (await everyEvent(dir)).flatMap(({ event }) => (event.kind === 'control' ? [event] : []))
}
const told = ({ action, outcome, who, via, reason, code }: ControlEvent): string =>
  `${action} ${outcome} ${who} ${via} ${reason} ${code}`

test('of a running instance: placed, refused and released, each with who and why', async (t) => {
  const at = bank(t)
  const gateway = await up(t, at)
  const id = await place(at, '--as', 'dana')
  const short = await at.run('retention', 'release', id, '--reason', 'over')
  assert.equal(short.code, 4)
  assert.match(short.err, /GH_AUDIT_HOLD_INVALID.*10 to 500/)
  const ended = await at.run('retention', 'release', id, '--reason', 'the inquiry is closed')
  assert.equal(ended.code, 0, ended.err)
  const unknown = await at.run('retention', 'release', 'hold-00000000', '--reason', REASON)
  assert.equal(unknown.code, 4)
  const past = await at.run('retention', 'hold', '--until', '2020-01-01', '--reason', REASON)
  assert.equal(past.code, 4)
  await gateway.stop()
  const events = await controls(at)
  assert.deepEqual(events.map(told), [
    `hold done dana socket ${REASON} null`,
    'hold-release refused olga socket over GH_AUDIT_HOLD_INVALID',
    'hold-release done olga socket the inquiry is closed null',
    `hold-release refused olga socket ${REASON} GH_AUDIT_HOLD_INVALID`,
    `hold refused olga socket ${REASON} GH_AUDIT_HOLD_INVALID`,
  ])
  const [placed, , released] = events
  assert.equal(placed?.after, `${id} until ${new Date(DAY).toISOString()}`)
  assert.deepEqual([released?.before, released?.after], [placed?.after, null])
})

test('while nothing runs the command writes into the spool itself, and the next start goes on from there', async (t) => {
  const at = bank(t)
  await (await up(t, at)).stop()
  const id = await place(at)
  const gateway = await up(t, at)
  const { out } = await at.run('events', 'tail', '--no-follow')
  assert.match(out, /control +olga: hold done \(inquiry 2026/)
  await gateway.stop()
  assert.deepEqual((await controls(at)).map(told), [`hold done olga command ${REASON} null`])
  assert.deepEqual(readdirSync(join(at.dataDir, 'holds')), [`${id}.json`])
})

test('where nothing was recorded yet the hold stands in its file alone', async (t) => {
  const at = bank(t)
  const id = await place(at)
  assert.deepEqual(readdirSync(join(at.dataDir, 'holds')), [`${id}.json`])
  assert.equal(existsSync(join(at.dataDir, 'spool')), false)
})

test('a hold that could not be recorded is not placed', async (t) => {
  const at = bank(t)
  const gateway = await up(t, at)
  // Something runs and does not answer.
  rmSync(join(at.dataDir, 'control.sock'))
  const { code, err } = await at.run('retention', 'hold', '--until', DAY, '--reason', REASON)
  assert.equal(code, 69)
  assert.match(err, /GH_EVENTS_SPOOL_LOCKED/)
  assert.equal(existsSync(join(at.dataDir, 'holds')), false)
  await gateway.stop()
})
