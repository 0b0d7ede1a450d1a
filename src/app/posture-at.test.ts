import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { aisPlan } from '../../test/support/ais-plan.ts'
import { objective } from '../../test/support/objective.ts'
import { observation } from '../../test/support/observation.ts'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import type { Observation } from '../controls/index.ts'
import type { EffectivePolicy } from '../policy/index.ts'
import { observationSink, pruneObservations, readObservations } from '../posture/index.ts'
import { recordActivation } from './activation-log.ts'
import { objectiveLog } from './objective-log.ts'
import { openStore } from './open-store.ts'
import { planArchive } from './plan-archive.ts'
import { postureAt } from './posture-at.ts'

const DAY = 86_400_000
const MONDAY = Date.UTC(2026, 0, 5, 9)
const CONTROL = 'consent-bound-access'
const digest = (letter: string): string => `sha256:${letter.repeat(64)}`
const code = (name: string) => (error: unknown) =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === name

function effective(mode: 'observe' | 'enforce'): EffectivePolicy {
  return {
    api: 'accounts',
    state: 'active',
    template: 'ais@1.0.0',
    unmet: [],
    rules: [
      {
        rule: 'authz.consent',
        control: CONTROL,
        mode,
        fraction: null,
        origin: { level: 'template', source: 'ais@1.0.0' },
        summary: '',
        operations: 3,
        of: 3,
      },
    ],
  } as unknown as EffectivePolicy // sound: what posture reads of it
}

interface Past {
  readonly config: { readonly dataDir: string; readonly store: null }
  see(...observations: readonly Observation[]): Promise<void>
  /** State of the control as it was. */
  stateAt(at: number, control?: string): Promise<string | undefined>
}

/** Monday: an objective, and a plan that only watches. Thursday: one that enforces. */
function past(t: TestContext): Past {
  const dataDir = temporaryFolder(t)
  const config = { dataDir, store: null }
  const archive = planArchive(dataDir)
  archive.keep(aisPlan({ upstream: 'http://127.0.0.1:1', digest: digest('a') }), [
    effective('observe'),
  ])
  archive.keep(aisPlan({ upstream: 'http://127.0.0.1:1', digest: digest('b') }), [
    effective('enforce'),
  ])
  recordActivation(dataDir, { at: MONDAY, digest: digest('a') })
  recordActivation(dataDir, { at: MONDAY + 3 * DAY, digest: digest('b') })
  objectiveLog(dataDir).record(objective(), MONDAY)
  return {
    config,
    async see(...observations) {
      const store = await openStore(config, { create: true })
      if (store === undefined) throw new Error('no store')
      for (const one of observations) await observationSink(store).put([one])
      await store.close()
    },
    async stateAt(at, id = CONTROL) {
      const report = await postureAt(config, 'accounts', at, MONDAY + 1000 * DAY)
      return report.apis[0]?.states.find((one) => one.control === id)?.state
    },
  }
}

test('posture of a past day is judged by the plan, the observations and the expiry of that day', async (t) => {
  const { see, stateAt, config } = past(t)
  await see(observation({ control: CONTROL, collectedAt: MONDAY + 4 * DAY }))
  assert.equal(await stateAt(MONDAY), 'not-met', 'the plan only watched')
  assert.equal(await stateAt(MONDAY + 3 * DAY), 'partial', 'configured, and not seen yet')
  assert.equal(await stateAt(MONDAY + 4 * DAY - 1), 'partial')
  assert.equal(await stateAt(MONDAY + 4 * DAY), 'met')
  assert.equal(await stateAt(MONDAY + 300 * DAY), 'unknown', 'that evidence had expired')
  const report = await postureAt(config, undefined, MONDAY + 4 * DAY, MONDAY + 9 * DAY)
  assert.equal(report.plan, digest('b'))
  assert.deepEqual(report.unknown, [])
  assert.equal(report.at, new Date(MONDAY + 4 * DAY).toISOString())
})

test('how clients authenticated at the server of that day is what was seen of it', async (t) => {
  const { see, stateAt } = past(t)
  const id = 'client-strong-auth'
  const at = MONDAY + DAY
  await see(observation({ control: id, collectedAt: at, expiresAt: at + DAY }))
  assert.equal(await stateAt(MONDAY, id), 'unknown', 'a plan does not say which server was ours')
  assert.equal(await stateAt(at, id), 'met')
  assert.equal(await stateAt(at + 2 * DAY, id), 'unknown')
})

