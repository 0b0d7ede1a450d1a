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

export function keyedPlan(options: PlanOptions): Plan {
  const plan = aisPlan(options)
  return { ...plan, apis: plan.apis.map((api) => (api.state === 'active' ? keyed(api) : api)) }
}

function keyed(api: ActiveApi): ActiveApi {
  const rules = [...api.rules, RULE]
  return {
    ...api,
    rules,
    operations: api.operations.map((operation) => {
      if (operation.id !== 'AddNote') return operation
      const content = operation.requestBody?.content ?? []
      return {
        ...operation,
        rules: [...operation.rules, rules.length - 1],
        responses: [
          { status: '201', headers: ['location'], content },
          { status: '400', headers: [], content },
          { status: '500', headers: [], content },
        ],
      }
    }),
  }
}
