/** The profile of an API from what the inventory found and what its owner declared. A declaration wins; what it leaves out is said. */
import type { Exposure, Role } from '../controls/index.ts'
import type { ApiProfile } from './objective.ts'

export interface ProfileFacts {
  readonly api: string
  readonly found: {
    readonly roles: readonly Role[]
    readonly dataClasses: readonly string[]
    /** HTTP methods of its operations. */
    readonly methods: readonly string[]
  }
  /** `null`: not declared, so what was found holds. */
  readonly declared: {
    readonly roles: readonly Role[] | null
    readonly dataClasses: readonly string[] | null
    readonly exposure: Exposure | null
    readonly features: readonly string[]
    readonly seriousHarmWithin: ApiProfile['seriousHarmWithin']
    readonly criticalOrImportantFunction: boolean
  }
  readonly organisation: {
    readonly jurisdictions: readonly string[]
    readonly entity: readonly string[]
    readonly referenceRegimes?: readonly string[]
  }
  readonly servesLevels?: ApiProfile['servesLevels']
}

export interface DerivedProfile {
  readonly profile: ApiProfile
  /** Data classes that the specification shows and the owner's declaration does not name. */
  readonly undeclared: readonly string[]
}

/** Safe methods of RFC 9110 §9.2.1: all others may change state. */
const SAFE = ['GET', 'HEAD', 'OPTIONS', 'TRACE']

export function profileFrom(facts: ProfileFacts): DerivedProfile {
  const { found, declared, organisation } = facts
  const roles = unique(declared.roles ?? found.roles)
  const dataClasses = unique(declared.dataClasses ?? found.dataClasses)
  const open = roles.length > 0 && roles.every((role) => role === 'open-data')
  const exposure = declared.exposure ?? (open ? 'internet-anonymous' : 'internet-authenticated')
  const writes = found.methods.some((method) => !SAFE.includes(method.toUpperCase()))
  const features = unique([
    ...declared.features,
    // The gateway takes JWT access tokens wherever callers have identities.
    ...(exposure === 'internet-anonymous' ? [] : ['jwt']),
    ...(writes ? ['writes'] : []),
  ])
  return {
    profile: {
      api: facts.api,
      roles,
      dataClasses,
      exposure,
      jurisdictions: unique(organisation.jurisdictions),
      entity: unique(organisation.entity),
      seriousHarmWithin: declared.seriousHarmWithin,
      criticalOrImportantFunction: declared.criticalOrImportantFunction,
      features,
      servesLevels: facts.servesLevels ?? [],
      ...(organisation.referenceRegimes === undefined
        ? {}
        : { referenceRegimes: unique(organisation.referenceRegimes) }),
    },
    undeclared: unique(found.dataClasses).filter((id) => !dataClasses.includes(id)),
  }
}

function unique<T>(values: readonly T[]): readonly T[] {
  return [...new Set(values)]
}
