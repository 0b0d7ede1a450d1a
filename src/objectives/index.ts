export { checkProfile, describeMistake, type ProfileMistake } from './check-profile.ts'
export { computeObjective, type ObjectiveOptions } from './compute.ts'
export { diffObjectives, type ObjectiveChange } from './diff-objectives.ts'
export { ENTITY_KINDS } from './entity.ts'
export { JURISDICTIONS } from './jurisdiction.ts'
export type {
  ApiProfile,
  AppliedRegime,
  Conflict,
  Level,
  Levels,
  Objective,
  Reason,
  RequiredControl,
} from './objective.ts'
export { type DerivedProfile, profileFrom, type ProfileFacts } from './profile-from.ts'
export type { FailedCondition } from './required.ts'
export { type ResolvedServes, resolveServes, type ServingApi } from './resolve-serves.ts'
export type { Tightening } from './tighten.ts'
export { type WhyControl, whyControl, whyNotRequired } from './why-control.ts'
