import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forgetRows } from './forget-rows.ts'

test('what was given more time between the look and the end stays: the end says the time again', () => {
  const steps = forgetRows('sca_attempt', 'forget_at', { now: 7, limit: 2 })
  steps.next([])
  const { value } = steps.next([{ id: 'a' }])
  assert.ok(typeof value === 'object')
  assert.match(value.sql, /^delete from "sca_attempt" where "id" = \? and "forget_at" <= \?$/)
  assert.deepEqual(value.parameters, ['a', 7])
  assert.deepEqual(steps.next([]), { done: true, value: 1 })
})
