/** Templates as commands show them: all that a configuration may link to, one in full, two compared. */
import type { GatehouseConfig } from '../config/index.ts'
import { GatehouseError } from '../lib/index.ts'
import {
  diffTemplates,
  resolveTemplate,
  type Template,
  type TemplateDifference,
} from '../policy/index.ts'
import { installationTemplates } from './own-templates.ts'

export interface TemplateReport {
  readonly name: string
  readonly version: string
  readonly digest: string
  readonly title: string
  readonly roles: readonly string[]
  /** `null`: it comes with the product. */
  readonly file: string | null
  readonly extends: readonly string[]
  /** APIs of the configuration that are linked to it. */
  readonly usedBy: readonly string[]
  /** The newest version of its name, if that is another. */
  readonly newer: string | null
  /** The flattened document: what holds. */
  readonly document: Template['document']
}

/** `config`: whose own templates count too; absent: those of the product. */
export function templateReports(config: GatehouseConfig | undefined): readonly TemplateReport[] {
  const { templates } = installationTemplates(config?.templates ?? [])
  return templates.map(({ document, digest, file, extends: above }) => {
    const newest = resolveTemplate(document.name, templates)
    const newer = newest.ok ? newest.value.document.version : document.version
    return {
      name: document.name,
      version: document.version,
      digest,
      title: document.title,
      roles: document.roles,
      file,
      extends: above,
      usedBy: (config?.apis ?? [])
        .filter(({ template }) => {
          const linked = resolveTemplate(template, templates)
          return linked.ok && linked.value.digest === digest
        })
        .map(({ name }) => name),
      newer: newer === document.version ? null : newer,
      document,
    }
  })
}

/** @throws GH_POLICY_TEMPLATE_UNKNOWN, GH_POLICY_TEMPLATE_LINK, GH_POLICY_DIGEST_MISMATCH */
export function compareTemplates(
  config: GatehouseConfig | undefined,
  [before, after]: readonly [string, string],
): readonly TemplateDifference[] {
  const { templates } = installationTemplates(config?.templates ?? [])
  const [was, is] = [before, after].map((link) => {
    const found = resolveTemplate(link, templates)
    if (!found.ok) throw new GatehouseError(found.error.code, found.error.text)
    return found.value.document
  })
  return was === undefined || is === undefined ? [] : diffTemplates(was, is)
}
