import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RULE_WORDS } from './rule-words.ts'
import { RULES } from './vocabulary.ts'

test('`RULE_WORDS` tells of every rule and every parameter, and of no other', () => {
  assert.deepEqual(Object.keys(RULE_WORDS).toSorted(), RULES.map(({ name }) => name).toSorted())
  for (const { name, params } of RULES) {
    assert.deepEqual(
      Object.keys(RULE_WORDS[name].params).toSorted(),
      [...params.keys()].toSorted(),
      name,
    )
    for (const words of [RULE_WORDS[name].does, ...Object.values(RULE_WORDS[name].params)])
      assert.match(words, /^[A-Z].*\.$/, name)
  }
})
