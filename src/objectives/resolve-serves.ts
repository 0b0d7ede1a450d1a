/** Rule O-05 over a whole bank: an API inherits the levels of every API that cannot work without it, through any number of steps. */
import { nearest } from '../lib/index.ts'
import { computeLevels } from './levels.ts'
import type { ApiProfile, Level, Levels } from './objective.ts'

export interface ServingApi {
  readonly profile: ApiProfile
  /** Names of the APIs that cannot work without this one. */
  readonly serves: readonly string[]
}

export interface ResolvedServes {
  /** API → the levels to put into its `servesLevels`, one entry for each API that it serves directly. */
  readonly servesLevels: ReadonlyMap<string, readonly Levels[]>
  readonly unknown: readonly {
    readonly api: string
    readonly serves: string
    readonly nearest?: string
  }[]
}

export function resolveServes(apis: readonly ServingApi[]): ResolvedServes {
  const byName = new Map(apis.map((entry) => [entry.profile.api, entry]))
  const levels = new Map(apis.map(({ profile }) => [profile.api, computeLevels(profile).levels]))
  // Levels only rise and end at 3, so this ends, loops of the graph included: at most 12 rises for each API.
  for (let changed = true; changed;) {
    changed = false
    for (const { profile, serves } of apis)
      for (const name of serves) {
        const own = levels.get(profile.api)
        const served = levels.get(name)
        if (own === undefined || served === undefined) continue
        const both = join(own, served)
        if (both === undefined) continue
        levels.set(profile.api, both)
        changed = true
      }
  }
  const unknown = apis.flatMap(({ profile, serves }) =>
    serves
      .filter((name) => !byName.has(name))
      .map((name) => {
        const close = nearest(name, byName.keys())
        return {
          api: profile.api,
          serves: name,
          ...(close === undefined ? {} : { nearest: close }),
        }
      }),
  )
  return {
    servesLevels: new Map(
      apis.map(({ profile, serves }) => [
        profile.api,
        [...new Set(serves)].flatMap((name) => {
          const served = levels.get(name)
          return served === undefined || name === profile.api ? [] : [served]
        }),
      ]),
    ),
    unknown,
  }
}

/** The higher of both in each dimension; `undefined` when `a` is nowhere lower. */
function join(a: Levels, b: Levels): Levels | undefined {
  const max = (x: Level, y: Level): Level => (x > y ? x : y)
  const both = { C: max(a.C, b.C), I: max(a.I, b.I), A: max(a.A, b.A), Au: max(a.Au, b.Au) }
  return both.C === a.C && both.I === a.I && both.A === a.A && both.Au === a.Au ? undefined : both
}
