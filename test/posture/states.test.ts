/** Every state as a row: what the policy does × what was seen, each row again under an exception that counts and one that does not. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { control, type EvidenceKind, type Observation } from '../../src/controls/index.ts'
import {
  type ConfiguredControl,
  type ControlException,
  type ControlState,
  controlStates,
  type StateName,
} from '../../src/posture/index.ts'
import { objective } from '../support/objective.ts'
import { observation } from '../support/observation.ts'

const T = Date.UTC(2026, 0, 5, 9)
const DAY = 86_400_000

type Configured = Partial<ConfiguredControl>
const POLICIES: Readonly<Record<string, readonly Configured[]>> = {
  nothing: [],
  enforced: [{}],
  'enforced in full beside observed': [{}, { mode: 'observe' }],
  'observed beside enforced in full': [{ mode: 'observe' }, { fraction: 100 }],
  off: [{ mode: 'off' }],
  observed: [{ mode: 'observe' }],
  '0 %': [{ fraction: 0 }],
  '99 %': [{ fraction: 99 }],
  '99.999 %': [{ fraction: 99.999 }],
  '100 %': [{ fraction: 100 }],
  elsewhere: [{ mode: 'elsewhere' }],
  'elsewhere beside observed': [{ mode: 'observe' }, { mode: 'elsewhere' }],
  'on no operation': [{ operations: 0 }],
  'on one operation': [{ operations: 1 }],
  'enforced on another API': [{ api: 'payments' }],
  'enforced for another control': [{ control: 'object-authz' }],
}

function configured(id: string, words: string): readonly ConfiguredControl[] {
  const found = POLICIES[words]
  assert.ok(found, `no such policy: ${words}`)
  return found.map((changes) => ({
    api: 'accounts',
    control: id,
    rule: 'authz.consent',
    mode: 'enforce',
    fraction: null,
    operations: 26,
    of: 26,
    ...changes,
  }))
}

function seen(id: string, words: string): readonly Observation[] {
  if (words === '-') return []
  return words.split(', ').map((item, index) => {
    const [kind = '', outcome = '', age = '', population = '12'] = item.split(' ')
    assert.ok((outcome === 'pass' || outcome === 'fail') && (age === 'f' || age === 'x'), item)
    // The later it is written, the newer it is. Expired: 400 days ago, longer than any evidence counts.
    const collectedAt = T - 1_000 + index - (age === 'x' ? 400 * DAY : 0)
    return observation({
      control: id,
      kind: kind as EvidenceKind, // sound: a kind that is none would count for nothing, and the row would differ
      outcome,
      population: Number(population),
      collectedAt,
    })
  })
}

function exception(id: string, endsAt: number): ControlException {
  return {
    id: 'EX-1',
    api: 'accounts',
    control: id,
    reason: 'the partner network ends TLS before us until March',
    compensatingControl: 'allow-list of addresses',
    owner: 'Ana Ruiz',
    approver: 'Bo Lind',
    approvedAt: T - 10 * DAY,
    endsAt,
  }
}

function stateOf(
  id: string,
  policy: string,
  sight: string,
  exceptions: readonly ControlException[] = [],
): ControlState {
  const state = controlStates({
    objective: objective(),
    configured: configured(id, policy),
    observations: seen(id, sight),
    exceptions,
    now: T,
  }).find((item) => item.control === id)
  assert.ok(state)
  return state
}

const covered = new Set<StateName>()
for (const [file, id] of [
  ['states.case', 'consent-bound-access'],
  ['states-no-gateway.case', 'client-activity'],
] as const) {
  const rows = readFileSync(join(import.meta.dirname, file), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))

  test(`${file} is about a control that is required`, () => {
    assert.ok(rows.length >= 12)
    const kinds = control(id)?.evidence.kinds ?? []
    assert.equal(kinds.includes('gateway-config'), file === 'states.case')
    assert.ok(kinds.includes('traffic'))
    assert.ok(stateOf(id, 'nothing', '-').because)
  })

  for (const row of rows) {
    const [given = '', want] = row.split(' => ')
    const [policy = '', sight = ''] = given.split(' | ')
    test(`${id}: ${row}`, () => {
      const plain = stateOf(id, policy, sight)
      assert.equal(plain.state, want)
      assert.equal(plain.exception, null)
      assert.equal(plain.beneath, null)
      assert.equal(plain.metUntil === null, want !== 'met', 'only what is met has an end')
      assert.notEqual(plain.text, '')
      covered.add(plain.state)

      const counts = stateOf(id, policy, sight, [exception(id, T + DAY)])
      assert.equal(counts.state, want === 'met' ? 'met' : 'excepted')
      assert.equal(counts.beneath, want === 'met' ? null : want)

      const ended = stateOf(id, policy, sight, [exception(id, T)])
      assert.equal(ended.state, want)
      assert.equal(ended.beneath, null)
      if (want !== 'met')
        assert.deepEqual(ended.exception, { id: 'EX-1', endsAt: T, refused: 'it has ended' })
    })
  }
}

test('the tables reach every state that a required control can have', () => {
  assert.deepEqual([...covered].sort(), ['met', 'not-met', 'partial', 'unknown'])
})

test('`metUntil` is the last end among the passes that count, not the newest pass', () => {
  const at = (kind: EvidenceKind, collectedAt: number, expiresAt: number): Observation =>
    observation({ kind, collectedAt, expiresAt })
  const state = controlStates({
    objective: objective(),
    configured: configured('consent-bound-access', 'enforced'),
    observations: [
      at('traffic', T - 5, T + 1_000),
      at('active-test', T - 10, T + 9_000),
      at('attestation', T - 1, T + 99_000),
    ],
    now: T,
  }).find((item) => item.control === 'consent-bound-access')
  assert.equal(state?.metUntil, T + 9_000)
})

test('the text says how long ago: hours up to two days, then days', () => {
  for (const [ago, text] of [
    [25 * 3_600_000, '25 h'],
    [2 * DAY - 1, '47 h'],
    [2 * DAY, '2 days'],
    [3 * DAY - 1, '2 days'],
    [40 * DAY, '40 days'],
  ] as const) {
    const state = controlStates({
      objective: objective(),
      configured: configured('consent-bound-access', 'enforced'),
      observations: [observation({ collectedAt: T - ago, expiresAt: T - 1 })],
      now: T,
    }).find((item) => item.control === 'consent-bound-access')
    assert.equal(state?.text, `last seen to hold ${text} ago; that evidence has expired`)
  }
})
