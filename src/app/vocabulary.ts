/** The words a configuration may use, from the modules that own them. */
import type { Vocabulary } from '../config/index.ts'
import { controls, dataClasses, enumerations, owaspEntries, regimes } from '../controls/index.ts'
import { ENTITY_KINDS } from '../objectives/index.ts'
import { ruleReference, ruleWords, type Template, templates } from '../policy/index.ts'

/** `known`: with the bank's own templates; absent: those of the product. */
export function vocabulary(known?: readonly Template[]): Vocabulary {
  const words = enumerations()
  const names = [...new Set(templates(known).map((template) => template.name))]
  return {
    templates: names.map((name) => {
      const versions = templates(known).filter((template) => template.name === name)
      return {
        name,
        versions: versions.map((template) => template.version),
        needsIssuer: versions.some((template) => template.needsIssuer),
      }
    }),
    rules: describedRules(),
    dataClasses: dataClasses().map((entry) => entry.id),
    roles: words.roles,
    exposures: words.exposures,
    features: words.features,
    entities: ENTITY_KINDS,
    controls: {
      ids: controls().map(({ id }) => id),
      categories: words.categories,
      severities: words.severities,
      consequences: words.consequences,
      evidenceKinds: Object.keys(words.evidenceKinds),
      regimes: regimes().map(({ id }) => id),
      owasp: owaspEntries().map(({ id }) => id),
      policyFields: [
        ...new Set([
          ...ruleWords().map(({ name }) => name),
          ...controls().map(({ enforce }) => enforce.policyField),
        ]),
      ],
    },
  }
}

/** With what each rule and parameter means, for the published schema. */
function describedRules(): Vocabulary['rules'] {
  const reference = new Map(ruleReference().map((rule) => [rule.name, rule]))
  return ruleWords().map((word) => {
    const { does = '', params = [] } = reference.get(word.name) ?? {}
    const describes = params.map(({ name, does: means, values, tighter }) => [
      name,
      `${means} Values: ${values}. Tighter: ${tighter}.`,
    ])
    return { ...word, does, describes: Object.fromEntries(describes) as Record<string, string> } // sound: pairs of texts
  })
}
