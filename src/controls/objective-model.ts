/** The numbers and levels that objectives are computed from: part of the catalogue, so that they carry its version. */
import type { Exposure, Role } from './control.ts'

export interface DataClass {
  readonly id: string
  /** Levels 0–3 of confidentiality and integrity. */
  readonly C: 0 | 1 | 2 | 3
  readonly I: 0 | 1 | 2 | 3
  /** Data about a person, in the sense of GDPR art 4(1). */
  readonly personal: boolean
  readonly meaning: string
}

type Level = 0 | 1 | 2 | 3
type ByLevel<T> = Readonly<Record<'0' | '1' | '2' | '3', T>>

// Type aliases, so that the numbers can be read as a table by name.
export type ServiceNumbers = {
  readonly sloPercent: number
  readonly rtoMinutes: number
  readonly rpoMinutes: number
  readonly maxSingleOutageMinutes: number
  readonly errorRatePercent: number
  readonly detectMinutes: number
}

export type ProtectionNumbers = {
  readonly accessTokenMaxSeconds: number
  readonly adminIdleSeconds: number
  readonly accessReviewDays: number
  readonly configEvidenceDays: number
  readonly probeEvidenceDays: number
  readonly activeTestDays: number
  readonly penTestDays: number
  readonly exceptionMaxDays: number
}

export interface ObjectiveModel {
  readonly numbersStatus: string
  readonly rules: readonly { readonly id: string; readonly text: string }[]
  readonly dataClasses: readonly DataClass[]
  readonly roleFloors: Readonly<Record<Role, Readonly<Record<'C' | 'I' | 'A' | 'Au', Level>>>>
  readonly outageBands: Readonly<Record<'within-2h' | 'within-24h' | 'within-5d' | 'later', Level>>
  readonly serviceByAvailability: ByLevel<ServiceNumbers>
  readonly protectionByAssurance: ByLevel<ProtectionNumbers>
  readonly latencyByRole: Readonly<Record<Role, { readonly metric: string; readonly ms: number }>>
  /** Regime id → the availability that it publishes or demands. */
  readonly sloFloors: Readonly<
    Record<string, { readonly percent: number; readonly window: string }>
  >
}

export interface Enumerations {
  readonly categories: readonly string[]
  readonly consequences: readonly string[]
  readonly severities: readonly string[]
  readonly roles: readonly Role[]
  readonly exposures: readonly Exposure[]
  readonly features: readonly string[]
  readonly evidenceKinds: Readonly<Record<string, string>>
  readonly mappingRelations: readonly string[]
  readonly mappingDefault: string
}

/** What a scheme says about service, in sentences, with how far it was checked. */
export interface SchemeFacts {
  readonly regime: string
  readonly facts: readonly string[]
  readonly checked: string
}
