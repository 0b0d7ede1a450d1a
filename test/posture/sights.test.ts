/** What one event shows of one rule, as a table, read off the observation that comes of it. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { AccessEvent } from '../../src/events/index.ts'
import { deriveTrafficObservations, type RuleInPlan } from '../../src/posture/index.ts'
import { accessEvent, storedEvents } from '../support/access-event.ts'

const rows = readFileSync(join(import.meta.dirname, 'sights.case'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))

/** A control whose evidence may be traffic, so that what is seen becomes an observation. */
const CONTROL = 'consent-bound-access'

function ruleOf(words: string): RuleInPlan {
  const [rule = '', mode, fraction] = words.split(' ')
  assert.ok(mode === 'off' || mode === 'observe' || mode === 'enforce', words)
  return {
    rule,
    control: CONTROL,
    mode,
    ...(fraction === undefined ? {} : { fraction: Number(fraction) }),
  }
}

function eventOf(rule: string, words: string): AccessEvent {
  const [status = '', upstream = '', outcome = '', ran = '', ...rest] = words.split(' ')
  const plain = accessEvent()
  const effect = rest.find((word) => word === 'denied' || word === 'observed')
  // Sound: what is no code or outcome would change what the row says.
  const code = (rest.find((word) => word.startsWith('GH_')) ?? null) as AccessEvent['code']
  return {
    ...plain,
    method: rest.includes('HEAD') ? 'HEAD' : 'GET',
    status: Number(status),
    outcome: outcome as AccessEvent['outcome'],
    ran: ran === 'ran' ? 1 : 0,
    code: rest.includes('code') ? code : null,
    failed:
      effect === undefined || code === null
        ? []
        : // Sound: the name comes from the row before.
          [{ rule, control: CONTROL, code, effect, detail: '' } as AccessEvent['failed'][number]],
    response:
      upstream === '-' || plain.response === null
        ? null
        : { ...plain.response, upstreamStatus: Number(upstream) },
  }
}

/** `held`, `refused`, `let-through` or `nothing`, as the counts of the observation say. */
function shown(rule: RuleInPlan, event: AccessEvent): string {
  const found = deriveTrafficObservations(storedEvents([event]), {
    rulesOf: () => [rule],
    now: event.at,
  })
  const [only] = found
  if (only === undefined) return 'nothing'
  assert.equal(found.length, 1)
  assert.equal(only.population, 1)
  if (only.outcome === 'fail') return 'let-through'
  return only.value.endsWith('held for 1, refused 0') ? 'held' : 'refused'
}

test('there are rows for every rule that does its work after the answer', () => {
  const rules = new Set(rows.map((row) => row.split(' ')[0]))
  assert.ok(rows.length >= 40)
  for (const name of [
    'response.errors',
    'response.fields',
    'egress.allowlist',
    'upstream.tls',
    'upstream.resilience',
  ])
    assert.ok(rules.has(name), name)
})

for (const row of rows)
  test(row, () => {
    const [given = '', want] = row.split(' => ')
    const [words = '', event = ''] = given.split(' | ')
    const rule = ruleOf(words)
    assert.equal(shown(rule, eventOf(rule.rule, event)), want)
  })

test('of two rules for one control the worse is told, whichever comes first', () => {
  const held = ruleOf('authz.default enforce')
  const hole = ruleOf('token.validation observe')
  const event = eventOf('token.validation', '200 200 allowed ran observed GH_GATEWAY_TOKEN_EXPIRED')
  for (const rules of [
    [held, hole],
    [hole, held],
  ]) {
    const found = deriveTrafficObservations(storedEvents([{ ...event, ran: 2 }]), {
      rulesOf: () => rules,
      now: event.at,
    })
    assert.deepEqual(
      found.map(({ outcome, population }) => [outcome, population]),
      [['fail', 1]],
    )
  }
})

test('an event without a time that can be is evidence of no moment', () => {
  const rule = ruleOf('token.validation enforce')
  for (const at of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60]) {
    const event = { ...eventOf('token.validation', '200 200 allowed ran'), at }
    const found = deriveTrafficObservations(storedEvents([event]), {
      rulesOf: () => [rule],
      now: accessEvent().at,
    })
    assert.deepEqual(found, [], String(at))
  }
})

for (const [carriedBy, said] of [
  [undefined, ', 1 operations:'],
  [0, ', 1 operations:'],
  [1, ', 1 of 1 operations (100 %):'],
  [2, ', 1 of 2 operations (50 %):'],
  [3, ', 1 of 3 operations (33 %):'],
  [400, ', 1 of 400 operations (0 %):'],
] as const)
  test(`one operation seen of ${carriedBy ?? 'an unknown number'} is told as${said}`, () => {
    const event = eventOf('token.validation', '200 200 allowed ran')
    const [found] = deriveTrafficObservations(storedEvents([event]), {
      rulesOf: () => [ruleOf('token.validation enforce')],
      carriedBy: () => carriedBy,
      now: event.at,
    })
    assert.ok(found?.value.includes(said), found?.value)
  })
