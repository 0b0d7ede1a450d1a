import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ControlEvent } from '../events/index.ts'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { MemorySink } from '../../test/support/memory-sink.ts'
import {
  type Action,
  controlDesk,
  MAX_DETAILS,
  MAX_WAITING_CHANGES,
  NOTHING,
  RECORD_TRIES,
} from './control-desk.ts'
import { createLog } from './log.ts'

function desk(action: Action) {
  const sink = new MemorySink()
  const clock = new FakeClock()
  let id = 0
  const pauses: (() => void)[] = []
  const made = controlDesk({
    pause: () => (pauses.shift()?.(), Promise.resolve()),
    actions: { reload: action, 'observe-all': action, 'observe-all-end': action },
    events: sink,
    clock,
    uuid: () => `id-${++id}`,
    log: createLog(
      () => ({ level: 'error', format: 'json' }),
      () => undefined,
      clock,
    ),
  })
  const events = (): ControlEvent[] =>
    sink.appended.flatMap(({ event }) => (event.kind === 'control' ? [event] : []))
  return { desk: made, sink, events, pauses }
}

test('a change takes effect only after its record is synced', async () => {
  const order: string[] = []
  const rig = desk(() => ({
    ...NOTHING,
    outcome: 'done',
    commit: () => (order.push(`commit after ${rig.events().length}`), Promise.resolve([])),
  }))
  const outcome = await rig.desk.ask('reload', { who: 'olga' }, 'socket')
  assert.deepEqual(order, ['commit after 1'])
  assert.deepEqual([outcome.outcome, outcome.event], ['done', 'id-1'])
  assert.equal(rig.sink.appended[0]?.durability, 'strict')
})

test('what cannot be recorded is not done, and what was prepared is let go', async () => {
  const seen: string[] = []
  const rig = desk(() => ({
    ...NOTHING,
    outcome: 'done',
    commit: () => (seen.push('commit'), Promise.resolve([])),
    discard: () => void seen.push('discard'),
  }))
  rig.sink.failure = new Error('disk full')
  const outcome = await rig.desk.ask('observe-all', { who: 'olga' }, 'socket')
  assert.deepEqual(seen, ['discard'])
  assert.deepEqual(
    [outcome.outcome, outcome.code, outcome.event],
    ['refused', 'GH_CONTROL_UNRECORDED', null],
  )
})

test('a disk that only hesitates is tried again, with the same record', async () => {
  let commits = 0
  const rig = desk(() => ({
    ...NOTHING,
    outcome: 'done',
    commit: () => (commits++, Promise.resolve([])),
  }))
  rig.sink.failure = new Error('stalled')
  for (let at = 1; at < RECORD_TRIES; at++)
    rig.pauses.push(() => {
      if (at === RECORD_TRIES - 1) rig.sink.failure = undefined
    })
  const outcome = await rig.desk.ask('reload', { who: 'olga' }, 'socket')
  assert.deepEqual([outcome.outcome, outcome.event, commits], ['done', 'id-1', 1])
  assert.equal(rig.events().length, 1)
})

test('an effect that fails is recorded as refused after all, without the text of the failure', async () => {
  const rig = desk(() => ({
    ...NOTHING,
    outcome: 'done',
    commit: () => Promise.reject(new Error('password=hunter2')),
  }))
  const outcome = await rig.desk.ask('reload', { who: 'olga' }, 'socket')
  assert.deepEqual([outcome.outcome, outcome.code], ['refused', 'GH_CONTROL_FAILED'])
  assert.deepEqual(
    rig.events().map((event) => event.outcome),
    ['done', 'refused'],
  )
  assert.doesNotMatch(JSON.stringify([outcome, rig.events()]), /hunter2/)
})

test('changes are taken one after the other; more than may wait are turned away and recorded', async () => {
  let under = 0
  let most = 0
  const release: (() => void)[] = []
  const rig = desk(async () => {
    most = Math.max(most, ++under)
    await new Promise<void>((resolve) => release.push(resolve))
    under--
    return { ...NOTHING, outcome: 'unchanged' }
  })
  const asked = Array.from({ length: 50 }, (_, at) =>
    rig.desk.ask('reload', { who: `op-${at}` }, 'socket'),
  )
  for (let done = 0; done < MAX_WAITING_CHANGES; done++) {
    while (release.length === 0) await new Promise((resolve) => setImmediate(resolve))
    release.shift()?.()
  }
  const outcomes = (await Promise.all(asked)).map(({ outcome, code }) => code ?? outcome)
  assert.equal(most, 1)
  assert.equal(outcomes.filter((one) => one === 'unchanged').length, MAX_WAITING_CHANGES)
  assert.equal(outcomes.filter((one) => one === 'GH_CONTROL_BUSY').length, 50 - MAX_WAITING_CHANGES)
  assert.equal(rig.events().length, 50)
})

test('details are bounded in number and length', async () => {
  const rig = desk(() => ({
    ...NOTHING,
    outcome: 'unchanged',
    details: Array.from({ length: MAX_DETAILS + 5 }, () => 'x'.repeat(5_000)),
  }))
  const { details } = await rig.desk.ask('reload', { who: 'olga' }, 'socket')
  assert.equal(details.length, MAX_DETAILS + 1)
  assert.equal(details.at(-1), 'and 5 more')
  assert.ok(details.every((text) => text.length <= 501))
})

test('whatever is sent, one event says who asked, within bounds, and a bad list of APIs never means all', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.jsonValue(),
        fc.record(
          {
            who: fc.oneof(fc.string(), fc.jsonValue()),
            uid: fc.jsonValue(),
            reason: fc.jsonValue(),
            apis: fc.jsonValue(),
            forSeconds: fc.jsonValue(),
          },
          { requiredKeys: [] },
        ),
      ),
      async (body) => {
        let apis: readonly string[] | undefined
        const rig = desk((asked) => {
          ;({ apis } = asked)
          return { ...NOTHING, outcome: 'unchanged' }
        })
        const outcome = await rig.desk.ask('observe-all', body, 'socket')
        const [event] = rig.events()
        assert.ok(event !== undefined && rig.events().length === 1)
        assert.ok(event.who.length > 0 && event.who.length <= 128)
        assert.ok(event.reason === null || event.reason.trim() !== '')
        assert.ok(outcome.outcome === 'unchanged' || outcome.code === 'GH_CONTROL_OPERATOR')
        const given =
          typeof body === 'object' && body !== null && 'apis' in body ? body.apis : undefined
        const none = given === undefined || (Array.isArray(given) && given.length === 0)
        if (apis !== undefined && !none) assert.ok(apis.length > 0, JSON.stringify(body))
      },
    ),
    { numRuns: 3_000 },
  )
})
