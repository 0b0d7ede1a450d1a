/** The words a configuration may use, from the modules that own them. */
import type { Vocabulary } from '../config/index.ts'
import { dataClasses, enumerations } from '../controls/index.ts'
import { ENTITY_KINDS } from '../objectives/index.ts'
import { ruleWords, templates } from '../policy/index.ts'

export function vocabulary(): Vocabulary {
  const words = enumerations()
  const names = [...new Set(templates().map((template) => template.name))]
  return {
    templates: names.map((name) => {
      const versions = templates().filter((template) => template.name === name)
      return {
        name,
        versions: versions.map((template) => template.version),
        needsIssuer: versions.some((template) => template.needsIssuer),
      }
    }),
    rules: ruleWords(),
    dataClasses: dataClasses().map((entry) => entry.id),
    roles: words.roles,
    exposures: words.exposures,
    features: words.features,
    entities: ENTITY_KINDS,
  }
}
