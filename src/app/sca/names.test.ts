import assert from 'node:assert/strict'
import { test } from 'node:test'
import { placeOf, type PseudonymKey, withoutLeaf } from '../../gateway/core/index.ts'
import { scaNames } from './names.ts'

const shared = new Uint8Array(32).fill(7)
const whole: PseudonymKey = { shared, persons: new Map([['', new Uint8Array(32).fill(9)]]) }

test('`scaNames` names the same thing of two customers differently, and nothing by its own text', () => {
  const names = scaNames(() => whole)
  const all = [
    names.subject('anna'),
    names.subject('ben'),
    names.of('anna', 'account', 'DE89370400440532013000'),
    names.of('ben', 'account', 'DE89370400440532013000'),
    names.of('anna', 'device', 'DE89370400440532013000'),
  ]
  assert.equal(new Set(all).size, all.length)
  for (const one of all) assert.match(one ?? '', /^[\w-]{43}$/)
  assert.equal(names.subject('anna'), all[0])
})

test('`scaNames` names what it named in an earlier version by the same text', () => {
  const name = scaNames(() => whole).of('anna', 'account', 'DE89370400440532013000')
  assert.equal(name, '6fNn3BKurOkD4UKwJQ9J9lZfQMqDEdTUJ27b16JdJ3o')
})

test('`scaNames` has no name for whoever was erased, and the same ones for everybody else', () => {
  let key = whole
  const names = scaNames(() => key)
  const before = names.subject('ben')
  key = { shared, persons: withoutLeaf(whole.persons, placeOf(shared, 'subject', 'anna')) }
  assert.equal(names.subject('anna'), undefined)
  assert.equal(names.of('anna', 'account', 'A'), undefined)
  assert.equal(names.subject('ben'), before)
})
