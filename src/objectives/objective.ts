/** What an API must meet, computed; each number and each control with the rule that asked for it. Versioned with approver and date. */
import type { Control, Exposure, Role } from '../controls/index.ts'
import type { ControlId, ErrorCode } from '../lib/index.ts'

export interface ApiProfile {
  readonly api: string
  readonly roles: readonly Role[]
  readonly dataClasses: readonly string[]
  readonly exposure: Exposure
  /** `EU`, `EEA`, `UK`, `US-NY` or an ISO 3166 code; a member state counts as the EU. */
  readonly jurisdictions: readonly string[]
  readonly entity: readonly string[]
  readonly seriousHarmWithin: 'within-2h' | 'within-24h' | 'within-5d' | 'later'
  readonly criticalOrImportantFunction: boolean
  readonly features: readonly string[]
  /** Levels of the APIs that cannot work without this one (O-05). */
  readonly servesLevels: readonly Partial<Levels>[]
  /** Regimes that the bank follows although they do not bind it here; they count in full, marked `reference`. */
  readonly referenceRegimes?: readonly string[]
}
export interface Levels {
  readonly C: Level
  readonly I: Level
  readonly A: Level
  readonly Au: Level
}
export type Level = 0 | 1 | 2 | 3

export interface Reason {
  readonly rule: string
  readonly text: string
}

export interface Objective {
  readonly api: string
  /** `sha256:` over profile, catalogue version and outcome: a new version when anything changes. */
  readonly version: string
  readonly approval: { readonly by: string; readonly on: string } | null
  readonly profile: ApiProfile
  readonly levels: Levels
  readonly tier: 'open' | 'basic' | 'elevated' | 'critical'
  readonly assurance: Level
  readonly regimes: readonly AppliedRegime[]
  readonly service: Readonly<Record<string, unknown>> & { readonly sloPercent: number }
  readonly protection: Readonly<Record<string, number | null>>
  readonly required: readonly RequiredControl[]
  readonly because: readonly Reason[]
  /** Not empty: the API may not be activated. */
  readonly conflicts: readonly Conflict[]
  /** Controls that the bank wrote itself, required or not; absent: it wrote none. */
  readonly ownControls?: readonly Control[]
}

/** `law`: it binds the bank here. `reference`: the bank follows it by its own choice. */
export interface AppliedRegime {
  readonly id: string
  readonly basis: 'law' | 'reference'
}
export interface Conflict {
  readonly code: ErrorCode
  readonly text: string
}

export interface RequiredControl {
  readonly control: ControlId
  readonly because: string
  /** Clauses of the objective's regimes that the control supports, with how far each was checked. */
  readonly clauses: readonly {
    readonly regime: string
    readonly clause: string
    readonly checked: string
  }[]
}
