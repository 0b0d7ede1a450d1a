import assert from 'node:assert/strict'
import { test } from 'node:test'
import { controls } from '../../controls/index.ts'
import { ruleSpec, RULES, ruleWords } from './vocabulary.ts'

test('every rule is a policy field of the catalogue, and enforces a control that names it', () => {
  assert.ok(RULES.length >= 13)
  for (const { name, control } of RULES) {
    const found = controls().find(({ id }) => id === control)
    assert.equal(found?.enforce.policyField, name)
    assert.ok(found?.evidence.kinds.includes('gateway-config'), `${control} is no gateway control`)
  }
})

test('ruleSpec() knows no rule by the name of an object member', () => {
  for (const name of ['constructor', '__proto__', 'toString', ''])
    assert.equal(ruleSpec(name), undefined)
})

test('ruleWords() lists each rule once with its parameters', () => {
  const words = ruleWords()
  assert.equal(new Set(words.map(({ name }) => name)).size, RULES.length)
  assert.deepEqual(words.find(({ name }) => name === 'response.fields')?.params, [
    'freeForm',
    'drop',
  ])
})
