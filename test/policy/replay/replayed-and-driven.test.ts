/**
 * The promise of `plan --replay`: what it says of a draft is what the gateway would do. Requests of chance are driven through the gateway
 * under one plan and recorded; the record is decided again under a draft; then the same requests are driven under the draft.
 */
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import type { Plan } from '../../../src/decide/index.ts'
import type { AccessEvent } from '../../../src/events/index.ts'
import { createRedecider } from '../../../src/policy/replay/index.ts'
import { linearRegex } from '../../support/linear-regex.ts'
import { BEFORE, DRAFTS } from './drafts.ts'
import { type Driven, drivenGateway, type DrivenRequest } from './driven-gateway.ts'
import { fillFeed, requestsOfChance } from './requests.ts'

const COUNT = 1_200
const requests = requestsOfChance(COUNT, 20_261_128)
let gateway: Driven
before(async () => {
  gateway = await drivenGateway()
  fillFeed(gateway)
})

/** What became of a request: its own decision, not the bank's answer. */
function decided(event: AccessEvent): string {
  return event.outcome === 'denied' ? 'deny' : 'allow'
}

function told(request: DrivenRequest | undefined, event: AccessEvent): string {
  return `${JSON.stringify(request)}\n${JSON.stringify({ code: event.code, ran: event.ran, failed: event.failed, facts: event.facts })}`
}

/** Each plan is driven once. */
const driven = new Map<string, Promise<readonly AccessEvent[]>>()
function drive(plan: Plan): Promise<readonly AccessEvent[]> {
  let events = driven.get(plan.digest)
  if (events === undefined) driven.set(plan.digest, (events = gateway.drive(plan, requests)))
  return events
}

async function compared(past: Plan, draft: Plan): Promise<{ decidable: number; changed: number }> {
  const recorded = await drive(past)
  const real = await drive(draft)
  assert.equal(recorded.length, COUNT)
  assert.equal(real.length, COUNT)
  const redecider = createRedecider({
    draft,
    regex: linearRegex,
    planOf: (digest) => (digest === past.digest ? past : undefined),
  })
  let decidable = 0
  let changed = 0
  recorded.forEach((event, at) => {
    const again = redecider.decide(event)
    const truth = real[at]
    assert.ok(truth !== undefined)
    if (again.kind === 'undecidable') return
    decidable++
    if (decided(event) !== again.kind) changed++
    assert.equal(
      again.kind,
      decided(truth),
      `${told(requests[at], event)}\nreally: ${truth.code} ${JSON.stringify(truth.failed)}\nreplayed: ${JSON.stringify(again.kind === 'deny' ? [again.rule, again.code] : again.kind)}`,
    )
    // By which rule, where no rule before it was in doubt.
    if (again.kind === 'deny' && again.unsure.length === 0) {
      const denial = truth.failed.find(({ effect }) => effect === 'denied')
      if (denial !== undefined) assert.equal(again.rule, denial.rule, told(requests[at], event))
    }
  })
  return { decidable, changed }
}

describe('a record decided again under the plan that wrote it gives what was decided', () => {
  for (const plan of BEFORE)
    test(Buffer.from(plan.digest.slice(7), 'hex').toString().replaceAll('\0', ''), async () => {
      const { decidable, changed } = await compared(plan, plan)
      assert.equal(changed, 0)
      // Nothing but what never had a decision of a rule may stay open.
      assert.ok(decidable > COUNT * 0.98, `${decidable} of ${COUNT} could be decided`)
    })
})

describe('a record decided again under a draft gives what the gateway does under the draft', () => {
  let decided = 0
  let changes = 0
  for (const past of BEFORE)
    for (const draft of DRAFTS)
      test(`${nameOf(past)} → ${nameOf(draft)}`, async () => {
        const { decidable, changed } = await compared(past, draft)
        decided += decidable
        changes += changed
        // What refuses everybody's path is undecidable by the path alone; anything else is mostly known.
        assert.ok(decidable > COUNT / 3, `${decidable} of ${COUNT} could be decided`)
      })
  test('and most can be decided, and much changes: the comparison is not blind', () => {
    const all = BEFORE.length * DRAFTS.length * COUNT
    assert.ok(decided > all * 0.8, `${decided} of ${all}`)
    assert.ok(changes > all * 0.05, `${changes} of ${all}`)
  })
})

function nameOf(plan: Plan): string {
  return Buffer.from(plan.digest.slice(7), 'hex').toString().replaceAll('\0', '')
}
