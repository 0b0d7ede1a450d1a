import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Recent } from './recent.ts'

test('`Recent` never holds more than its limit, whatever happens', () => {
  const step = fc.record({ key: fc.integer({ min: 0, max: 40 }).map(String), set: fc.boolean() })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const table = new Recent<string>(10)
      for (const { key, set } of steps) {
        if (set) table.set(key, `v${key}`)
        else assert.ok([undefined, `v${key}`].includes(table.get(key)))
        assert.ok(table.size <= 10)
      }
    }),
  )
})

test('`Recent` keeps what is used and forgets what is not', () => {
  const table = new Recent<number>(4)
  table.set('kept', 1)
  for (let at = 0; at < 20; at++) {
    table.set(`n${at}`, at)
    assert.equal(table.get('kept'), 1)
  }
  assert.equal(table.get('n0'), undefined)
})

test('`Recent` gives the last value that was set, and none after `delete`', () => {
  const table = new Recent<number>(2)
  table.set('a', 1)
  table.set('b', 2)
  table.set('a', 3)
  assert.equal(table.get('a'), 3)
  table.delete('a')
  assert.equal(table.get('a'), undefined)
})

test('`Recent` forgets what was not used between two turns', () => {
  const table = new Recent<number>(10)
  table.set('used', 1)
  table.set('not', 2)
  table.turn()
  assert.equal(table.get('used'), 1)
  table.turn()
  assert.equal(table.get('used'), 1)
  assert.equal(table.get('not'), undefined)
  table.turn()
  table.turn()
  assert.equal(table.size, 0)
})
