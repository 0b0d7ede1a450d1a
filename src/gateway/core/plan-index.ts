/** What the core looks up in a plan for each request, gathered once per plan. */
import {
  type ActiveApi,
  bucketOf,
  corsOrigins,
  type Kernel,
  type NamedObject,
  namedObjects,
  ruleNamed,
  signedHeader,
  type ObjectSelector,
  preparePublicLink,
  type PublicLink,
  type Plan,
  type PlanOperation,
  type RuleName,
  type RuleOf,
} from '../../decide/index.ts'
import type { FactsRecord } from '../../events/index.ts'
import { signedStatuses } from './answer-signature.ts'
import { DEFAULT_INTERACTION_HEADER } from './interaction.ts'
import { type BeyondRequest, beyondRequest } from './request-side.ts'
import { Recent } from '../../lib/index.ts'

export interface ApiIndex {
  readonly api: ActiveApi
  /** Lower case. */
  readonly interactionHeader: string
  readonly operations: ReadonlyMap<string, OperationIndex>
  /** Origins whose pages may read answers. */
  readonly origins: ReadonlySet<string>
  /** How a link of the bank leaves. */
  readonly link: PublicLink
  /** It takes tokens that are bound to DPoP keys. */
  readonly dpop: 'taken' | undefined
}
export interface OperationIndex {
  readonly selectors: readonly SelectorIndex[]
  /** Names of declared query parameters. */
  readonly query: ReadonlySet<string>
  /** Names of declared header parameters, in lower case. */
  readonly headers: readonly string[]
  /** How a decision about it is recorded; a write that is allowed is strict whatever this says. */
  readonly audit: ActiveApi['audit']
  /** What the challenge for a step-up says (RFC 9470 §3); absent: the operation asks for none. */
  readonly stepUp?: string
  /** Refusals of ours are signed too, where these answers declare it. */
  readonly signed?: { readonly header: string; readonly statuses: ReadonlyMap<string, boolean> }
  /** What may name somebody's object, compared or not. */
  readonly named: NamedIndex
  /** Needs more than the request: refused where another data plane carries the answer. */
  readonly beyond?: BeyondRequest
}
export interface NamedIndex {
  readonly objects: readonly NamedObject[]
  /** The record of the usual case, by account and customer: nothing is named but one parameter of the path. */
  readonly alone: readonly NamedRecord[] | undefined
}
export type NamedRecord = NonNullable<FactsRecord['named']>
export interface SelectorIndex extends ObjectSelector {
  /** `path:AccountId` */
  readonly label: string
  /** What is recorded when it is the only selector, by whether the consent covers the object. */
  readonly alone: readonly [
    no: Readonly<Record<string, boolean>>,
    yes: Readonly<Record<string, boolean>>,
  ]
}
export interface PlanIndex {
  readonly kernel: Kernel
  readonly apis: ReadonlyMap<string, ApiIndex>
  /** The most that any operation takes; the kernel judges each by its own. */
  readonly maxBodyBytes: number
  /** The canary bucket of a client under this plan; `''` while the client is not known. */
  bucket(client: string): number
}

/** For plans without a body rule: nothing in them takes one. */
const NO_BODY_RULE_BYTES = 65_536
const BUCKETS_REMEMBERED = 2_000

export function indexPlan(kernel: Kernel): PlanIndex {
  const apis = new Map<string, ApiIndex>()
  for (const api of kernel.plan.apis) if (api.state === 'active') apis.set(api.name, indexApi(api))
  const buckets = new Recent<number>(BUCKETS_REMEMBERED)
  return {
    kernel,
    apis,
    maxBodyBytes: maxBodyBytes(kernel.plan),
    bucket(client) {
      let bucket = buckets.get(client)
      if (bucket === undefined) {
        bucket = bucketOf(client, kernel.plan.digest)
        buckets.set(client, bucket)
      }
      return bucket
    },
  }
}

