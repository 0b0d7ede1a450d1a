import { prepareWith } from './kernel.ts'
import type { Plan } from './plan.ts'
import { RULES } from './rules/list.ts'
import type { KernelEnvironment } from './schemas.ts'
import type { Kernel } from './verdict.ts'

/**
 * The kernel of a plan. An API whose rules, templates or schemas cannot be prepared answers `GH_GATEWAY_API_CLOSED`; the others go on.
 * Routes are laid and operations looked over now; what judges an operation is made at its first request.
 */
export function prepare(plan: Plan, env: KernelEnvironment): Kernel {
  return prepareWith(plan, env, RULES)
}
