import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { Plan } from '../decide/index.ts'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import type { Asked } from './control-desk.ts'
import { installationKey } from './installation-key.ts'
import {
  createObserveAll,
  MAX_OBSERVE_ALL_SECONDS,
  MIN_OBSERVE_ALL_SECONDS,
} from './observe-all.ts'

// Sound: only names are looked at.
const PLAN = { apis: [{ name: 'a' }, { name: 'b' }] } as unknown as Plan
const ASKED: Asked = {
  who: 'olga',
  uid: 1,
  via: 'socket',
  reason: 'INC-1',
  apis: [],
  forSeconds: 600,
  until: null,
  hold: null,
  client: null,
  consent: null,
  notice: null,
  metadata: null,
  proposal: null,
}

/** A wall clock that can be set, beside one that only goes on. */
class TwoClocks extends FakeClock {
  set = 0
  override now(): number {
    return super.now() + this.set
  }
}

function rig(t: TestContext, dataDir = temporaryFolder(t), clock = new TwoClocks()) {
  let changed = 0
  const key = installationKey(dataDir)
  const open = () =>
    createObserveAll({
      dataDir,
      key,
      clock,
      plan: () => PLAN,
      changed: () => (changed++, Promise.resolve()),
    })
  return {
    dataDir,
    clock,
    open,
    switch: open(),
    changed: () => changed,
    file: join(dataDir, 'observe-all.json'),
  }
}

const begin = async (
  of: ReturnType<typeof rig>['switch'],
  changes: Partial<Asked> = {},
): Promise<void> => {
  const prepared = await of.begin({ ...ASKED, ...changes })
  assert.equal(prepared.outcome, 'done', JSON.stringify(prepared))
  await prepared.commit?.()
}

test('it is off until it is committed, and then on for what was named', async (t) => {
  const { switch: it, file, changed } = rig(t)
  assert.equal(it.observed(), undefined)
  const prepared = await it.begin({ ...ASKED, apis: ['b'] })
  assert.equal(it.observed(), undefined)
  assert.ok(!existsSync(file))
  await prepared.commit?.()
  assert.deepEqual(it.observed(), new Set(['b']))
  assert.equal(statSync(file).mode & 0o777, 0o600)
  assert.equal(changed(), 1)
})

for (const [name, changes, code] of [
  ['no reason', { reason: null }, 'GH_CONTROL_REASON'],
  ['no time', { forSeconds: null }, 'GH_CONTROL_DURATION'],
  ['a second too short', { forSeconds: MIN_OBSERVE_ALL_SECONDS - 1 }, 'GH_CONTROL_DURATION'],
  ['a second too long', { forSeconds: MAX_OBSERVE_ALL_SECONDS + 1 }, 'GH_CONTROL_DURATION'],
  ['half a second', { forSeconds: 600.5 }, 'GH_CONTROL_DURATION'],
  ['an API that is not there', { apis: ['a', 'c'] }, 'GH_CONTROL_API_UNKNOWN'],
  ['a name that is none', { apis: ['?'] }, 'GH_CONTROL_API_UNKNOWN'],
] as const)
  test(`it is refused with ${name}`, async (t) => {
    const { switch: it } = rig(t)
    const prepared = await it.begin({ ...ASKED, ...changes })
    assert.deepEqual(
      [prepared.outcome, prepared.code, prepared.commit],
      ['refused', code, undefined],
    )
  })

for (const forSeconds of [MIN_OBSERVE_ALL_SECONDS, MAX_OBSERVE_ALL_SECONDS])
  test(`it ends by itself after ${forSeconds} s, to the millisecond`, async (t) => {
    const { switch: it, clock, file } = rig(t)
    await begin(it, { forSeconds })
    clock.advance(forSeconds * 1000 - 1)
    assert.deepEqual(it.observed(), new Set(['a', 'b']))
    clock.advance(1)
    assert.equal(it.observed(), undefined)
    assert.equal(it.status, null)
    assert.ok(!existsSync(file))
    assert.equal(it.justExpired()?.reason, 'INC-1')
    assert.equal(it.justExpired(), undefined, 'said once')
  })

test('a wall clock that is set back does not prolong it; one set on ends it', async (t) => {
  const back = rig(t)
  await begin(back.switch)
  back.clock.advance(300_000)
  back.clock.set = -200_000
  assert.ok(back.switch.observed() !== undefined)
  back.clock.advance(300_000)
  assert.equal(back.switch.observed(), undefined, 'ten minutes are over, whatever the wall says')
  const before = rig(t)
  await begin(before.switch)
  before.clock.set = -3_600_000
  assert.equal(before.switch.observed(), undefined, 'a time before it began')
  const on = rig(t)
  await begin(on.switch)
  on.clock.set = 86_400_000
  assert.equal(on.switch.observed(), undefined)
})

test('it outlives a restart until its time is over', async (t) => {
  const { switch: it, open, clock, file } = rig(t)
  await begin(it, { apis: ['a'] })
  clock.advance(1_000)
  assert.deepEqual(open().observed(), new Set(['a']))
  clock.advance(600_000)
  assert.equal(open().observed(), undefined)
  assert.ok(!existsSync(file))
})

test('a file that was altered in any byte, or made by another key, switches nothing', async (t) => {
  const { switch: it, open, file } = rig(t)
  await begin(it)
  const kept = readFileSync(file)
  assert.ok(open().observed() !== undefined)
  for (let at = 0; at < kept.length; at++) {
    const altered = Buffer.from(kept)
    altered[at] = (altered[at] ?? 0) ^ 1
    writeFileSync(file, altered)
    assert.equal(open().observed(), undefined, `byte ${at}`)
  }
  const other = rig(t)
  writeFileSync(other.file, kept)
  assert.equal(other.open().observed(), undefined)
})

test('it ends when it is ended, and what was said of it ends too', async (t) => {
  const { switch: it, changed } = rig(t)
  assert.equal((await it.end(ASKED)).outcome, 'unchanged')
  await begin(it)
  const prepared = await it.end(ASKED)
  assert.equal(prepared.outcome, 'done')
  assert.ok(it.observed() !== undefined)
  await prepared.commit?.()
  assert.equal(it.observed(), undefined)
  assert.equal(it.lifted?.reason, 'INC-1')
  assert.equal(changed(), 2)
})
