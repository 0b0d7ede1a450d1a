import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answerRefusal } from './answer-refusal.ts'

test('`answerRefusal` names the place and the fault', () => {
  assert.equal(
    answerRefusal({ ok: false, reason: 'duplicate-key', at: '/Data/*/Amount' }),
    '/Data/*/Amount: an object names a member twice',
  )
  assert.match(
    answerRefusal({ ok: false, reason: 'unsound', at: '' }),
    /^the body: .*no sound schema/,
  )
  assert.match(answerRefusal({ ok: false, reason: 'signed', at: '' }), /signed/)
})
