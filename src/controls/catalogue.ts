/**
 * The catalogue, read from the data files beside it. The files are ours and their shape is held by `integrity.test.ts`, so the assertions
 * below are sound: a data file that does not fit its type fails that test.
 */
import catalogue from './data/catalogue.json' with { type: 'json' }
import authorisation from './data/controls/authorisation.json' with { type: 'json' }
import data from './data/controls/data.json' with { type: 'json' }
import governance from './data/controls/governance.json' with { type: 'json' }
import identity from './data/controls/identity.json' with { type: 'json' }
import monitoring from './data/controls/monitoring.json' with { type: 'json' }
import payments from './data/controls/payments.json' with { type: 'json' }
import resilience from './data/controls/resilience.json' with { type: 'json' }
import transport from './data/controls/transport.json' with { type: 'json' }
import enumerationData from './data/enumerations.json' with { type: 'json' }
import modelData from './data/objective-model.json' with { type: 'json' }
import owaspData from './data/owasp-api.json' with { type: 'json' }
import regimeData from './data/regimes.json' with { type: 'json' }
import serviceLevelData from './data/service-levels.json' with { type: 'json' }
import type { Control } from './control.ts'
import { deepFreeze } from './deep-freeze.ts'
import type { DataClass, Enumerations, ObjectiveModel, SchemeFacts } from './objective-model.ts'
import type { OwaspEntry, Regime } from './regime.ts'

/** Version of the catalogue; it goes into every objective, so that a change of the catalogue is a change of the objective. */
export const catalogueVersion: string = catalogue.version

// The order of the files is the order of the catalogue. Sound: integrity.test.ts.
const all = deepFreeze([
  ...identity,
  ...transport,
  ...authorisation,
  ...data,
  ...payments,
  ...resilience,
  ...monitoring,
  ...governance,
] as unknown as readonly Control[])
const regimeList = deepFreeze(regimeData as unknown as readonly Regime[]) // sound: integrity.test.ts
const owaspList = deepFreeze(owaspData as unknown as readonly OwaspEntry[]) // sound: integrity.test.ts
const schemeList = deepFreeze(serviceLevelData as unknown as readonly SchemeFacts[]) // sound: integrity.test.ts
const words = deepFreeze(enumerationData as unknown as Enumerations) // sound: integrity.test.ts
const model = deepFreeze({
  ...modelData,
  dataClasses: Object.entries(modelData.dataClasses).map(([id, entry]) => ({ id, ...entry })),
} as unknown as ObjectiveModel) // sound: integrity.test.ts

const byId = new Map(all.map((entry) => [entry.id, entry]))
const regimeById = new Map(regimeList.map((entry) => [entry.id, entry]))
const classById = new Map(model.dataClasses.map((entry) => [entry.id, entry]))

/** All controls in catalogue order, then a bank's own; no id of theirs is one of the catalogue. The catalogue itself is frozen. */
export function controls(own: readonly Control[] = []): readonly Control[] {
  return own.length === 0 ? all : [...all, ...own]
}
export function control(id: string, own: readonly Control[] = []): Control | undefined {
  return byId.get(id) ?? own.find((entry) => entry.id === id)
}
/** All regimes, in catalogue order. Frozen. */
export function regimes(): readonly Regime[] {
  return regimeList
}
export function regime(id: string): Regime | undefined {
  return regimeById.get(id)
}
/** Both editions of the OWASP API Security Top 10: 2019 keeps injection and logging, which 2023 dropped. */
export function owaspEntries(): readonly OwaspEntry[] {
  return owaspList
}
export function dataClasses(): readonly DataClass[] {
  return model.dataClasses
}
export function dataClass(id: string): DataClass | undefined {
  return classById.get(id)
}
/** The words that profiles, controls and evidence are written in. */
export function enumerations(): Enumerations {
  return words
}
export function objectiveModel(): ObjectiveModel {
  return model
}
/** Published service levels by scheme, as sentences: what the model's numbers must sit inside. */
export function schemeFacts(): readonly SchemeFacts[] {
  return schemeList
}

/** The regime and those that belong to it and bind: DORA with its technical standards. A proposal never comes in with its parent. */
export function regimeFamily(id: string): readonly string[] {
  const found = regimeById.has(id) ? [id] : []
  // INVARIANT: a regime is pushed once, so a loop of parents in the data ends here too.
  for (const member of found)
    for (const other of regimeList)
      if (other.parent === member && other.inForce && !found.includes(other.id))
        found.push(other.id)
  return found
}
