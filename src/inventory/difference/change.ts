/** One difference between two versions of an API, and what it means to those who use it and to those who guard it. */
import type { Diagnostic } from '../../lib/index.ts'

/**
 * `additive`: who used the old one can go on. `breaking`: somebody who did what the old one said is refused, or gets what it did not
 * say. `security`: less is asked of a caller, less is checked, more may leave, or it goes elsewhere. One change can be several.
 */
export type ChangeKind = 'additive' | 'breaking' | 'security'

export const CHANGE_CODES = {
  'server-moved': ['breaking', 'security'],
  'base-path-changed': ['breaking', 'security'],
  'operation-added': ['additive'],
  'operation-added-open': ['additive', 'security'],
  'operation-removed': ['breaking'],
  'operation-id-changed': ['breaking'],
  'operation-unsound': ['breaking'],
  'operation-deprecated': ['additive'],
  'role-changed': ['security'],
  'path-parameter-renamed': ['security'],
  'security-dropped': ['additive', 'security'],
  'security-loosened': ['additive', 'security'],
  'security-tightened': ['breaking'],
  'parameter-added': ['additive'],
  'parameter-added-required': ['breaking'],
  'parameter-removed': ['breaking'],
  'parameter-required': ['breaking'],
  'parameter-optional': ['additive'],
  'parameter-style-changed': ['breaking'],
  'body-added': ['additive'],
  'body-removed': ['breaking'],
  'body-required': ['breaking'],
  'body-optional': ['additive'],
  'media-type-added': ['additive'],
  'media-type-removed': ['breaking'],
  'response-added': ['additive'],
  'response-removed': ['breaking'],
  'response-header-added': ['additive', 'security'],
  'response-header-removed': ['breaking'],
  'personal-data-added': ['security'],
  'schema-removed': ['breaking', 'security'],
  'schema-added': ['breaking'],
  'request-member-added': ['additive'],
  'request-member-added-required': ['breaking'],
  'request-member-removed': ['breaking'],
  'request-member-required': ['breaking'],
  'request-member-optional': ['additive'],
  'request-type-widened': ['additive', 'security'],
  'request-type-narrowed': ['breaking'],
  'request-enum-widened': ['additive'],
  'request-enum-narrowed': ['breaking'],
  'request-loosened': ['additive', 'security'],
  'request-tightened': ['breaking'],
  'request-pattern-changed': ['breaking', 'security'],
  'request-opened': ['additive', 'security'],
  'request-closed': ['breaking'],
  'response-member-added': ['additive'],
  'response-member-removed': ['breaking'],
  'response-member-required': ['additive'],
  'response-member-optional': ['breaking'],
  'response-type-widened': ['breaking'],
  'response-type-narrowed': ['additive'],
  'response-enum-widened': ['breaking'],
  'response-enum-narrowed': ['additive'],
  'response-loosened': ['breaking', 'security'],
  'response-tightened': ['additive'],
  'response-pattern-changed': ['breaking', 'security'],
  'response-opened': ['additive', 'security'],
  'response-closed': ['additive'],
} as const satisfies Record<string, readonly ChangeKind[]>
export type ChangeCode = keyof typeof CHANGE_CODES

export interface SpecChange {
  readonly code: ChangeCode
  readonly kinds: readonly ChangeKind[]
  /** `GET /accounts/{id}`; `null` for the API as a whole. */
  readonly operation: string | null
  /** What of it: `response 200 application/json .Data.Account[].Id`. */
  readonly at: string
  /** The words or numbers that tell, old and new, bounded. */
  readonly detail: string
  /** Where it stands, or stood; `null` where there is nothing. */
  readonly before: Diagnostic['place'] | null
  readonly after: Diagnostic['place'] | null
}

export interface SpecDifference {
  readonly changes: readonly SpecChange[]
  /** Changes beyond `MAX_CHANGES`, which are not listed. */
  readonly more: number
}

/** What the comparing parts report; places are worked out by whoever collects. */
export interface Found {
  readonly code: ChangeCode
  readonly at: string
  readonly detail?: string
  /** Pointers into the two documents. */
  readonly before: string | null
  readonly after: string | null
}
export type Report = (found: Found) => void
