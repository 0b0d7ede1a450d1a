import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { accessEvent } from '../../test/support/access-event.ts'
import type { GatehouseEvent } from '../events/index.ts'
import { indexRow } from './index-row.ts'
import { indexedPart } from './indexed-part.ts'

const RUNS = Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 10_000)
const PLACE = { ordinal: 1, start: 64 }
const payloadOf = (event: unknown): Buffer => Buffer.from(JSON.stringify(event))

/** What is written of an event, whatever of it was read; true: only a part was. */
function sameRow(payload: Buffer): boolean {
  const whole = JSON.parse(payload.toString('utf8')) as GatehouseEvent // sound: made here
  const part = indexedPart(payload)
  assert.deepEqual(indexRow(1, part, PLACE), indexRow(1, whole, PLACE))
  if (part.kind === 'access' && whole.kind === 'access') assert.equal(part.plan, whole.plan)
  return !Object.hasOwn(part, 'facts')
}

test('indexedPart leaves out what no row is made of', () => {
  const part = indexedPart(payloadOf(accessEvent({ facts: null, durationMicros: 7 })))
  assert.ok(part.kind === 'access')
  assert.equal(Object.hasOwn(part, 'facts'), false)
  assert.equal(Object.hasOwn(part, 'durationMicros'), false)
  assert.equal(part.id, 'd-1')
})

test('indexedPart reads the whole of an event whose members stand in another order', () => {
  const { facts, ...rest } = accessEvent({ client: 'tpp-last' })
  sameRow(payloadOf({ facts, ...rest }))
  const { client, ...others } = accessEvent({ client: 'tpp-last' })
  const part = indexedPart(payloadOf({ ...others, client }))
  assert.equal(part.kind === 'access' ? part.client : undefined, 'tpp-last')
})

test('indexedPart is not taken in by facts that stand deeper', () => {
  const failed = [{ rule: 'r', step: 's', control: 'c', effect: 'denied', facts: { a: 1 } }]
  const event = { ...accessEvent({ client: 'tpp-behind' }), failed }
  sameRow(payloadOf({ ...event, plan: 'sha256:p', extra: { x: 1, facts: 2 } }))
  sameRow(payloadOf({ extra: { x: 1, facts: 2 }, ...event }))
})

test('indexedPart reads every other kind of event whole', () => {
  const notice = {
    v: 1,
    kind: 'notice',
    id: 'n',
    at: 1,
    what: 'started',
    api: 'a',
    code: null,
    detail: 'd',
    facts: 1,
  }
  sameRow(payloadOf(notice))
  assert.deepEqual(indexedPart(payloadOf(notice)), notice)
})

test('a row is the same whether the whole event or its part was read, whatever third parties write', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.constantFrom(',"facts":', '\\",\\"facts\\":', '"', '\\', '}', ',"facts":{}}', '\ud800', 'é'),
  )
  const events = fc
    .record({
      id: text,
      at: fc.double({ noNaN: true, noDefaultInfinity: true }),
      api: fc.option(text),
      operation: fc.option(text),
      client: fc.option(text),
      interaction: fc.option(text),
      route: fc.option(text),
      plan: text,
      subject: fc.option(fc.stringMatching(/^hmac:[0-9a-f]{16}$/)),
      outcome: fc.constantFrom('allowed', 'trimmed', 'denied', 'failed'),
      code: fc.option(fc.constant('GH_GATEWAY_SCOPE_MISSING')),
      failed: fc.array(fc.record({ rule: text, effect: fc.constantFrom('denied', 'observed') }), {
        maxLength: 2,
      }),
    })
    .chain((changes) => {
      const event = { ...accessEvent(), ...changes }
      // As the gateway writes them, and in any other order.
      return fc.oneof(
        fc.constant(event),
        fc
          .shuffledSubarray(Object.keys(event), { minLength: Object.keys(event).length })
          .map((names) =>
            Object.fromEntries(names.map((name) => [name, event[name as keyof typeof event]])),
          ),
      )
    })
  let parts = 0
  const same = fc.property(events, (event) => void (parts += Number(sameRow(payloadOf(event)))))
  fc.assert(same, { numRuns: RUNS })
  assert.ok(parts > RUNS / 3 && parts < RUNS, `${parts} of ${RUNS} were read in part`)
})
