import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Change, ChangeKind } from './change.ts'
import { changeLog } from './change-log.ts'

const nothing = { change: () => undefined, heartbeat: () => undefined }

test('`changeLog` replays ten thousand changes back, and asks for a new snapshot beyond', () => {
  const log = changeLog()
  for (let i = 1; i <= 20_000; i++) log.publish(i, 'consent', `c${i % 7}`, { n: i })
  // Twice as many are kept before the older half goes.
  log.subscribe(0, nothing)
  log.publish(20_001, 'consent', 'c', { n: 0 })
  assert.throws(() => log.subscribe(0, nothing), RangeError)
  assert.throws(() => log.subscribe(10_000, nothing), RangeError)
  const seen: number[] = []
  log.subscribe(10_001, { ...nothing, change: ({ seq }) => seen.push(seq) })
  assert.deepEqual([seen.length, seen[0], seen.at(-1)], [10_000, 10_002, 20_001])
  assert.deepEqual(
    [...Array(3).keys()].map((n) => typeof log.subscribe(20_001 - n, nothing)),
    ['function', 'function', 'function'],
  )
  assert.throws(() => log.subscribe(20_002, nothing), RangeError)
})

test('`changeLog` gives a late subscriber the last heartbeat after the changes, and none before the first', () => {
  const log = changeLog()
  const told: string[] = []
  const subscriber = {
    change: ({ key }: Change) => void told.push(key),
    heartbeat: (at: number) => void told.push(`at ${at}`),
  }
  log.publish(1, 'client', 'a', {})
  log.subscribe(0, subscriber)
  assert.deepEqual(told, ['a'])
  log.heartbeat(5)
  log.heartbeat(4) // a clock set back: told as it is, the reader judges the age
  assert.deepEqual(told, ['a', 'at 5', 'at 4'])
  told.length = 0
  log.subscribe(0, subscriber)
  assert.deepEqual(told, ['a', 'at 4'])
})

test('a snapshot and the changes after it lead to the same records as all changes, wherever it is taken', () => {
  const step = fc.tuple(
    fc.constantFrom<ChangeKind>('client', 'consent', 'revocation'),
    fc.constantFrom('a', 'b', '__proto__'),
    fc.option(fc.nat(9), { nil: null }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), fc.nat(30), (steps, cut) => {
      const log = changeLog()
      const replay = (changes: readonly Change[]): [string, unknown][] => {
        const state = new Map<string, unknown>()
        for (const { kind, key, value } of changes)
          if (value === null) state.delete(`${kind} ${key}`)
          else state.set(`${kind} ${key}`, value)
        return [...state].sort(([a], [b]) => (a < b ? -1 : 1))
      }
      const all: Change[] = []
      log.subscribe(0, { ...nothing, change: (change) => all.push(change) })
      let snapshot = log.snapshot()
      for (const [index, [kind, key, value]] of steps.entries()) {
        if (index === cut) snapshot = log.snapshot()
        log.publish(index, kind, key, value)
      }
      const later: Change[] = []
      log.subscribe(snapshot.seq, { ...nothing, change: (change) => later.push(change) })
      assert.deepEqual(replay([...snapshot.changes, ...later]), replay(all))
      // Numbers without gaps, and the snapshot in their order.
      assert.deepEqual(
        all.map(({ seq }) => seq),
        steps.map((_, index) => index + 1),
      )
      const numbers = snapshot.changes.map(({ seq }) => seq)
      assert.deepEqual(
        numbers,
        numbers.toSorted((a, b) => a - b),
      )
    }),
    { numRuns: 200 },
  )
})
