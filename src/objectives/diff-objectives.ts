/** What changed from one version of an objective to the next, for the person who approves it. */
import { canonicalJson } from '../lib/index.ts'
import type { Objective } from './objective.ts'

export interface ObjectiveChange {
  /** `levels.C`, `protection.activeTestDays`, `required.object-authz`, … */
  readonly path: string
  /** `null`: it was not there. */
  readonly before: unknown
  readonly after: unknown
}

/** Every difference in what must be met, in a fixed order; empty when only reasons or approval differ. */
export function diffObjectives(before: Objective, after: Objective): readonly ObjectiveChange[] {
  const a = flat(before)
  const b = flat(after)
  return [...new Set([...a.keys(), ...b.keys()])]
    .filter((path) => canonicalJson(a.get(path) ?? null) !== canonicalJson(b.get(path) ?? null))
    .map((path) => ({ path, before: a.get(path) ?? null, after: b.get(path) ?? null }))
}

function flat(objective: Objective): ReadonlyMap<string, unknown> {
  const out = new Map<string, unknown>([
    ['tier', objective.tier],
    ['assurance', objective.assurance],
  ])
  for (const section of ['levels', 'service', 'protection'] as const)
    for (const [name, value] of Object.entries(objective[section]))
      out.set(`${section}.${name}`, value)
  for (const { id, basis } of objective.regimes) out.set(`regimes.${id}`, basis)
  for (const { control, because } of objective.required) out.set(`required.${control}`, because)
  for (const { code, text } of objective.conflicts) out.set(`conflicts.${code}: ${text}`, text)
  return out
}
