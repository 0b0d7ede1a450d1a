/** The consumer over the real spool and the real store. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { accessEvent } from '../../../test/support/access-event.ts'
import { FakeClock } from '../../../test/support/fake-clock.ts'
import { objective } from '../../../test/support/objective.ts'
import { observation } from '../../../test/support/observation.ts'
import { temporaryFolder } from '../../../test/support/temporary-folder.ts'
import type { AccessEvent, EventConsumer, Spool } from '../../events/index.ts'
import { openSpool } from '../../events/index.ts'
import { GatehouseError } from '../../lib/index.ts'
import { openSqliteStore, type Store } from '../../store/index.ts'
import {
  type ConfiguredControl,
  controlStates,
  observationSink,
  postureMigrations,
  readObservations,
  type RuleInPlan,
  runTrafficConsumer,
  type TrafficConsumer,
} from '../index.ts'

const DAY = 86_400_000
const RULES: readonly RuleInPlan[] = [
  { rule: 'token.validation', control: 'token-validation', mode: 'enforce' },
  { rule: 'authz.consent', control: 'consent-bound-access', mode: 'enforce' },
]
const configured: readonly ConfiguredControl[] = RULES.map(({ rule, control, mode }) => ({
  api: 'accounts',
  control,
  rule,
  mode,
  fraction: null,
  operations: 1,
  of: 1,
}))

interface Rig {
  readonly clock: FakeClock
  readonly spool: Spool
  readonly store: Store
  append(event: Partial<AccessEvent>): Promise<void>
  consumer(over?: (inner: EventConsumer) => EventConsumer, batch?: number): TrafficConsumer
  population(): Promise<number | undefined>
  stateOf(control: string): Promise<string | undefined>
}

async function rig(t: TestContext): Promise<Rig> {
  const dir = temporaryFolder(t)
  const clock = new FakeClock()
  const store = await openSqliteStore({
    dir: `${dir}/store`,
    migrations: postureMigrations,
    create: true,
  })
  t.after(() => store.close())
  const spool = await openSpool({ dir: `${dir}/spool`, scheduler: clock, create: true })
  t.after(() => spool.close())
  const inner = await spool.consumer('posture')
  return {
    clock,
    spool,
    store,
    append: (event) =>
      new Promise((resolve, reject) =>
        spool.append(accessEvent({ at: clock.now(), ...event }), 'strict', (failure) =>
          failure === undefined ? resolve() : reject(failure),
        ),
      ),
    consumer: (over = (same) => same, batch = 1000) =>
      runTrafficConsumer({ consumer: over(inner), store, rulesOf: () => RULES, clock, batch }),
    async population() {
      const found = await readObservations(store, 'accounts')
      return found.find((item) => item.control === 'token-validation')?.population
    },
    async stateOf(control) {
      const observations = await readObservations(store, 'accounts')
      const states = controlStates({
        objective: objective(),
        configured,
        observations,
        now: clock.now(),
      })
      return states.find((item) => item.control === control)?.state
    },
  }
}

test('stop the consumer, and by the clock alone every state leaves met', async (t) => {
  const { append, clock, consumer, stateOf } = await rig(t)
  assert.equal(await stateOf('consent-bound-access'), 'partial')
  const running = consumer()
  for (let hour = 0; hour < 3; hour++) {
    await append({})
    assert.equal(await running.step(), 1)
    assert.equal(await stateOf('consent-bound-access'), 'met')
    clock.advance(DAY / 2)
  }
  // From here on nobody steps; traffic goes on and helps nothing.
  await append({})
  assert.equal(await stateOf('consent-bound-access'), 'met')
  clock.advance(DAY / 2)
  assert.equal(await stateOf('consent-bound-access'), 'unknown')
  assert.equal(await stateOf('token-validation'), 'unknown')
  // Taken up again, what it reads is too old to count; a new request counts.
  clock.advance(DAY / 2)
  assert.equal(await running.step(), 1)
  assert.equal(await stateOf('consent-bound-access'), 'unknown')
  await append({})
  await running.step()
  assert.equal(await stateOf('consent-bound-access'), 'met')
})

test('`step` handles a batch at a time and answers 0 when it has caught up', async (t) => {
  const { append, consumer, population } = await rig(t)
  for (let count = 0; count < 5; count++) await append({})
  const running = consumer(undefined, 2)
  assert.deepEqual(
    [await running.step(), await running.step(), await running.step(), await running.step()],
    [2, 2, 1, 0],
  )
  assert.equal(await population(), 5)
})

test('events that come again because the process died before the commit are counted once', async (t) => {
  const { append, consumer, population } = await rig(t)
  await append({})
  await append({})
  const dies = consumer((inner) => ({
    read: (limit) => inner.read(limit),
    commit: () => Promise.reject(new Error('killed')),
  }))
  await assert.rejects(dies.step(), /killed/)
  assert.equal(await population(), 2)
  const restarted = consumer()
  assert.equal(await restarted.step(), 2)
  assert.equal(await population(), 2)
  await append({})
  await restarted.step()
  assert.equal(await population(), 3)
})

test('nothing is committed to the spool when the store did not take it', async (t) => {
  const { append, consumer, store, population } = await rig(t)
  await append({})
  let committed = 0
  const failing = runTrafficConsumer({
    consumer: {
      read: async () => [{ partition: 0, seq: 1, hash: '', event: accessEvent() }],
      commit: async () => void committed++,
    },
    store: { ...store, run: () => Promise.reject(new Error('disk full')) },
    rulesOf: () => RULES,
    clock: new FakeClock(),
  })
  await assert.rejects(failing.step(), /disk full/)
  assert.equal(committed, 0)
  await consumer().step()
  assert.equal(await population(), 1)
})

test('two consumers on one store: the second write is refused, so that nothing is counted twice', async (t) => {
  const { clock, store, population } = await rig(t)
  const event = { partition: 0, seq: 1, hash: '', event: accessEvent({ at: clock.now() }) }
  const [one, other] = [1, 2].map(() =>
    runTrafficConsumer({
      consumer: { read: async () => [event], commit: async () => undefined },
      store,
      rulesOf: () => RULES,
      clock,
    }),
  )
  const ends = await Promise.allSettled([one?.step(), other?.step()])
  assert.deepEqual(ends.map((end) => end.status).sort(), ['fulfilled', 'rejected'])
  for (const end of ends)
    if (end.status === 'rejected') {
      assert.ok(end.reason instanceof GatehouseError)
      assert.equal(end.reason.code, 'GH_POSTURE_CONSUMER_TWICE')
    }
  assert.equal(await population(), 1)
})

test('partitions count apart: a low sequence number of a second gateway is not taken for an old one', async (t) => {
  const { clock, store, population } = await rig(t)
  const batches = [
    [0, 7],
    [1, 3],
    [1, 3],
  ].map(([partition = 0, seq = 0]) => [
    { partition, seq, hash: '', event: accessEvent({ at: clock.now() }) },
  ])
  const running = runTrafficConsumer({
    consumer: { read: async () => batches.shift() ?? [], commit: async () => undefined },
    store,
    rulesOf: () => RULES,
    clock,
  })
  await running.step()
  await running.step()
  assert.equal(await population(), 2)
  await running.step()
  assert.equal(await population(), 2)
})

test('the sink keeps the last pass and the last fail apart, and what arrives late changes nothing', async (t) => {
  const { store, clock } = await rig(t)
  const sink = observationSink(store)
  const at = clock.now()
  await sink.put([
    observation({ collectedAt: at, value: 'second' }),
    observation({ outcome: 'fail', value: 'hole' }),
  ])
  await sink.put([observation({ collectedAt: at - 1, value: 'first' })])
  await sink.put([observation({ api: "o'brien\n; drop table observation", value: 'other' })])
  const found = await readObservations(store, 'accounts')
  assert.deepEqual(found.map((item) => item.value).sort(), ['hole', 'second'])
  assert.deepEqual(
    found.find((item) => item.value === 'hole'),
    observation({ outcome: 'fail', value: 'hole' }),
  )
  assert.equal((await readObservations(store)).length, 3)
})
