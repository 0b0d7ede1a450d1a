/** What the compiler takes and gives. `app` fills the source from configuration, inventory and objectives. */
import type { Level, Mode, Plan, PlanIssuer } from '../decide/index.ts'
import type { ImportedSpec } from '../inventory/index.ts'
import type { ControlId, ErrorCode, Place } from '../lib/index.ts'
import type { Objective } from '../objectives/index.ts'
import type { LinearRegex } from '../schema/index.ts'

export interface PolicySource {
  readonly issuers: readonly PlanIssuer[]
  /** Organisation-wide rules that cannot be weakened. */
  readonly mandate: readonly RuleChange[]
  readonly apis: readonly ApiPolicySource[]
  readonly regex: LinearRegex
}

export interface ApiPolicySource {
  readonly name: string
  readonly basePath: string
  readonly upstream: string
  /** `ais`, `ais@1.0.0` or `ais@1.0.0#sha256:…`; the digest, when given, must be that of the template. */
  readonly template: string
  readonly spec: ImportedSpec
  readonly objective: Objective
  readonly audit: 'strict' | 'buffered' | null
  readonly degraded: boolean
  /** Names of the issuers whose tokens it takes; `null`: all. */
  readonly issuers: readonly string[] | null
  readonly permissions: Readonly<Record<string, readonly string[]>>
  readonly rules: readonly RuleChange[]
  /** Where the API stands in the configuration, for findings. */
  readonly place: Place
  readonly templatePlace: Place
}

/** One change of one rule by one level. `null` leaves what is below as it is. */
export interface RuleChange {
  readonly rule: string
  readonly mode: Mode | null
  /** Percent. */
  readonly fraction: number | null
  readonly params: Readonly<Record<string, unknown>>
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
  readonly rules: readonly EffectiveRule[]
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
  /** How many operations carry it, of how many. */
  readonly operations: number
  readonly of: number
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
