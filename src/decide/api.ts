/**
 * One API of the plan, ready to be routed to; or the fact that it is closed. Routes are laid and every operation is looked over when
 * the kernel is made, so that what is unsound is known before anything is served; the costly rest (schemas, rules, projectors) is made
 * for an operation at its first request.
 */
import { type CheckedRules, checkOperation, checkRules } from './soundness.ts'
import { type Operation, prepareSteps, type RuleList, type Step } from './operation.ts'
import type { ActiveApi, Plan, PlanApi, PlanOperation } from './plan.ts'
import { corsOrigins } from './preflight.ts'
import { prepareResponder } from './respond.ts'
import { addRoute, type PathNode, pathNode } from './router.ts'
import { type KernelEnvironment, prepareSchemas, type Schemas } from './schemas.ts'
import { parseTemplate, type SegmentTemplate } from './template.ts'

export interface PreparedApi {
  readonly name: string
  readonly base: readonly SegmentTemplate[]
  readonly paths: PathNode<ListedOperation>
  readonly operations: ReadonlyMap<string, ListedOperation>
  /** Origins whose pages may read answers. */
  readonly origins: ReadonlySet<string>
  /**
   * Why nothing of it is served: for the event, never for the client. Set when the kernel is made, or by `readyOperation`, once and for
   * good; whoever is about to serve something of the API looks here first.
   */
  closed: string | undefined
}

/** An operation that can be found. */
export interface ListedOperation {
  readonly plan: PlanOperation
  /** Below the base path. */
  readonly templates: readonly SegmentTemplate[]
  /** Owned by `readyOperation`: made at the first request, then kept. */
  operation: Operation | undefined
  readonly prepare: () => Operation
}

/** Fail closed, one API at a time (DESIGN §2): whatever is wrong inside an API shuts it and leaves the others alone. */
export function prepareApi(
  plan: Plan,
  api: PlanApi,
  env: KernelEnvironment,
  rules: RuleList,
): PreparedApi | undefined {
  const base = isObject(api) ? parseBase(api.basePath) : undefined
  if (base === undefined) return undefined
  if (api.state === 'closed') return shut(api.name, base, api.code)
  try {
    return open(plan, api, base, env, rules)
  } catch (cause) {
    return shut(api.name, base, reasonOf(cause))
  }
}

/** A plan is typed, and read from a file all the same. */
function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}

const NO_ORIGINS: ReadonlySet<string> = new Set()

export function shut(name: string, base: readonly SegmentTemplate[], reason: string): PreparedApi {
  return {
    name,
    base,
    paths: pathNode(),
    operations: new Map(),
    origins: NO_ORIGINS,
    closed: reason,
  }
}

/** The operation, made now if it was not before. What cannot be made closes its whole API, also for requests that are under way. */
export function readyOperation(api: PreparedApi, listed: ListedOperation): Operation | undefined {
  if (api.closed !== undefined) return undefined
  try {
    return (listed.operation ??= listed.prepare())
  } catch (cause) {
    api.closed = reasonOf(cause)
    return undefined
  }
}

function open(
  plan: Plan,
  api: ActiveApi,
  base: readonly SegmentTemplate[],
  env: KernelEnvironment,
  rules: RuleList,
): PreparedApi {
  const checked = checkRules(plan, api, rules)
  const paths = pathNode<ListedOperation>()
  const operations = new Map<string, ListedOperation>()
  const origins = corsOrigins(api)
  const prepared: PreparedApi = {
    name: api.name,
    base,
    paths,
    operations,
    origins,
    closed: undefined,
  }
  let schemas: Schemas | undefined
  for (const declared of api.operations) {
    const listed = list(declared, checked, operations, (templates) => {
      schemas ??= prepareSchemas(api.schema, env)
      const steps = prepareSteps(plan, api, declared, schemas, rules)
      return {
        home: prepared,
        plan: declared,
        route: api.basePath + declared.path,
        templates,
        captures: templates.some((template) => template.kind !== 'literal'),
        steps,
        fractional: steps.some(({ rule }) => rule.fraction !== undefined),
        ...issuersOf(steps),
        respond: prepareResponder(api, declared, schemas),
      }
    })
    addRoute(paths, declared.method, listed.templates, listed)
    operations.set(declared.id, listed)
  }
  return prepared
}

function list(
  declared: PlanOperation,
  checked: CheckedRules,
  known: ReadonlyMap<string, unknown>,
  prepare: (templates: readonly SegmentTemplate[]) => Operation,
): ListedOperation {
  if (known.has(declared.id)) throw new TypeError(`operation ${declared.id}: id stands twice`)
  const templates = parseTemplate(declared.path)
  checkOperation(declared, checked)
  return { plan: declared, templates, operation: undefined, prepare: () => prepare(templates) }
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : 'cannot be prepared'
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

/** Whose tokens a rule of the operation takes. */
function issuersOf(steps: readonly Step[]): { readonly issuers?: readonly string[] } {
  for (const { rule } of steps)
    if (rule.name === 'token.validation') return { issuers: rule.params.issuers }
  return {}
}
