import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { type Hold, inForce, keepHold, newHold, readHolds, releasedHold } from './holds.ts'

const NOW = Date.UTC(2026, 10, 28)
const DAY = 86_400_000
const REASON = 'inquiry 2026/17 of the supervisor'
const invalid = (error: unknown): boolean =>
  typeof error === 'object' &&
  error !== null &&
  'code' in error &&
  error.code === 'GH_AUDIT_HOLD_INVALID'

function putHold(dir: string, given: Pick<Hold, 'until' | 'reason' | 'by'>, now: number): Hold {
  const hold = newHold(given, now)
  keepHold(dir, hold)
  return hold
}
function releaseHold(dir: string, id: string, given: { by: string; reason: string }, now: number) {
  const hold = releasedHold(dir, id, given, now)
  keepHold(dir, hold)
  return hold
}

function folder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'gatehouse-holds-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

test('a hold is in force until its day or its release, and is never forgotten', (t) => {
  const dir = folder(t)
  assert.deepEqual(readHolds(dir), [])
  const hold = putHold(dir, { until: NOW + DAY, reason: ` ${REASON} `, by: 'dana' }, NOW)
  assert.equal(hold.reason, REASON)
  assert.deepEqual(readHolds(dir), [hold])
  assert.equal(inForce(hold, NOW + DAY - 1), true)
  assert.equal(inForce(hold, NOW + DAY), false)
  const released = releaseHold(
    dir,
    hold.id,
    { by: 'kim', reason: 'the inquiry is closed' },
    NOW + 1,
  )
  assert.equal(inForce(released, NOW + 2), false)
  assert.deepEqual(readHolds(dir), [released])
  assert.throws(() => releaseHold(dir, hold.id, { by: 'kim', reason: REASON }, NOW + 2), invalid)
  const [name = ''] = readdirSync(join(dir, 'holds'))
  assert.equal(statSync(join(dir, 'holds', name)).mode & 0o777, 0o600)
})

test('a hold that says too little, or ends before it begins, is refused', (t) => {
  const dir = folder(t)
  for (const [until, reason] of [
    [NOW, REASON],
    [NOW - DAY, REASON],
    [Number.NaN, REASON],
    [NOW + 3656 * DAY, REASON],
    [NOW + DAY, 'because'],
    [NOW + DAY, ' '.repeat(40)],
    [NOW + DAY, 'x'.repeat(501)],
  ] as const)
    assert.throws(() => putHold(dir, { until, reason, by: 'dana' }, NOW), invalid)
  assert.throws(
    () => releaseHold(dir, 'hold-00000000', { by: 'kim', reason: REASON }, NOW),
    invalid,
  )
  assert.deepEqual(readHolds(dir), [])
})

test('a hold whose file cannot be read holds for ever', (t) => {
  const dir = folder(t)
  const { id } = putHold(dir, { until: NOW + DAY, reason: REASON, by: 'dana' }, NOW)
  const file = join(dir, 'holds', `${id}.json`)
  const sound = readFileSync(file, 'utf8')
  for (const text of [
    '',
    '{',
    '[]',
    '{}',
    sound.replace('"until"', '"untl"'),
    sound.slice(0, -9),
  ]) {
    writeFileSync(file, text)
    assert.deepEqual(
      readHolds(dir).map((hold) => inForce(hold, NOW + 1000 * DAY)),
      [true],
      text,
    )
  }
  writeFileSync(join(dir, 'holds', 'other.json'), sound)
  assert.equal(readHolds(dir).filter((hold) => inForce(hold, NOW + 1000 * DAY)).length, 2)
})