function indexApi(api: ActiveApi): ApiIndex {
  const audit = api.rules.find((rule) => isRule(rule, 'logging.audit'))
  const operations = new Map<string, OperationIndex>()
  for (const operation of api.operations) {
    const selectors = operation.rules.flatMap((at) => {
      const rule = api.rules[at]
      return rule !== undefined && isRule(rule, 'authz.objects')
        ? rule.params.selectors.map(indexSelector)
        : []
    })
    const query = new Set(
      operation.parameters.filter((one) => one.in === 'query').map((one) => one.name),
    )
    const headers = operation.parameters.flatMap((one) =>
      one.in === 'header' ? [one.name.toLowerCase()] : [],
    )
    const named = indexNamed(namedObjects(operation, selectors))
    operations.set(operation.id, {
      selectors,
      query,
      headers,
      named,
      audit: auditOf(api, operation),
      ...stepUpOf(api, operation),
      ...signedOf(api, operation),
      ...beyondOf(api, operation),
    })
  }
  const header = audit?.params.interactionHeader.toLowerCase() ?? DEFAULT_INTERACTION_HEADER
  const dpop = api.rules.some(
    (rule) => isRule(rule, 'token.senderConstrained') && rule.params.methods.includes('dpop'),
  )
  const link = preparePublicLink(api)
  return {
    api,
    interactionHeader: header,
    operations,
    origins: corsOrigins(api),
    link,
    dpop: dpop ? 'taken' : undefined,
  }
}

function beyondOf(api: ActiveApi, operation: PlanOperation): Pick<OperationIndex, 'beyond'> {
  const [beyond] = beyondRequest(api, operation)
  return beyond === undefined ? {} : { beyond }
}

function stepUpOf(api: ActiveApi, operation: PlanOperation): Pick<OperationIndex, 'stepUp'> {
  const rule = ruleNamed(api, operation, 'sca.required')
  if (rule === undefined) return {}
  const { acr, maxAgeSeconds, history } = rule.params
  const values = acr === undefined ? '' : `, acr_values="${acr.join(' ')}"`
  // One challenge for each operation: an authentication as fresh as the days before need does for everything.
  const age = Math.min(
    maxAgeSeconds ?? Infinity,
    history?.beyond === 'challenge' ? history.freshSeconds : Infinity,
  )
  return { stepUp: `${values}${age === Infinity ? '' : `, max_age="${age}"`}` }
}

function signedOf(api: ActiveApi, operation: PlanOperation): Pick<OperationIndex, 'signed'> {
  const rule = ruleNamed(api, operation, 'request.signature')
  const header = rule === undefined ? undefined : signedHeader(rule)
  if (header === undefined) return {}
  return { signed: { header, statuses: signedStatuses(operation, header) } }
}

function auditOf(api: ActiveApi, operation: PlanOperation): ActiveApi['audit'] {
  for (const at of operation.rules) {
    const rule = api.rules[at]
    if (rule !== undefined && isRule(rule, 'logging.audit')) return rule.params.reads ?? api.audit
  }
  return api.audit
}

function indexNamed(objects: readonly NamedObject[]): NamedIndex {
  const [only] = objects
  if (only === undefined || objects.length > 1 || only.in !== 'path')
    return { objects, alone: undefined }
  const list = [only.label]
  const record = (ofConsent: readonly string[], ofSubject: readonly string[]): NamedRecord => ({
    present: list,
    ofConsent,
    ofSubject,
  })
  return {
    objects,
    alone: [record([], []), record(list, []), record([], list), record(list, list)],
  }
}

function indexSelector(selector: ObjectSelector): SelectorIndex {
  const label = `${selector.in}:${selector.name}`
  return { ...selector, label, alone: [{ [label]: false }, { [label]: true }] }
}

/** The most that any operation of the plan takes. */
export function maxBodyBytes(plan: Plan): number {
  let most = 0
  for (const api of plan.apis)
    if (api.state === 'active')
      for (const rule of api.rules)
        if (isRule(rule, 'request.validation')) most = Math.max(most, rule.params.maxBodyBytes)
  return most === 0 ? NO_BODY_RULE_BYTES : most
}

function isRule<N extends RuleName>(rule: ActiveApi['rules'][number], name: N): rule is RuleOf<N> {
  return rule.name === name
}
