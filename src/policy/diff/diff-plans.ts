/**
 * What changes for people between two plans: APIs that come, go, close or open again, operations, rules, and for each changed
 * parameter whether it became tighter. Schema nodes and rule indexes are how a plan is written, not what it means, and are not compared.
 */
import type { ActiveApi, Plan, PlanApi, PlanOperation, PlanRule } from '../../decide/index.ts'
import { canonicalJson } from '../../lib/index.ts'
import { strength } from '../merge/merged-rule.ts'
import { compareParams, type Direction } from './compare-params.ts'

export type PlanDifference =
  | { readonly kind: 'api-added' | 'api-removed' | 'api-reopened'; readonly api: string }
  | { readonly kind: 'api-closed'; readonly api: string; readonly reason: string }
  | {
      readonly kind: 'api-changed'
      readonly api: string
      readonly what: string
      readonly before: string
      readonly after: string
    }
  | {
      readonly kind: 'operation-added' | 'operation-removed'
      readonly api: string
      readonly operation: string
    }
  | {
      readonly kind: 'rule-added' | 'rule-removed'
      readonly api: string
      readonly rule: string
      readonly operations: readonly string[]
      readonly effect: Direction
    }
  | {
      readonly kind: 'rule-mode'
      readonly api: string
      readonly rule: string
      readonly before: string
      readonly after: string
      readonly operations: readonly string[]
      readonly effect: Direction
    }
  | {
      readonly kind: 'rule-params'
      readonly api: string
      readonly rule: string
      readonly param: string
      readonly before: string
      readonly after: string
      readonly operations: readonly string[]
      readonly effect: Direction
    }
  | {
      readonly kind: 'issuers-changed'
      readonly before: readonly string[]
      readonly after: readonly string[]
    }

/** In a stable order: issuers, then APIs by name, within one by what it is, operations, rules. `null`: nothing ran before. */
export function diffPlans(before: Plan | null, after: Plan): readonly PlanDifference[] {
  const found: PlanDifference[] = []
  const names = (plan: Plan): readonly string[] => plan.issuers.map(({ issuer }) => issuer).sort()
  if (before !== null && canonicalJson(before.issuers) !== canonicalJson(after.issuers))
    found.push({ kind: 'issuers-changed', before: names(before), after: names(after) })
  const old = byName(before?.apis ?? [])
  const next = byName(after.apis)
  for (const name of [...new Set([...old.keys(), ...next.keys()])].sort())
    found.push(...diffApi(name, old.get(name), next.get(name)))
  return found
}

function byName(apis: readonly PlanApi[]): ReadonlyMap<string, PlanApi> {
  return new Map(apis.map((api) => [api.name, api]))
}

function diffApi(
  name: string,
  before: PlanApi | undefined,
  after: PlanApi | undefined,
): readonly PlanDifference[] {
  if (after === undefined) return [{ kind: 'api-removed', api: name }]
  const added: PlanDifference[] = before === undefined ? [{ kind: 'api-added', api: name }] : []
  if (after.state === 'closed')
    return before?.state === 'closed' && before.reason === after.reason
      ? []
      : [...added, { kind: 'api-closed', api: name, reason: after.reason }]
  if (before === undefined) return added
  if (before.state === 'closed') return [{ kind: 'api-reopened', api: name }]
  return [
    ...diffFacts(before, after),
    ...diffOperations(before, after),
    ...diffRules(before, after),
  ]
}

/** What stands beside the rules. */
function diffFacts(before: ActiveApi, after: ActiveApi): readonly PlanDifference[] {
  const facts = (api: ActiveApi): ReadonlyMap<string, string> =>
    new Map([
      ['basePath', api.basePath],
      ['template', `${api.template.name}@${api.template.version}#${api.template.digest}`],
      ['upstream', `${addressesOf(api).join(', ')}${api.upstream.pathPrefix}`],
      // Told with the rule, where there is one.
      ...(api.rules.some((rule) => rule.name === 'logging.audit' && rule.params.reads !== undefined)
        ? []
        : [['audit', api.audit] as const]),
      ['degraded', String(api.degraded)],
      ['feedAllowanceMs', String(api.feedAllowanceMs)],
      ['connectTimeoutMs', String(api.upstream.connectTimeoutMs)],
      ['headersTimeoutMs', String(api.upstream.headersTimeoutMs)],
      ['bodyTimeoutMs', String(api.upstream.bodyTimeoutMs)],
      ['maxResponseBytes', String(api.upstream.maxResponseBytes)],
      ['upstreamTls', JSON.stringify(api.upstream.tls ?? 'none')],
      ['upstreamEgress', JSON.stringify(api.upstream.egress ?? 'none')],
      ['upstreamHealth', JSON.stringify(api.upstream.health ?? 'none')],
      ['upstreamEjection', JSON.stringify(api.upstream.ejection ?? 'none')],
      ['upstreamRetries', JSON.stringify(api.upstream.retries ?? 'none')],
      ['breakerFailures', String(api.upstream.breaker?.failures ?? 'none')],
      ['breakerOpenMs', String(api.upstream.breaker?.openMs ?? 'none')],
    ])
  const next = facts(after)
  return [...facts(before)].flatMap(([what, value]) => {
    const now = next.get(what) ?? ''
    return now === value
      ? []
      : [{ kind: 'api-changed' as const, api: after.name, what, before: value, after: now }]
  })
}

