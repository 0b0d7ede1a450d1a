/** A plan that says of every operation that its answers are not judged: all that a data plane which only asks can hold. */
import type { ActiveApi, Plan, PlanRule } from '../../src/decide/index.ts'

const OF_ANSWERS: readonly PlanRule['name'][] = ['response.fields', 'response.errors']

/** `but`: names of operations that stay as they were. */
export function unjudgedAnswers(plan: Plan, but: readonly string[] = []): Plan {
  return {
    ...plan,
    apis: plan.apis.map((api) => (api.state === 'active' ? unjudged(api, but) : api)),
  }
}

function unjudged(api: ActiveApi, but: readonly string[]): ActiveApi {
  const observed = (rule: PlanRule): PlanRule => ({ ...rule, mode: 'observe' })
  const fields: PlanRule = {
    name: 'response.fields',
    control: 'response-minimisation',
    mode: 'observe',
    origin: { level: 'api', source: 'test' },
    params: { freeForm: 'strip', drop: [], unless: [], rows: [], directions: {} },
  }
  const rules = [...api.rules, ...api.rules.map(observed), fields]
  const nameAt = (at: number): PlanRule['name'] | undefined => api.rules[at]?.name
  return {
    ...api,
    rules,
    operations: api.operations.map((operation) => {
      if (but.includes(operation.id)) return operation
      const changed = operation.rules.map((at) =>
        OF_ANSWERS.some((name) => name === nameAt(at)) ? at + api.rules.length : at,
      )
      const has = operation.rules.some((at) => nameAt(at) === 'response.fields')
      return { ...operation, rules: has ? changed : [...changed, rules.length - 1] }
    }),
  }
}
