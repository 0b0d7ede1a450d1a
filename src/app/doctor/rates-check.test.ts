import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { MAX_RATE_AGE_MS } from '../../sca/index.ts'
import { temporaryFolder } from '../../../test/support/temporary-folder.ts'
import type { DoctorParts } from './diagnosis.ts'
import { exchangeRates } from './rates-check.ts'

const DAY = Date.UTC(2026, 10, 27)

test('the rates of the file are sound, too old, broken, or not wanted', async (t) => {
  const file = join(temporaryFolder(t), 'rates.csv')
  const examined = (now = DAY, rates: object | null = { file, source: 'tests' }) =>
    // Sound: the examination looks at this part of the configuration and at the clock.
    exchangeRates({
      assembly: { config: { sca: { rates } } },
      running: undefined,
      now: () => now,
    } as unknown as DoctorParts)
  assert.equal((await examined()).result, 'fail')
  writeFileSync(file, 'Date,USD\n2026-11-27,1.25\n2026-11-26,1.24\n')
  const sound = await examined()
  assert.equal(sound.result, 'ok')
  assert.match(sound.evidence, /2 days.*2026-11-27/)
  assert.equal((await examined(DAY + MAX_RATE_AGE_MS)).result, 'ok')
  const old = await examined(DAY + MAX_RATE_AGE_MS + 1)
  assert.equal(old.result, 'fail')
  assert.match(old.evidence, /2026-11-27/)
  writeFileSync(file, 'Date,USD\n2026-11-27,1.25\n2026-11-26,?\n')
  const broken = await examined()
  assert.equal(broken.result, 'fail')
  assert.match(broken.evidence, /rates\.csv:3:12: GH_SCA_RATES/)
  assert.equal((await examined(DAY, null)).result, 'ok')
})
