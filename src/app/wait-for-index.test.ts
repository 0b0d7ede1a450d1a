import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GatehouseError } from '../lib/index.ts'
import { whenIndexed } from './wait-for-index.ts'

const early = (): Promise<never> => Promise.reject(new GatehouseError('GH_AUDIT_INDEX_NOT_READY'))

/** A question that is answered at its `nth` asking; each try takes a second of a clock that is ours. */
function question(nth: number, answer: () => Promise<string> = () => Promise.resolve('found')) {
  const seen = { asked: 0, waited: 0 }
  const ask = (): Promise<string> => (++seen.asked < nth ? early() : answer())
  const wait = {
    signal: new AbortController().signal,
    limitMs: 5_000,
    now: () => seen.asked * 1_000,
    waiting: () => Promise.resolve(void seen.waited++),
    pauseMs: 0,
  }
  return { seen, ask, wait }
}

test('`whenIndexed` gives the first answer at once, and waits while there is none yet', async () => {
  const ready = question(1)
  assert.equal(await whenIndexed(ready.ask, ready.wait), 'found')
  assert.deepEqual(ready.seen, { asked: 1, waited: 0 })
  const late = question(4)
  assert.equal(await whenIndexed(late.ask, late.wait), 'found')
  assert.deepEqual(late.seen, { asked: 4, waited: 3 })
})

test('`whenIndexed` gives up at its limit, not before', async () => {
  const never = question(Infinity)
  await assert.rejects(whenIndexed(never.ask, never.wait), { code: 'GH_AUDIT_INDEX_NOT_READY' })
  assert.equal(never.seen.asked, 5)
})

test('`whenIndexed` passes every other failure on at once', async () => {
  const wrong = question(2, () => Promise.reject(new GatehouseError('GH_AUDIT_QUERY_TOO_WIDE')))
  await assert.rejects(whenIndexed(wrong.ask, wrong.wait), { code: 'GH_AUDIT_QUERY_TOO_WIDE' })
  assert.equal(wrong.seen.asked, 2)
})

test('`whenIndexed` ends when it is interrupted', async () => {
  const never = question(Infinity)
  const stop = new AbortController()
  const waiting = (): Promise<void> => {
    stop.abort()
    return Promise.resolve()
  }
  const wait = { ...never.wait, signal: stop.signal, waiting }
  await assert.rejects(whenIndexed(never.ask, wait), { name: 'AbortError' })
  assert.equal(never.seen.asked, 1)
})
