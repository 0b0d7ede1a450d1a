/** One API of the plan, ready to be routed to; or the fact that it is closed. */
import { type Operation, prepareSteps, type RuleList } from './operation.ts'
import type { ActiveApi, Plan, PlanApi } from './plan.ts'
import { prepareResponder } from './respond.ts'
import { addRoute, type PathNode, pathNode } from './router.ts'
import { type KernelEnvironment, prepareSchemas } from './schemas.ts'
import { parseTemplate, type SegmentTemplate } from './template.ts'

export interface OpenApi {
  readonly state: 'open'
  readonly name: string
  readonly base: readonly SegmentTemplate[]
  readonly paths: PathNode<Operation>
  readonly operations: ReadonlyMap<string, Operation>
}

export interface ShutApi {
  readonly state: 'closed'
  readonly name: string
  readonly base: readonly SegmentTemplate[]
  /** For the event; never for the client. */
  readonly reason: string
}

export type PreparedApi = OpenApi | ShutApi

/** Fail closed, one API at a time (DESIGN §2): whatever is wrong inside an API shuts it and leaves the others alone. */
export function prepareApi(
  plan: Plan,
  api: PlanApi,
  env: KernelEnvironment,
  rules: RuleList,
): PreparedApi | undefined {
  const base = parseBase(api.basePath)
  if (base === undefined) return undefined
  if (api.state === 'closed') return shut(api.name, base, api.code)
  try {
    return open(plan, api, base, env, rules)
  } catch (cause) {
    return shut(api.name, base, cause instanceof Error ? cause.message : 'cannot be prepared')
  }
}

export function shut(name: string, base: readonly SegmentTemplate[], reason: string): ShutApi {
  return { state: 'closed', name, base, reason }
}

function open(
  plan: Plan,
  api: ActiveApi,
  base: readonly SegmentTemplate[],
  env: KernelEnvironment,
  rules: RuleList,
): OpenApi {
  const schemas = prepareSchemas(api.schema, env)
  const paths = pathNode<Operation>()
  const operations = new Map<string, Operation>()
  for (const declared of api.operations) {
    if (operations.has(declared.id))
      throw new TypeError(`operation ${declared.id}: id stands twice`)
    const templates = parseTemplate(declared.path)
    const steps = prepareSteps(plan, api, declared, schemas, rules)
    const operation: Operation = {
      api: api.name,
      plan: declared,
      route: api.basePath + declared.path,
      templates,
      captures: templates.some((template) => template.kind !== 'literal'),
      steps,
      fractional: steps.some(({ rule }) => rule.fraction !== undefined),
      respond: prepareResponder(api, declared, schemas),
    }
    addRoute(paths, declared.method, templates, operation)
    operations.set(declared.id, operation)
  }
  return { state: 'open', name: api.name, base, paths, operations }
}

/** `''` has no segments; anything else is fixed text. Where a base path is not one, there is nowhere to put the API: 404. */
function parseBase(basePath: string): readonly SegmentTemplate[] | undefined {
  if (basePath === '') return []
  try {
    const base = parseTemplate(basePath)
    const fixed = base.every((segment) => segment.kind === 'literal' && segment.text !== '')
    return fixed ? base : undefined
  } catch {
    return undefined
  }
}
