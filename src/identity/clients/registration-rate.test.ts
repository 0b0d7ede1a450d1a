import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../../test/support/fake-clock.ts'
import { MAX_A_MINUTE, MAX_OF_ALL_A_MINUTE, registrationRate } from './registration-rate.ts'

test('one certificate gets so many a minute, all together so many, and the next minute begins anew', () => {
  const clock = new FakeClock()
  const rate = registrationRate(clock)
  for (let n = 0; n < MAX_A_MINUTE; n++) assert.ok(rate.take('one'))
  assert.ok(!rate.take('one'))
  let more = 0
  while (rate.take(`other ${Math.floor(more / MAX_A_MINUTE)}`)) more++
  assert.equal(more, MAX_OF_ALL_A_MINUTE - MAX_A_MINUTE)
  assert.ok(!rate.take('a new one'))
  clock.advance(59_999)
  assert.ok(!rate.take('a new one'))
  clock.advance(1)
  assert.ok(rate.take('one'))
})
