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
function withRule(api: ActiveApi, rule: PlanRule, method?: string): ActiveApi {
  const rules = [...api.rules, rule]
  const open = (index: number): boolean => {
    const one = rules[index]
    return one?.name === 'authz.default' && one.params.open
  }
  return {
    ...api,
    rules,
    operations: api.operations.map((operation) =>
      operation.rules.some(open) || (method !== undefined && operation.method !== method)
        ? operation
        : { ...operation, rules: [...operation.rules, rules.length - 1] },
    ),
  }
}

/** The small API whose reads are counted over a day. */
export function unattendedPlan(
  options: PlanOptions & { readonly accesses?: number; readonly mode?: Mode },
): Plan {
  const { accesses = 4, mode = 'enforce', ...rest } = options
  const rule: PlanRule = {
    name: 'rate.unattended',
    control: 'unattended-frequency',
    mode,
    origin: { level: 'profile', source: 'psd2-ais@1.1.0' },
    params: {
      accesses,
      presence: ['x-fapi-customer-ip-address', 'psu-ip-address'],
      paging: ['page', 'cursor'],
      selectors: [{ in: 'path', name: 'AccountId' }],
    },
  }
  const plan = aisPlan(rest)
  const paged = plan.apis.map((api) => (api.state === 'active' ? withPages(api) : api))
  return {
    ...plan,
    apis: paged.map((api) => (api.state === 'active' ? withRule(api, rule, 'GET') : api)),
  }
}

function withPages(api: ActiveApi): ActiveApi {
  const operations = api.operations.map((operation) => {
    const schema = operation.parameters.find((one) => one.in === 'query')?.schema
    if (schema === undefined) return operation
    const query = { in: 'query', required: false, schema, list: false } as const
    const pages = ['page', 'cursor'].map((name) => ({ ...query, name }))
    return { ...operation, parameters: [...operation.parameters, ...pages] }
  })
  return { ...api, operations }
}
