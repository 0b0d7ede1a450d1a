/** Behind each rule: a control, a test for each of its refusals, requests that pass it, words for people, a template, and a sight for posture. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccessEvent } from '../../src/events/index.ts'
import { errorEntry, type ErrorCode } from '../../src/lib/index.ts'
import { ruleReference } from '../../src/policy/index.ts'
import { judgeEvent } from '../../src/posture/traffic/judge-event.ts'
import { ruleEvidence } from '../../tools/reference/rule-evidence.ts'
import { accessEvent } from '../support/access-event.ts'

const RULES = ruleEvidence()
/** No template of the product uses them: a bank asks for them itself. */
const BY_HAND: readonly string[] = ['gateway.baseline', 'egress.allowlist', 'upstream.tls']

test('the evidence sees every rule', () => {
  assert.deepEqual(
    RULES.map(({ name }) => name),
    ruleReference().map(({ name }) => name),
  )
  assert.ok(RULES.length > 20, 'the check is blind')
})

for (const { name, control, codes, allowed, templates } of RULES)
  test(`${name} has tests behind it`, () => {
    assert.ok(codes.length > 0, 'it refuses with nothing')
    for (const { code, files, generated } of codes) {
      assert.ok(files.length > 0 || generated, `no test expects ${code}`)
      assert.ok(errorEntry(code as ErrorCode).title.length > 10, code) // sound: `errorEntry` knows it, or the test fails
    }
    assert.ok(allowed.length > 0, 'no test lets a request past it')
    assert.equal(templates.length === 0, BY_HAND.includes(name), 'templates')
    const { does = '' } = ruleReference().find((one) => one.name === name) ?? {}
    assert.match(does, /^[A-Z].{20,}\.$/)
    const failure = { rule: name, control, code: 'GH_GATEWAY_TOKEN_MISSING', effect: 'denied' }
    const failed = [failure] as unknown as AccessEvent['failed'] // sound: the names are those of rules
    const event = accessEvent({ ran: 1, failed, status: 401, outcome: 'denied' })
    const [sight] = judgeEvent(event, [{ rule: name, control, mode: 'enforce' }])
    assert.deepEqual([sight?.control, sight?.outcome], [control, 'refused'])
  })
