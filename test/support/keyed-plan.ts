/** The small API with an operation that is done once for each idempotency key: `POST /aisp/accounts/{AccountId}/notes`. */
import type { ActiveApi, Plan, PlanRule } from '../../src/decide/index.ts'
import { aisPlan, type PlanOptions } from './ais-plan.ts'

const RULE: PlanRule = {
  name: 'payment.idempotency',
  control: 'payment-idempotency',
  mode: 'enforce',
  origin: { level: 'profile', source: 'pis@1.1.0' },
  params: { header: 'x-idempotency-key', maxKeyLength: 40, windowSeconds: 86_400 },
}

/** What was authenticated pays once. */
const ONCE: PlanRule = {
  name: 'sca.dynamicLinking',
  control: 'sca-dynamic-linking',
  mode: 'enforce',
  origin: { level: 'profile', source: 'pis@1.4.0' },
  params: {
    mapping: {
      id: 'notes',
      fields: { amount: ['/amount'], currency: ['/currency'], creditorAccount: ['/payee'] },
    },
    free: [],
    consent: 'once',
  },
}

export function keyedPlan(options: PlanOptions): Plan {
  return withRules(aisPlan(options), [RULE])
}

/** The same, as a payment that its customer authenticated. */
export function oncePlan(options: PlanOptions): Plan {
  return withRules(aisPlan(options), [ONCE, RULE])
}

function withRules(plan: Plan, rules: readonly PlanRule[]): Plan {
  return {
    ...plan,
    apis: plan.apis.map((api) => (api.state === 'active' ? keyed(api, rules) : api)),
  }
}

function keyed(api: ActiveApi, added: readonly PlanRule[]): ActiveApi {
  const rules = [...api.rules, ...added]
  return {
    ...api,
    rules,
    operations: api.operations.map((operation) => {
      if (operation.id !== 'AddNote') return operation
      const content = operation.requestBody?.content ?? []
      return {
        ...operation,
        rules: [...operation.rules, ...added.map((_, at) => api.rules.length + at)],
        responses: [
          { status: '201', headers: ['location'], content },
          { status: '400', headers: [], content },
          { status: '500', headers: [], content },
        ],
      }
    }),
  }
}
