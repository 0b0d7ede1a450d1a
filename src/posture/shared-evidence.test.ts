import assert from 'node:assert/strict'
import { test } from 'node:test'
import { observation } from '../../test/support/observation.ts'
import { control, type Control, type EvidenceKind } from '../controls/index.ts'
import { withSharedEvidence } from './shared-evidence.ts'

const RULES = [
  { api: 'accounts', rule: 'authz.objects', control: 'object-authz' },
  { api: 'payments', rule: 'authz.consent', control: 'consent-bound-access' },
]
function own(policyField: string, ...kinds: EvidenceKind[]): Control {
  const like = control('object-authz')
  assert.ok(like)
  return {
    ...like,
    id: 'own-objects',
    enforce: { ...like.enforce, policyField },
    evidence: { kinds, freshnessDays: 7 },
  }
}
const SEEN = observation({ control: 'object-authz' })
const shared = (
  one: Control,
  ...seen: readonly ReturnType<typeof observation>[]
): readonly string[] =>
  withSharedEvidence(seen, RULES, [one])
    .filter((found) => found.control === 'own-objects')
    .map(({ api, outcome }) => `${api} ${outcome}`)

test("traffic of the rule that enforces a bank's own control is evidence of that control too", () => {
  const one = own('authz.objects', 'gateway-config', 'traffic')
  assert.deepEqual(withSharedEvidence([SEEN], RULES, [one]), [
    SEEN,
    { ...SEEN, control: 'own-objects' },
  ])
  assert.deepEqual(withSharedEvidence([SEEN], RULES, []), [SEEN])
})

test('a pass needs traffic among the kinds of the control; a failure always counts', () => {
  const one = own('authz.objects', 'gateway-config')
  assert.deepEqual(shared(one, SEEN, { ...SEEN, outcome: 'fail' }), ['accounts fail'])
})

for (const { name, field, changes } of [
  { name: 'of another rule', field: 'authz.consent', changes: {} },
  { name: 'of no rule', field: '', changes: {} },
  { name: 'of another API', field: 'authz.objects', changes: { api: 'payments' } },
  { name: 'of another control', field: 'authz.objects', changes: { control: 'error-disclosure' } },
  {
    name: 'that is configuration',
    field: 'authz.objects',
    changes: { kind: 'gateway-config' as const },
  },
])
  test(`an observation ${name} is not shared`, () => {
    assert.deepEqual(shared(own(field, 'gateway-config', 'traffic'), { ...SEEN, ...changes }), [])
  })