test('what is seen later changes nothing of what was', async (t) => {
  const { see, stateAt } = past(t)
  const at = (days: number): number => MONDAY + days * DAY
  await see(observation({ control: CONTROL, collectedAt: at(4) }))
  const three = async (): Promise<unknown> => [
    await stateAt(at(4)),
    await stateAt(at(5)),
    await stateAt(at(6)),
  ]
  const before = await three()
  await see(
    observation({ control: CONTROL, collectedAt: at(6.5), outcome: 'fail', value: 'seen broken' }),
    observation({ control: CONTROL, collectedAt: at(6.6) }),
    observation({ control: CONTROL, collectedAt: at(6.7) }),
  )
  assert.deepEqual(await three(), before)
  assert.equal(await stateAt(at(6.5)), 'not-met')
  assert.equal(await stateAt(at(6.7)), 'not-met', 'a fresh failure counts beside passes')
})

test('a day of many sights keeps its first and its last', async (t) => {
  const { see, config } = past(t)
  const day = Array.from({ length: 24 }, (_, hour) =>
    observation({
      control: CONTROL,
      collectedAt: MONDAY + hour * 600_000,
      value: `sight ${hour}`,
      population: hour + 1,
    }),
  )
  await see(...day)
  const store = await openStore(config, { create: false })
  if (store === undefined) throw new Error('no store')
  t.after(() => store.close())
  const { readObservationsAt } = await import('../posture/index.ts')
  const seen = async (at: number): Promise<readonly string[]> =>
    (await readObservationsAt(store, at)).observations.map(({ value }) => value)
  assert.deepEqual(await seen(MONDAY - 1), [])
  assert.deepEqual(await seen(MONDAY), ['sight 0'])
  assert.deepEqual(await seen(MONDAY + 5 * 600_000), ['sight 0'])
  assert.deepEqual(await seen(MONDAY + 23 * 600_000), ['sight 23'])
  assert.equal((await readObservations(store)).length, 1)
  // What arrives late belongs to its own day and hides nothing.
  await observationSink(store).put([
    observation({ control: CONTROL, collectedAt: MONDAY - 2 * DAY, value: 'late' }),
  ])
  assert.deepEqual(await seen(MONDAY - DAY), ['late'])
  assert.deepEqual(await seen(MONDAY + DAY), ['sight 23'])
  assert.equal(await pruneObservations(store, MONDAY), 2)
  assert.deepEqual(await seen(MONDAY - DAY), [])
  assert.equal((await readObservationsAt(store, MONDAY)).since, MONDAY)
})

test('many old observations are forgotten a thousand at a time', async (t) => {
  const { config } = past(t)
  const store = await openStore(config, { create: true })
  if (store === undefined) throw new Error('no store')
  t.after(() => store.close())
  const many = Array.from({ length: 1300 }, (_, i) =>
    observation({ control: `control-${i}`, collectedAt: MONDAY + i }),
  )
  await observationSink(store).put(many)
  assert.equal(await pruneObservations(store, MONDAY + 1300), 2600)
  assert.equal(await pruneObservations(store, MONDAY + 1300), 0)
})

test('what cannot be known is unknown, with the reason', async (t) => {
  const { config, see } = past(t)
  await see(observation({ control: CONTROL, collectedAt: MONDAY + 4 * DAY }))
  const at = (time: number, api?: string) => postureAt(config, api, time, MONDAY + 9 * DAY)
  const early = await at(MONDAY - 1)
  assert.deepEqual(
    early.unknown.map((one) => one.api),
    ['accounts'],
  )
  assert.deepEqual(early.apis, [])
  assert.equal(early.plan, null)
  assert.equal(early.failsOn('low'), false)
  assert.match((await at(MONDAY)).summary[0] ?? '', /not known any more/)
  await assert.rejects(at(MONDAY + 10 * DAY), code('GH_AUDIT_TIME_INVALID'))
  await assert.rejects(at(MONDAY, 'acounts'), code('GH_POSTURE_AT_UNKNOWN'))
  rmSync(join(config.dataDir, 'plans', `${'a'.repeat(64)}.json`))
  assert.match((await at(MONDAY)).unknown[0]?.because ?? '', /plan/)
  await assert.rejects(
    postureAt({ dataDir: temporaryFolder(t), store: null }, undefined, MONDAY, MONDAY),
    code('GH_POSTURE_AT_UNKNOWN'),
  )
})
