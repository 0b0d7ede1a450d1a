/** Rules O-01, O-01b, O-03, O-04 and O-05: the four levels. A level only ever rises, and each rise says why. */
import { dataClass, objectiveModel } from '../controls/index.ts'
import type { ApiProfile, Level, Levels, Reason } from './objective.ts'

export const LEVEL_NAMES = ['none', 'low', 'moderate', 'high'] as const
const DIMENSION_NAMES = {
  C: 'confidentiality',
  I: 'integrity',
  A: 'availability',
  Au: 'authenticity',
} as const
type Dimension = keyof Levels
const DIMENSIONS = ['C', 'I', 'A', 'Au'] as const

/** Data that names a person beside data that names or shows an account: together an identity-theft kit (O-01b). */
const IDENTITY_DATA = ['party-identity']
const ACCOUNT_DATA = [
  'account-reference',
  'account-identifier',
  'balance',
  'transaction',
  'card-pan',
]

/** Levels before and after what other APIs hand down, with the reasons in the order of the rules. */
export function computeLevels(profile: ApiProfile): {
  readonly levels: Levels
  /** Rules O-01 and O-01b; `floors` are O-03 to O-05. The regimes (O-02) are told between the two. */
  readonly data: readonly Reason[]
  readonly floors: readonly Reason[]
} {
  const levels: Record<Dimension, Level> = { C: 0, I: 0, A: 0, Au: 0 }
  const data: Reason[] = []
  const floors: Reason[] = []
  const raise = (
    reasons: Reason[],
    rule: string,
    dimension: Dimension,
    level: Level,
    text: (name: string) => string,
  ): void => {
    if (level <= levels[dimension]) return
    levels[dimension] = level
    reasons.push({ rule, text: text(LEVEL_NAMES[level]) })
  }

  for (const id of profile.dataClasses) {
    const entry = dataClass(id)
    if (entry === undefined) continue // checkProfile() makes it a conflict
    for (const dimension of ['C', 'I'] as const)
      raise(
        data,
        'O-01',
        dimension,
        entry[dimension],
        (name) => `${DIMENSION_NAMES[dimension]} ${name} from data class ${id}`,
      )
  }
  const holds = (ids: readonly string[]): boolean =>
    profile.dataClasses.some((id) => ids.includes(id))
  if (holds(IDENTITY_DATA) && holds(ACCOUNT_DATA))
    raise(
      data,
      'O-01b',
      'C',
      3,
      (name) =>
        `confidentiality ${name}: identity together with account data is an identity-theft kit`,
    )
  // Data that is meant to be read by anyone stays so, however much of it is read at once.
  if (profile.features.includes('bulk') && levels.C > 0)
    raise(
      data,
      'O-01b',
      'C',
      3,
      (name) => `confidentiality ${name}: bulk access takes everything at once`,
    )

  const model = objectiveModel()
  for (const role of profile.roles)
    for (const dimension of DIMENSIONS)
      raise(
        floors,
        'O-03',
        dimension,
        model.roleFloors[role]?.[dimension] ?? 0,
        (name) => `${DIMENSION_NAMES[dimension]} ${name} floor for role ${role}`,
      )
  raise(
    floors,
    'O-04',
    'A',
    model.outageBands[profile.seriousHarmWithin] ?? 3,
    (name) => `availability ${name}: serious harm ${profile.seriousHarmWithin}`,
  )
  if (profile.criticalOrImportantFunction)
    raise(
      floors,
      'O-04',
      'A',
      3,
      (name) => `availability ${name}: it supports a critical or important function`,
    )
  for (const served of profile.servesLevels)
    for (const dimension of DIMENSIONS)
      raise(
        floors,
        'O-05',
        dimension,
        served[dimension] ?? 0,
        (name) => `${dimension} ${name} inherited from an API it serves`,
      )
  return { levels, data, floors }
}

/** The label for lists: the high-water mark of the four levels, as in FIPS 199. No decision rests on it. */
export function tierOf(levels: Levels): 'open' | 'basic' | 'elevated' | 'critical' {
  const tiers = ['open', 'basic', 'elevated', 'critical'] as const
  return tiers[highest([levels.C, levels.I, levels.A, levels.Au])]
}

export function highest(levels: readonly Level[]): Level {
  return levels.reduce<Level>((most, level) => (level > most ? level : most), 0)
}
