/** A word that the catalogue does not know would quietly drop a rule, so it is a conflict: the API is not activated until it is mended. */
import { dataClasses, enumerations, objectiveModel, regimes } from '../controls/index.ts'
import { nearest } from '../lib/index.ts'
import { ENTITY_KINDS } from './entity.ts'
import { isJurisdiction, JURISDICTIONS } from './jurisdiction.ts'
import type { ApiProfile } from './objective.ts'

export interface ProfileMistake {
  readonly member: keyof ApiProfile
  readonly word: string
  readonly nearest?: string
  readonly allowed: readonly string[]
}

/** Every unknown word of the profile; all of them in one run. */
export function checkProfile(profile: ApiProfile): readonly ProfileMistake[] {
  const words = enumerations()
  const mistakes: ProfileMistake[] = []
  const check = (
    member: keyof ApiProfile,
    used: readonly string[],
    allowed: readonly string[],
  ): void => {
    for (const word of used) {
      if (allowed.includes(word)) continue
      const close = nearest(word, allowed)
      mistakes.push({
        member,
        word,
        allowed,
        ...(close === undefined ? {} : { nearest: close }),
      })
    }
  }
  check('roles', profile.roles, words.roles)
  check(
    'dataClasses',
    profile.dataClasses,
    dataClasses().map(({ id }) => id),
  )
  check('exposure', [profile.exposure], words.exposures)
  check('features', profile.features, words.features)
  check('entity', profile.entity, ENTITY_KINDS)
  check('seriousHarmWithin', [profile.seriousHarmWithin], Object.keys(objectiveModel().outageBands))
  check(
    'referenceRegimes',
    profile.referenceRegimes ?? [],
    regimes().map(({ id }) => id),
  )
  // Any country is allowed; these are the ones that rules look at.
  check(
    'jurisdictions',
    profile.jurisdictions.filter((name) => !isJurisdiction(name)),
    JURISDICTIONS,
  )
  return mistakes
}

/** The mistake in one sentence, with what is allowed. */
export function describeMistake(mistake: ProfileMistake): string {
  const close = mistake.nearest === undefined ? '' : ` Did you mean ${mistake.nearest}?`
  return `${mistake.member}: ${JSON.stringify(mistake.word)} is not known.${close} Known: ${mistake.allowed.join(', ')}.`
}
