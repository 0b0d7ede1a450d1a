/** What the compiler takes and gives. `app` fills the source from configuration, inventory and objectives. */
import type { Level, Mode, Plan, PlanIssuer, PlanUpstream } from '../decide/index.ts'
import type { ImportedSpec } from '../inventory/index.ts'
import type { ControlId, ErrorCode, Place } from '../lib/index.ts'
import type { Objective } from '../objectives/index.ts'
import type { LinearRegex } from '../schema/index.ts'
import type { Template } from './template/templates.ts'

export interface PolicySource {
  readonly issuers: readonly PlanIssuer[]
  /** Origins under which clients call; absent: none is known. */
  readonly publicOrigins?: readonly string[]
  /** The gateway has a key for answers; absent: it has none. */
  readonly signsAnswers?: boolean
  /** There are trust stores, so seals can be verified; absent: there are none. */
  readonly trustStores?: boolean
  /** Organisation-wide rules that cannot be weakened. */
  readonly mandate: readonly RuleChange[]
  readonly apis: readonly ApiPolicySource[]
  /** What `template` may link to; absent: the templates of the product. */
  readonly templates?: readonly Template[]
  readonly regex: LinearRegex
}

export interface ApiPolicySource {
  readonly name: string
  readonly basePath: string
  readonly upstream: string
  /** Which names of its certificate count, and whether we show one; absent: its host, and none. */
  readonly upstreamTls?: PlanUpstream['tls']
  /** Further addresses, with the scheme and path of `upstream`. */
  readonly upstreamOthers?: readonly string[]
  readonly upstreamHealth?: PlanUpstream['health']
  /** `ais`, `ais@1.0.0` or `ais@1.0.0#sha256:…`; the digest, when given, must be that of the template. */
  readonly template: string
  readonly spec: ImportedSpec
  readonly objective: Objective
  readonly audit: 'strict' | 'buffered' | null
  readonly degraded: boolean
  /** Names of the issuers whose tokens it takes; `null`: all. */
  readonly issuers: readonly string[] | null
  readonly permissions: Readonly<Record<string, readonly string[]>>
  /** Who answers for it; may not approve what its rules loosen. */
  readonly owner: string | null
  /** The class it belongs to, with what the class says; `null`: none. */
  readonly class: { readonly name: string; readonly rules: readonly RuleChange[] } | null
  readonly rules: readonly RuleChange[]
  /** By `operationId` or `GET /path`. */
  readonly operations: Readonly<Record<string, OperationPolicySource>>
  /** Where the API stands in the configuration, for findings. */
  readonly place: Place
  readonly templatePlace: Place
}

export interface OperationPolicySource {
  readonly rules: readonly RuleChange[]
  readonly place: Place
}

/** One change of one rule by one level. `null` leaves what is above as it is. */
export interface RuleChange {
  readonly rule: string
  readonly mode: Mode | null
  /** Percent. */
  readonly fraction: number | null
  readonly params: Readonly<Record<string, unknown>>
  /** How far lower levels may go: to this mode, and to these values, or numbers `{ min, max }`. */
  readonly bounds: {
    readonly mode: Mode | null
    readonly params: Readonly<Record<string, unknown>>
  } | null
  /** The second person, for what it loosens. */
  readonly approval: { readonly by: string; readonly on: string } | null
  readonly place: Place
}

export interface CompiledPolicy {
  readonly plan: Plan
  readonly effective: readonly EffectivePolicy[]
  /** For posture: controls that the plan configures, API by API. */
  readonly configured: readonly ConfiguredControl[]
  readonly findings: readonly PolicyFinding[]
}

export interface EffectivePolicy {
  readonly api: string
  readonly state: 'active' | 'closed'
  readonly template: string
  /** Name of its class. */
  readonly class: string | null
  readonly rules: readonly EffectiveRule[]
  /** Operations with rules of their own, and those rules. */
  readonly operations: readonly {
    readonly operation: string
    readonly rules: readonly EffectiveRule[]
  }[]
  /** Required controls that the gateway could enforce and this policy does not. */
  readonly unmet: readonly {
    readonly control: ControlId
    readonly because: string
    readonly why: string
    /** No rule of this version can enforce it: nothing that a configuration says would help. */
    readonly later?: true
  }[]
}

export interface EffectiveRule {
  readonly rule: string
  readonly control: ControlId
  readonly mode: Mode
  readonly fraction: number | null
  readonly origin: { readonly level: Level; readonly source: string }
  /** Parameters in one line that a person reads. */
  readonly summary: string
  readonly params: readonly EffectiveParam[]
  /** What a level below the template loosened. `approvedBy`: the second person; `null`: there was none. */
  readonly weakened: readonly {
    readonly what: string
    readonly source: string
    readonly approvedBy: string | null
  }[]
  /** How many operations carry it, of how many. */
  readonly operations: number
  readonly of: number
}

export interface EffectiveParam {
  readonly name: string
  /** `null`: no restriction. */
  readonly value: number | string | boolean | readonly string[] | null
  /** Who set it; absent: nobody, so the default of the rule holds. */
  readonly origin?: { readonly level: Level; readonly source: string }
  /** How far the levels below may go, where that is elsewhere than the value. */
  readonly bound?: string
}

/** One control that the active policy of an API configures; `mode` says whether it is more than watched. */
export interface ConfiguredControl {
  readonly api: string
  readonly control: ControlId
  readonly rule: string
  readonly mode: Mode
  readonly fraction: number | null
  readonly origin: { readonly level: Level; readonly source: string }
  readonly operations: number
  readonly of: number
}

export interface PolicyFinding {
  readonly code: ErrorCode
  readonly severity: 'critical' | 'high' | 'medium' | 'low'
  readonly api: string
  readonly text: string
  readonly place: Place
  /** The API answers 503 because of it. */
  readonly closes: boolean
}
