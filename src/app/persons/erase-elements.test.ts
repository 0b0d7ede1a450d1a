/** Elements of whoever was erased go, also where the store does not answer at that moment. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { FakeClock } from '../../../test/support/fake-clock.ts'
import { temporaryFolder } from '../../../test/support/temporary-folder.ts'
import { memoryUnits } from '../../../test/sca/memory-units.ts'
import { enrolPasscode, rigOver } from '../../../test/sca/rig.ts'
import { createPseudonym } from '../../gateway/core/index.ts'
import { scaMigrations } from '../../sca/tables/index.ts'
import type { Store } from '../../store/index.ts'
import { systemRandomBytes } from '../system-ports.ts'
import { elementErasure, ERASE_AGAIN_MS } from './erase-elements.ts'
import { erasePerson } from './erase-person.ts'
import { pseudonymKey } from './key-files.ts'

async function erased(t: TestContext) {
  const dataDir = temporaryFolder(t)
  const key = pseudonymKey(dataDir, systemRandomBytes)
  createPseudonym(() => key)('subject', 'anna')
  const working = memoryUnits(scaMigrations)
  const rig = rigOver(working)
  await enrolPasscode(rig, rig.anna)
  const clock = new FakeClock(rig.clock.now() + 1)
  const names = rig.sca.enrolment.namesOf(rig.anna)
  const of = { subject: rig.anna, consents: [], by: 'dpo', reason: 'Art. 17' }
  erasePerson(dataDir, { ...of, names, now: clock.now() })
  let [away, asked] = [true, 0]
  const store: Store = {
    ...working,
    run(unit, argument) {
      asked++
      return away ? Promise.reject(new TypeError('away')) : working.run(unit, argument)
    },
  }
  const told: unknown[] = []
  const erasing = elementErasure({
    dataDir,
    store,
    scheduler: clock,
    say: (failure) => told.push(failure),
  })
  t.after(() => erasing.stop())
  const settled = () => new Promise<void>((resolve) => setImmediate(resolve))
  const elements = async () => (await rig.sca.enrolment.devices(rig.anna)).length
  return {
    clock,
    erasing,
    told,
    settled,
    elements,
    asked: () => asked,
    back: () => (away = false),
  }
}

test('what could not be taken away is tried again until the store answers, and told of once', async (t) => {
  const { clock, erasing, told, settled, elements, asked, back } = await erased(t)
  erasing.begin()
  await settled()
  assert.equal(told.length, 1)
  clock.advance(ERASE_AGAIN_MS - 1)
  await settled()
  assert.equal(asked(), 1)
  for (let times = 0; times < 3; times++) {
    clock.advance(ERASE_AGAIN_MS)
    await settled()
  }
  assert.deepEqual([asked(), told.length, await elements()], [4, 1, 1])
  back()
  clock.advance(ERASE_AGAIN_MS)
  await settled()
  assert.equal(await elements(), 0)
  clock.advance(10 * ERASE_AGAIN_MS)
  await settled()
  // Of the last time two: elements, and what exemptions rest on.
  assert.equal(asked(), 6, 'nothing is left to try')
})

test('after its end nothing is tried any more', async (t) => {
  const { clock, erasing, settled, asked } = await erased(t)
  erasing.begin()
  await settled()
  erasing.stop()
  clock.advance(10 * ERASE_AGAIN_MS)
  await settled()
  assert.equal(asked(), 1)
})
