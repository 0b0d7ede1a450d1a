import assert from 'node:assert/strict'
import { test } from 'node:test'
import { typeable } from './ids.ts'

test('an identifier that people type never begins as an option does', () => {
  assert.equal(typeable('-Wq_7-x'), '0Wq_7-x')
  assert.equal(typeable('Wq-7_x'), 'Wq-7_x')
  assert.equal(typeable('--'), '0-')
})
