import assert from 'node:assert/strict'
import { test } from 'node:test'
import { objective } from '../../test/support/objective.ts'
import { observation } from '../../test/support/observation.ts'
import { type ControlException, controlStates, type ControlState } from './index.ts'

const DAY = 86_400_000
const T = Date.UTC(2026, 0, 5, 9)

const accepted: ControlException = {
  id: 'EX-1',
  api: 'accounts',
  control: 'client-mutual-tls',
  reason: 'the partner network ends TLS before us until March',
  compensatingControl: 'allow-list of addresses',
  owner: 'Ana Ruiz',
  approver: 'Bo Lind',
  approvedAt: T - DAY,
  endsAt: T + 89 * DAY,
}

function stateWith(...exceptions: readonly Partial<ControlException>[]): ControlState {
  const state = controlStates({
    objective: objective(),
    configured: [],
    observations: [],
    exceptions: exceptions.map((changes) => ({ ...accepted, ...changes })),
    now: T,
  }).find((item) => item.control === 'client-mutual-tls')
  assert.ok(state)
  return state
}

test('an exception covers a gap until its end, and the state beneath is kept', () => {
  const state = stateWith({})
  assert.equal(state.state, 'excepted')
  assert.equal(state.beneath, 'not-met')
  assert.deepEqual(state.exception, { id: 'EX-1', endsAt: accepted.endsAt, refused: null })
})

for (const [changes, why] of [
  [{ reason: 'nineteen characters' }, 'its reason has fewer than 20 characters'],
  [{ reason: '                    x' }, 'its reason has fewer than 20 characters'],
  [{ compensatingControl: ' ' }, 'it names no compensating control'],
  [{ owner: '' }, 'it needs an owner and an approver'],
  [{ approver: ' ANA  ruiz ' }, 'its owner approved it'],
  [{ approvedAt: T + 60_001, endsAt: T + DAY }, 'its approval lies ahead'],
  [{ endsAt: T - DAY + 90 * DAY + 1 }, 'it runs for more than 90 days'],
  [{ endsAt: T }, 'it has ended'],
  [{ endsAt: Number.NaN }, 'it runs for more than 90 days'],
] as const)
  test(`an exception does not count when ${why} (${Object.keys(changes).join()})`, () => {
    const state = stateWith(changes)
    assert.equal(state.state, 'not-met')
    assert.equal(state.exception?.refused, why)
    assert.match(state.text, /exception EX-1 does not count/)
  })

test('an exception counts up to its edges', () => {
  assert.equal(stateWith({ endsAt: T + 1 }).state, 'excepted')
  assert.equal(stateWith({ endsAt: T - DAY + 90 * DAY }).state, 'excepted')
  assert.equal(stateWith({ reason: 'twenty characters it' }).state, 'excepted')
})

test('an exception is for one control of one API: no name matches everything', () => {
  for (const changes of [{ control: '*' }, { api: '*' }, { control: '' }])
    assert.equal(stateWith(changes).state, 'not-met')
})

test('one that counts wins over one that does not', () => {
  const state = stateWith({ id: 'EX-0', endsAt: T + 400 * DAY }, {})
  assert.equal(state.exception?.id, 'EX-1')
  assert.equal(state.state, 'excepted')
})

test('a control that is met stays met: the exception is not needed', () => {
  const state = controlStates({
    objective: objective(),
    configured: [],
    observations: [observation({ control: 'client-activity' })],
    exceptions: [{ ...accepted, control: 'client-activity' }],
    now: T,
  }).find((item) => item.control === 'client-activity')
  assert.equal(state?.state, 'met')
})
