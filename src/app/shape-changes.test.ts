import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Plan, PlanApi } from '../decide/index.ts'
import { aisPlan } from '../../test/support/ais-plan.ts'
import { shapeChanges } from './shape-changes.ts'

const PLAN = aisPlan({ upstream: 'http://127.0.0.1:1' })
/** As the archive gives it back. */
const KEPT = JSON.parse(JSON.stringify(PLAN)) as Plan // sound: a plan is plain JSON

function edited(edit: (api: Extract<PlanApi, { state: 'active' }>) => object): Plan {
  return {
    ...PLAN,
    apis: PLAN.apis.map((api) => (api.state === 'active' ? { ...api, ...edit(api) } : api)),
  }
}

test('`shapeChanges` finds nothing between a plan and what the archive kept of it', () => {
  assert.deepEqual(shapeChanges(KEPT, PLAN), [])
  assert.deepEqual(shapeChanges(null, PLAN), [])
})

const edits: readonly [string, Plan, number][] = [
  ['a schema', edited((api) => ({ schema: { ...api.schema, another: 1 } })), 1],
  [
    'a parameter',
    edited((api) => ({
      operations: api.operations.map((one) => ({ ...one, parameters: [] })),
    })),
    1,
  ],
  [
    'a response',
    edited((api) => ({ operations: api.operations.map((one) => ({ ...one, responses: [] })) })),
    1,
  ],
  [
    'a place of a rule',
    edited((api) => ({
      rules: api.rules.map((one) => ({
        ...one,
        origin: { level: 'api', source: 'gatehouse.yaml:1:1' },
      })),
    })),
    0,
  ],
  ['the order of rules', edited((api) => ({ rules: [...api.rules, ...api.rules.slice(0, 1)] })), 0],
  ['the name', edited(() => ({ name: 'others' })), 0],
]
for (const [what, plan, lines] of edits) {
  test(`\`shapeChanges\` ${lines === 0 ? 'leaves to others' : 'tells'} a change of ${what}`, () => {
    const found = shapeChanges(KEPT, plan)
    assert.equal(found.length, lines)
    for (const line of found) assert.match(line, /^~ accounts: /)
  })
}
