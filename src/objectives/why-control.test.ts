import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apiProfile } from '../../test/support/api-profile.ts'
import { controls } from '../controls/index.ts'
import { computeObjective, whyControl, whyNotRequired } from './index.ts'

const objective = computeObjective(apiProfile(), { approval: null })

test('`whyControl` tells condition, clauses and rules of a required control', () => {
  const why = whyControl(objective, 'token-sender-constrained')
  assert.ok(why.kind === 'required')
  assert.equal(why.required.because, 'third-party access to sensitive data')
  assert.deepEqual(why.when.minLevel, { C: 2 })
  assert.deepEqual(why.rules, [
    { rule: 'O-01', text: 'confidentiality moderate from data class account-identifier' },
  ])
})

test('`whyControl` names the regime rule when a regime asked for it', () => {
  const why = whyControl(objective, 'sca-applied')
  assert.ok(why.kind === 'required')
  assert.deepEqual(
    why.rules.map((rule) => rule.text),
    ['eu-rts-sca: dedicated interface and SCA rules follow PSD2'],
  )
})

test('`whyControl` says for each way which condition does not hold', () => {
  const why = whyControl(objective, 'message-signing')
  assert.ok(why.kind === 'not-required')
  assert.equal(why.entries.length, 4)
  assert.deepEqual(why.entries[0], {
    because: 'OBIE payment signing',
    failed: [
      { condition: 'roles', needs: 'one of pis', has: 'ais' },
      { condition: 'regimes', needs: 'one of uk-obl', has: 'eu-psd2, eu-rts-sca, eu-dora, gdpr' },
    ],
  })
  assert.deepEqual(why.entries[2]?.failed.at(-1), {
    condition: 'minLevel',
    needs: 'Au 3 or more',
    has: 'Au 2',
  })
})

test('`whyControl` answers an unknown id with the nearest', () => {
  assert.deepEqual(whyControl(objective, 'sca-aplied'), {
    kind: 'unknown',
    name: 'sca-aplied',
    nearest: 'sca-applied',
  })
})

test('every control has an answer: required with a reason, or a rule that says why not', () => {
  for (const { id } of controls()) {
    const why = whyControl(objective, id)
    if (why.kind === 'required') assert.equal(whyNotRequired(objective, id), '')
    else {
      assert.ok(why.kind === 'not-required')
      for (const entry of why.entries) assert.ok(entry.failed.length > 0, id)
      assert.match(whyNotRequired(objective, id), /does not hold/)
    }
  }
})
