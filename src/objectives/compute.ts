/**
 * From facts about an API to what it must meet: the eleven rules O-01 to O-10, in order, each with its reasons (controls catalogue, objective
 * model). Pure but for a digest; the same profile and catalogue give the same objective and the same version.
 */
import { createHash } from 'node:crypto'
import { catalogueVersion, type Control } from '../controls/index.ts'
import { canonicalJson } from '../lib/index.ts'
import { checkProfile, describeMistake } from './check-profile.ts'
import { computeLevels, tierOf } from './levels.ts'
import type { ApiProfile, Conflict, Objective } from './objective.ts'
import { computeAssurance, computeProtection } from './protection.ts'
import { applicableRegimes } from './regimes.ts'
import { requiredControls } from './required.ts'
import { computeService } from './service.ts'
import { tighten, type Tightening } from './tighten.ts'

export interface ObjectiveOptions {
  /** Who approved this objective and on which day; `null`: nobody yet. */
  readonly approval: Objective['approval']
  /** Numbers that people want stricter (O-10). */
  readonly tighten?: readonly Tightening[]
  /** Controls that the bank wrote itself; a change of one is a new version. */
  readonly ownControls?: readonly Control[]
}

/** The objective of one API. Never throws for what a person wrote: unknown words and loosened numbers become conflicts. */
export function computeObjective(profile: ApiProfile, options: ObjectiveOptions): Objective {
  const { levels, data, floors } = computeLevels(profile)
  const { regimes, reasons: regimeReasons } = applicableRegimes(profile)
  const ids = regimes.map((entry) => entry.id)
  const assurance = computeAssurance(profile, levels)
  const service = computeService(profile, levels.A, ids)
  const protection = computeProtection(profile, assurance.assurance, ids)
  const tightened = tighten(service.service, protection.protection, options.tighten ?? [])
  const unknown: readonly Conflict[] = checkProfile(profile).map((mistake) => ({
    code: 'GH_OBJECTIVES_UNKNOWN_WORD',
    text: describeMistake(mistake),
  }))
  const outcome = {
    levels,
    tier: tierOf(levels),
    assurance: assurance.assurance,
    regimes,
    service: tightened.service,
    protection: tightened.protection,
    required: requiredControls({ profile, levels, regimes: ids, ownControls: options.ownControls }),
    because: [
      ...data,
      ...regimeReasons,
      ...floors,
      ...assurance.reasons,
      ...service.reasons,
      ...protection.reasons,
      ...tightened.reasons,
    ],
    conflicts: [...assurance.conflicts, ...unknown, ...tightened.conflicts],
    ...(options.ownControls === undefined || options.ownControls.length === 0
      ? {}
      : { ownControls: options.ownControls }),
  }
  return {
    api: profile.api,
    version: versionOf({ profile, catalogueVersion, outcome }),
    approval: options.approval,
    profile,
    ...outcome,
  }
}

/** The approval is not part of it: a person approves a version, and that does not make another one. */
function versionOf(content: unknown): string {
  return `sha256:${createHash('sha256').update(canonicalJson(content)).digest('hex')}`
}
