/** Somebody sets the clock of the machine under a gateway that runs: an hour back, a day on. It serves what is good by the new time. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { test } from 'node:test'
import { verifySpool } from '../../src/events/index.ts'
import { accessToken } from '../support/token-issuer.ts'
import { call, problemOf, until, up } from './gateway-process.ts'
import { installation } from './installation.ts'
import { MEADOW_FILES, meadowBank, meadowConfig } from './invented-bank.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const PATH = '/v2/pot-accounts'
const PRELOAD = pathToFileURL(join(import.meta.dirname, '..', 'support', 'shifted-clock.ts'))

test('a real process whose wall clock is set: tokens are judged by the new time, feed and keys stay good', async (t) => {
  const bank = await meadowBank(t)
  const place = installation(t, meadowConfig(bank.origin), MEADOW_FILES)
  const clock = join(place.dir, 'clock')
  writeFileSync(clock, '0')
  const gateway = await up(t, place, {
    NODE_OPTIONS: `--import=${PRELOAD.href}`,
    GATEHOUSE_TEST_CLOCK: clock,
  })
  const tokenAt = (offset: number): string =>
    accessToken(place.key, Date.now() + offset, { scope: 'pots.read' })
  const statusOf = async (token: string): Promise<number> =>
    (await call(gateway, { path: PATH, token })).status
  const before = tokenAt(0)
  assert.equal(await statusOf(before), 200)

  for (const offset of [-HOUR_MS, DAY_MS, 0]) {
    writeFileSync(clock, String(offset))
    gateway.child.kill('SIGUSR2')
    const token = tokenAt(offset)
    // The signal is taken in its own time.
    await until(10_000, async () => (await statusOf(token)) === 200)
    const other = await call(gateway, { path: PATH, token: tokenAt(offset === 0 ? DAY_MS : 0) })
    assert.equal(other.status, 401, `${offset}`)
    assert.match(problemOf(other).code, /^GH_GATEWAY_TOKEN_/)
    // Longer than the feed and the keys are looked after once.
    for (let round = 0; round < 15; round++) assert.equal(await statusOf(token), 200, `${offset}`)
  }
  assert.equal(await statusOf(before), 200, 'a token that was good is good again')
  const status = await place.run('status', '--json')
  assert.equal((JSON.parse(status.out) as { ready: boolean }).ready, true) // sound: what the CLI promises
  assert.equal((await gateway.stop()).code, 0)
  assert.equal((await verifySpool(join(place.dataDir, 'spool'))).damage, null)
})
