import { type ApiProfile, computeObjective, type Objective } from '../../src/objectives/index.ts'
import { apiProfile } from './api-profile.ts'

/** The objective of an account-information API, nobody's approval on it. */
export function objective(changes: Partial<ApiProfile> = {}): Objective {
  return computeObjective(apiProfile(changes), { approval: null })
}