const addressesOf = ({ upstream: { origin, others = [] } }: ActiveApi): readonly string[] => [
  origin,
  ...others,
]

function diffOperations(before: ActiveApi, after: ActiveApi): readonly PlanDifference[] {
  const missing = (from: ActiveApi, other: ActiveApi): readonly string[] => {
    const known = new Set(other.operations.map(route))
    return from.operations.filter((operation) => !known.has(route(operation))).map(({ id }) => id)
  }
  const api = after.name
  return [
    ...missing(after, before).map((operation) => ({
      kind: 'operation-added' as const,
      api,
      operation,
    })),
    ...missing(before, after).map((operation) => ({
      kind: 'operation-removed' as const,
      api,
      operation,
    })),
  ]
}

type RuleDifference = Extract<PlanDifference, { readonly operations: readonly string[] }>

/** Rules of the operations that both plans have; the same difference on many operations is told once. */
function diffRules(before: ActiveApi, after: ActiveApi): readonly PlanDifference[] {
  const old = new Map(before.operations.map((operation) => [route(operation), operation]))
  const grouped = new Map<string, { difference: RuleDifference; operations: string[] }>()
  for (const operation of after.operations) {
    const was = old.get(route(operation))
    if (was === undefined) continue
    for (const difference of diffOperationRules(
      after.name,
      rulesOf(before, was),
      rulesOf(after, operation),
    )) {
      const key = canonicalJson(difference)
      const known = grouped.get(key)
      if (known === undefined) grouped.set(key, { difference, operations: [operation.id] })
      else known.operations.push(operation.id)
    }
  }
  return [...grouped.values()].map(({ difference, operations }) => ({ ...difference, operations }))
}

function diffOperationRules(
  api: string,
  before: ReadonlyMap<string, PlanRule>,
  after: ReadonlyMap<string, PlanRule>,
): readonly RuleDifference[] {
  const found: RuleDifference[] = []
  const operations: readonly string[] = []
  for (const rule of new Set([...before.keys(), ...after.keys()])) {
    const [was, is] = [before.get(rule), after.get(rule)]
    if (was === undefined)
      found.push({ kind: 'rule-added', api, rule, operations, effect: 'tighter' })
    else if (is === undefined)
      found.push({ kind: 'rule-removed', api, rule, operations, effect: 'looser' })
    else {
      if (modeOf(was) !== modeOf(is))
        found.push({
          kind: 'rule-mode',
          api,
          rule,
          before: modeOf(was),
          after: modeOf(is),
          operations,
          effect: strengthOf(is) > strengthOf(was) ? 'tighter' : 'looser',
        })
      for (const change of compareParams(was, is))
        found.push({ kind: 'rule-params', api, rule, operations, ...change })
    }
  }
  return found
}

function rulesOf(api: ActiveApi, { rules }: PlanOperation): ReadonlyMap<string, PlanRule> {
  return new Map(
    rules.flatMap((index) => {
      const rule = api.rules[index]
      return rule === undefined ? [] : [[rule.name, rule] as const]
    }),
  )
}

function route({ method, path }: PlanOperation): string {
  return `${method} ${path}`
}

function modeOf({ mode, fraction, origin }: PlanRule): string {
  const share = fraction === undefined ? '' : ` for ${fraction / 100} %`
  return origin.level === 'mandate' ? 'enforce by mandate' : `${mode}${share}`
}

/** A mandate counts a little more than any mode: nobody below can switch it off. */
function strengthOf({ mode, fraction, origin }: PlanRule): number {
  return origin.level === 'mandate'
    ? 3
    : strength(mode, fraction === undefined ? null : fraction / 100)
}
