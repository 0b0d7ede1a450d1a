/** The control: one thing that must hold of an API. Every other module speaks in control ids (DESIGN §1). */
import type { ControlId } from '../lib/index.ts'

export type Checked = 'text' | 'title' | 'mirror' | 'secondary' | 'memory'
export type Severity = 'critical' | 'high' | 'medium' | 'low'
export type Consequence =
  | 'reputation-loss'
  | 'regulatory-fines'
  | 'data-loss'
  | 'identity-theft'
  | 'money-laundering'
  | 'terrorist-financing'
export type EvidenceKind =
  | 'gateway-config'
  | 'traffic'
  | 'external-probe'
  | 'active-test'
  | 'attestation'
export type Role =
  | 'open-data'
  | 'ais'
  | 'pis'
  | 'cbpii'
  | 'auth'
  | 'admin'
  | 'internal'
  | 'partner'
  | 'event'
export type Exposure =
  | 'internet-anonymous'
  | 'internet-authenticated'
  | 'partner-network'
  | 'internal-network'
export type Category =
  | 'identity'
  | 'transport'
  | 'authorisation'
  | 'data'
  | 'payments'
  | 'resilience'
  | 'monitoring'
  | 'governance'

export interface Control {
  readonly id: ControlId
  readonly title: string
  readonly intent: string
  readonly category: Category
  readonly severityIfMissing: Severity
  readonly counters: readonly Consequence[]
  readonly requiredWhen: readonly RequiredWhen[]
  readonly references: ControlReferences
  readonly enforce: {
    readonly policyField: string
    readonly expectation: string
    readonly coverage: 'full' | 'partial'
  }
  readonly observe: string
  readonly testFromOutside: string
  readonly evidence: { readonly kinds: readonly EvidenceKind[]; readonly freshnessDays: number }
  /** What must be kept in mind when it is read; most have none. */
  readonly note: string | null
  /** File of a bank's own control, relative to the configuration; absent: it is of the catalogue. */
  readonly file?: string
}

/** All conditions present must hold; `because` is the reason shown. An empty condition always holds. */
export interface RequiredWhen {
  readonly exposure?: readonly Exposure[]
  readonly roles?: readonly Role[]
  readonly minLevel?: Readonly<Partial<Record<'C' | 'I' | 'A' | 'Au', number>>>
  readonly regimes?: readonly string[]
  readonly features?: readonly string[]
  readonly dataClasses?: readonly string[]
  readonly jurisdictions?: readonly string[]
  readonly because: string
}

export interface ControlReferences {
  readonly regulations: readonly {
    readonly regime: string
    readonly clause: string
    readonly checked: Checked
  }[]
  readonly owaspApi2019: readonly string[]
  readonly owaspApi2023: readonly string[]
  /** Identifiers only: the texts are licensed. */
  readonly asvs5: readonly { readonly id: string; readonly level: number }[]
  readonly nist80053r5: readonly string[]
  readonly nist800228: readonly string[]
  readonly scf?: string
  readonly [other: string]: unknown
}
