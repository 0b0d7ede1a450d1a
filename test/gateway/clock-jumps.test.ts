/** Somebody sets the clock: an hour back, a day on, a second twice. What must never turn back goes on; what has a time is judged by the new one. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { openSpool, verifySpool } from '../../src/events/index.ts'
import { problemOf } from '../scenario/gateway-process.ts'
import { gatewayRig } from '../support/gateway-rig.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { notice } from '../events/spool-harness.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** What a token may be early or late by; the plan of the rig says ten. */
const MAX_SKEW_MS = 60_000

const JUMPS = [
  ['an hour back', -HOUR_MS, 'GH_GATEWAY_TOKEN_EARLY'],
  ['a day on', DAY_MS, 'GH_GATEWAY_TOKEN_EXPIRED'],
] as const
for (const [name, byMs, code] of JUMPS)
  test(`a clock set ${name}: tokens of the other time are refused, new ones are taken, and ids stay unique`, async (t) => {
    // The keys come from an address that is asked every few minutes only.
    const rig = await gatewayRig(t, { keySource: 'url' })
    const old = rig.token()
    const headers = [`Authorization: Bearer ${old}`]
    for (let count = 0; count < 50; count++)
      assert.equal((await rig.call('/aisp/accounts')).status, 200)
    rig.clock.setWallClock(byMs)
    rig.clock.advance(1_000)
    const refused = await rig.call('/aisp/accounts', { token: null, headers })
    assert.deepEqual([refused.status, problemOf(refused).code], [401, code])
    for (let count = 0; count < 50; count++)
      assert.equal((await rig.call('/aisp/accounts')).status, 200)
    rig.clock.setWallClock(-byMs)
    rig.clock.advance(1_000)
    // Back where it was: the old token is good again, and was never anybody else's.
    assert.equal((await rig.call('/aisp/accounts', { token: null, headers })).status, 200)
    const ids = rig.sink.access.map(({ id }) => id)
    assert.equal(new Set(ids).size, ids.length)
    for (const { durationMicros, facts } of rig.sink.access) {
      assert.ok(durationMicros >= 0)
      assert.ok((facts?.feedAgeMs ?? 0) >= 0)
    }
  })

test('a leap of a second, and any skew that the plan allows, refuses nobody; more than a minute always does', async (t) => {
  const rig = await gatewayRig(t)
  const headers = [`Authorization: Bearer ${rig.token()}`]
  const asked = async (): Promise<number> =>
    (await rig.call('/aisp/accounts', { token: null, headers })).status
  for (const byMs of [1_000, -1_000, -1_000, 1_000, -9_000, 9_000]) {
    rig.clock.setWallClock(byMs)
    assert.equal(await asked(), 200, `${byMs} ms`)
  }
  rig.clock.setWallClock(-MAX_SKEW_MS - 1_000)
  assert.equal(await asked(), 401)
})

test('the chain of events counts on whatever the clock says, and the newest are found by id', async (t) => {
  const rig = await gatewayRig(t)
  const dir = join(temporaryFolder(t), 'spool')
  const spool = await openSpool({
    dir,
    scheduler: rig.clock,
    create: true,
    limits: { answerWithinMs: 1e9 },
  })
  for (const [index, byMs] of [0, -HOUR_MS, DAY_MS, 1_000, -DAY_MS].entries()) {
    rig.clock.setWallClock(byMs)
    await new Promise((resolve) =>
      spool.append({ ...notice(`e${index}`), at: rig.clock.now() }, 'strict', resolve),
    )
    assert.equal(spool.lastSeq, index + 1)
    assert.equal((await spool.find(`e${index}`))?.seq, index + 1)
  }
  await spool.close()
  const report = await verifySpool(dir)
  assert.deepEqual([report.damage, report.torn, report.records], [null, null, 5])
})
