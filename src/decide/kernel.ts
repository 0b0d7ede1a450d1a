/** From a request to a verdict: target, API, operation, headers, rules. Pure; everything it keeps was made from the plan. */
import type { ErrorCode } from '../lib/index.ts'
import { type PreparedApi, prepareApi, readyOperation, shut } from './api.ts'
import { evaluate } from './evaluate.ts'
import type { Facts } from './facts.ts'
import { repeatedHeader } from './headers.ts'
import type { Operation, RuleList } from './operation.ts'
import type { Plan } from './plan.ts'
import { preflightAnswer, preflightAsked } from './preflight.ts'
import { type Progress, unseal } from './progress.ts'
import { addBase, type BaseNode, baseNode, findBase, findPath } from './router.ts'
import type { KernelEnvironment } from './schemas.ts'
import { judgeTarget, type JudgedTarget } from './target.ts'
import { capture, isWrittenAs } from './template.ts'
import type { Deny, Kernel, RuleFailure } from './verdict.ts'

/** `prepare` with another list of rules: for the rules' own tests. */
export function prepareWith(plan: Plan, env: KernelEnvironment, rules: RuleList): Kernel {
  const apis = apisOf(plan).flatMap((api) => prepareApi(plan, api, env, rules) ?? [])
  const bases = layBases(apis)
  const byName = new Map(apis.map((api) => [api.name, api]))
  const owner = {}
  return {
    plan,
    next(facts) {
      const progress = unseal(owner, facts) ?? start(owner, bases, plan.digest, facts)
      if ('kind' in progress) return progress
      const { home } = progress.operation
      return home.closed === undefined
        ? evaluate(progress, facts, plan.digest)
        : closedBaseline(plan.digest, home)
    },
    apiAt(written) {
      const target = judgeTarget(written)
      return 'fault' in target ? undefined : findBase(bases, target.segments)?.name
    },
    preflight(request) {
      const asked = preflightAsked(request)
      const target = asked === undefined ? undefined : judgeTarget(request.target)
      if (asked === undefined || target === undefined || 'fault' in target) return undefined
      const api = findBase(bases, target.segments)
      if (api === undefined || api.closed !== undefined || !api.origins.has(asked.origin))
        return undefined
      const methods = findPath(api.paths, target.segments, api.base.length)
      const listed = methods?.get(asked.method)
      // An operation of the specification is answered as any other.
      return listed === undefined || methods?.has('OPTIONS') === true
        ? undefined
        : preflightAnswer(api.name, asked.origin, [...(methods?.keys() ?? [])].sort(), listed.plan)
    },
    respond(allow, facts, head) {
      const api = byName.get(allow.match.api)
      const listed = api?.operations.get(allow.match.operation)
      const operation =
        api === undefined || listed === undefined ? undefined : readyOperation(api, listed)
      return operation === undefined
        ? { kind: 'refuse', code: 'GH_GATEWAY_RESPONSE_REFUSED', reason: 'not of this plan' }
        : operation.respond(facts, head)
    },
  }
}

/** A plan that does not list its APIs has none: everything is denied. */
function apisOf(plan: Plan): Plan['apis'] {
  const listed: unknown = plan.apis
  return Array.isArray(listed) ? plan.apis : []
}

/** Two APIs with one base path, or one name, cannot be told apart: both are shut. */
function layBases(apis: readonly PreparedApi[]): BaseNode<PreparedApi> {
  const root = baseNode<PreparedApi>()
  for (const api of apis) {
    const node = addBase(root, api.base)
    const alone =
      node.api === undefined && !apis.some((other) => other !== api && other.name === api.name)
    node.api = alone ? api : shut(api.name, api.base, 'another API has this name or base path')
  }
  return root
}

/** The beginning of an evaluation, or why there is none. Every refusal here is of `gateway.baseline`, which no plan can switch off. */
function start(
  owner: object,
  bases: BaseNode<PreparedApi>,
  planDigest: string,
  facts: Facts,
): Progress | Deny {
  const { request } = facts
  const target = judgeTarget(request.target)
  if ('fault' in target) return baseline(planDigest, target.code, target.fault)
  const api = findBase(bases, target.segments)
  if (api === undefined) return baseline(planDigest, 'GH_GATEWAY_ROUTE_UNKNOWN', 'no API here')
  const place = { api: api.name }
  if (api.closed !== undefined) return closedBaseline(planDigest, api)
  const methods = findPath(api.paths, target.segments, api.base.length)
  if (methods === undefined)
    return baseline(planDigest, 'GH_GATEWAY_ROUTE_UNKNOWN', 'no operation has this path', place)
  const listed = methods.get(request.method)
  if (listed === undefined)
    return baseline(planDigest, 'GH_GATEWAY_METHOD_UNKNOWN', 'the path has no such method', {
      ...place,
      allow: [...methods.keys()].sort(),
    })
  const operation = readyOperation(api, listed)
  if (operation === undefined) return closedBaseline(planDigest, api)
  if (!isCanonical(operation, api, target))
    return baseline(
      planDigest,
      'GH_GATEWAY_TARGET_MALFORMED',
      'fixed text of the path is written with escapes',
      place,
    )
  const repeated = repeatedHeader(request.headers)
  if (repeated !== undefined)
    return baseline(planDigest, 'GH_GATEWAY_HEADER_REPEATED', `header ${repeated}`, place)
  return { owner, operation, request: judged(operation, api, target), at: 0, failed: NONE }
}

const NONE: readonly RuleFailure[] = []
const NO_PARAMETERS: ReadonlyMap<string, string> = new Map()

function judged(operation: Operation, api: PreparedApi, target: JudgedTarget): Progress['request'] {
  let parameters = NO_PARAMETERS
  if (operation.captures) {
    const captured = new Map<string, string>()
    let at = api.base.length
    for (const template of operation.templates)
      capture(template, target.segments[at++] ?? '', captured)
    parameters = captured
  }
  const { plan, route } = operation
  return {
    match: { api: api.name, operation: plan.id, method: plan.method, route, parameters },
    query: target.query,
  }
}

/**
 * Escapes may spell the data of a path, not its structure: `/%61ccounts` is refused rather than read as `/accounts`, because a bank
 * or a log in between might not read it so.
 */
function isCanonical(operation: Operation, api: PreparedApi, { written }: JudgedTarget): boolean {
  if (written === undefined) return true
  return (
    api.base.every((template, at) => isWrittenAs(template, written[at] ?? '')) &&
    operation.templates.every((template, at) =>
      isWrittenAs(template, written[api.base.length + at] ?? ''),
    )
  )
}

function closedBaseline(planDigest: string, { name, closed = '' }: PreparedApi): Deny {
  return baseline(planDigest, 'GH_GATEWAY_API_CLOSED', `closed: ${closed}`, { api: name })
}

function baseline(
  planDigest: string,
  code: ErrorCode,
  detail: string,
  place: { readonly api?: string; readonly allow?: readonly string[] } = {},
): Deny {
  const rule = 'gateway.baseline'
  const control = 'gateway-hardening'
  return {
    kind: 'deny',
    code,
    rule,
    ...place,
    trail: { planDigest, ran: 0, failed: [{ rule, control, code, effect: 'denied', detail }] },
  }
}
