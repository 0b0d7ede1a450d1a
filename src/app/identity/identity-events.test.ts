import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { FakeClock } from '../../../test/support/fake-clock.ts'
import { MemorySink } from '../../../test/support/memory-sink.ts'
import { createPseudonym } from '../../gateway/core/index.ts'
import { identityEvents, MAX_TEXT_CHARS, RECORD_AGAIN_AFTER_MS } from './identity-events.ts'

const key = { shared: randomBytes(32), persons: new Map([['', randomBytes(32)]]) }
const ENTRY = { action: 'token', outcome: 'done', by: 'third-party' } as const

/** The sink fails `times` times; `waits` are those between the tries. */
function failing(times: number) {
  const sink = new MemorySink()
  const waits: number[] = []
  sink.failure = times > 0 ? new Error('the disk does not answer') : undefined
  const evidence = identityEvents({
    events: sink,
    clock: new FakeClock(),
    scheduler: {
      every: () => () => undefined,
      after(ms, work) {
        waits.push(ms)
        if (waits.length >= times) sink.failure = undefined
        queueMicrotask(work)
        return () => undefined
      },
    },
    randomBytes,
    pseudonym: createPseudonym(() => key),
  })
  return { sink, waits, evidence }
}

test('a record that the disk did not take is offered again, under its id, a little later each time', async () => {
  const { sink, waits, evidence } = failing(3)
  const id = await evidence.write(ENTRY)
  assert.deepEqual(waits, RECORD_AGAIN_AFTER_MS.slice(0, 3))
  assert.deepEqual(
    sink.appended.map(({ event, durability }) => [event.id, durability]),
    [[id, 'strict']],
  )
})

test('a disk that answers is waited for no longer', async () => {
  const { sink, waits, evidence } = failing(0)
  await evidence.write(ENTRY)
  assert.deepEqual([waits, sink.appended.length], [[], 1])
})

test('a disk that stays away ends it: nothing is acknowledged', async () => {
  const { sink, waits, evidence } = failing(Infinity)
  await assert.rejects(evidence.write(ENTRY), { code: 'GH_IDENTITY_UNRECORDED' })
  assert.deepEqual(waits, [...RECORD_AGAIN_AFTER_MS])
  assert.equal(sink.appended.length, 0)
})

test('how a client authenticated is a member of its own, bounded, and absent where none did', async () => {
  const { sink, evidence } = failing(0)
  await evidence.write({ ...ENTRY, authentication: 'tls_client_auth' })
  await evidence.write({ ...ENTRY, authentication: 'x'.repeat(MAX_TEXT_CHARS + 1) })
  await evidence.write(ENTRY)
  await evidence.write({ ...ENTRY, authentication: undefined })
  const events = sink.appended.map(({ event }) => event)
  assert.deepEqual(
    events.map((event) => event.kind === 'identity' && (event.authentication ?? null)),
    ['tls_client_auth', 'x'.repeat(MAX_TEXT_CHARS), null, null],
  )
  assert.deepEqual(
    events.map((event) => 'authentication' in event),
    [true, true, false, false],
  )
})
