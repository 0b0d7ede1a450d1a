/** Events of strong customer authentication as observations: what took place, and what was kept out, of the API that it came through. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { control } from '../../src/controls/index.ts'
import type { ScaEvent, StoredEvent } from '../../src/events/index.ts'
import { deriveTrafficObservations } from '../../src/posture/index.ts'

const AT = Date.UTC(2026, 10, 29)

function stored(changes: Partial<ScaEvent>, seq: number): StoredEvent {
  const event: ScaEvent = {
    v: 1,
    kind: 'sca',
    id: `e-${seq}`,
    at: AT + seq,
    what: 'done',
    decision: 'd-1',
    api: 'payments',
    act: 'remote-payment',
    outcome: 'required',
    exemption: null,
    code: null,
    ...changes,
  }
  return { partition: 0, seq, hash: '', event }
}

function observed(...events: readonly Partial<ScaEvent>[]): readonly string[] {
  const found = deriveTrafficObservations(
    events.map((event, at) => stored(event, at + 1)),
    { rulesOf: () => undefined, now: AT + 1_000 },
  )
  return found.map(
    ({ api, control: id, outcome, population }) => `${api} ${id} ${outcome} ${population}`,
  )
}

test('controls of strong customer authentication are seen in what took place', () => {
  assert.deepEqual(
    observed(
      { what: 'decided' },
      { what: 'decided', outcome: 'exempt', exemption: 'low-value' },
      { what: 'authenticated' },
      { what: 'authenticated', act: 'account-access' },
      { what: 'not-authenticated' },
      { what: 'attempt-refused', code: 'GH_SCA_BLOCKED' },
      { what: 'done' },
      { what: 'unauthenticated', code: 'GH_SCA_UNAUTHENTICATED' },
      { what: 'void' },
      { what: 'done', api: null },
    ).toSorted(),
    [
      'payments sca-applied pass 2',
      'payments sca-attempt-limits pass 4',
      'payments sca-dynamic-linking pass 1',
      'payments sca-exemption-governance pass 1',
    ],
  )
  assert.deepEqual(observed({ what: 'decided' }, { what: 'void' }), [])
})

test('the catalogue has the controls that are seen', () => {
  for (const id of [
    'sca-applied',
    'sca-dynamic-linking',
    'sca-exemption-governance',
    'sca-attempt-limits',
  ])
    assert.ok(control(id) !== undefined, id)
})
