/** The small API with a limit on how much may be asked. */
import type { ActiveApi, Mode, Plan, PlanRule, RateParams } from '../../src/decide/index.ts'
import { aisPlan, type PlanOptions } from './ais-plan.ts'

export interface RatedOptions extends PlanOptions {
  readonly rate: Partial<RateParams>
  readonly mode?: Mode
  /** Parts of 10,000. */
  readonly fraction?: number
  /** On top of a plan that already has rules of its own. */
  readonly on?: Plan
}

export function ratedPlan({
  rate,
  mode = 'enforce',
  fraction,
  on,
  ...options
}: RatedOptions): Plan {
  const rule: PlanRule = {
    name: 'rate',
    control: 'consumption-limits',
    mode,
    ...(fraction !== undefined && { fraction }),
    origin: { level: 'profile', source: 'ais@1.1.0' },
    params: { windowSeconds: 60, cost: 1, ...rate },
  }
  const plan = on ?? aisPlan(options)
  return {
    ...plan,
    apis: plan.apis.map((api) => (api.state === 'active' ? withRule(api, rule) : api)),
  }
}

/** Every operation that asks for a token carries it. */
export function withRule(api: ActiveApi, rule: PlanRule): ActiveApi {
  const rules = [...api.rules, rule]
  const open = (index: number): boolean => {
    const one = rules[index]
    return one?.name === 'authz.default' && one.params.open
  }
  return {
    ...api,
    rules,
    operations: api.operations.map((operation) =>
      operation.rules.some(open)
        ? operation
        : { ...operation, rules: [...operation.rules, rules.length - 1] },
    ),
  }
}
