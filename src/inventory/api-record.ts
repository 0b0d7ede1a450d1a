/** The inventory's record of one API: declared facts where the configuration gives them, derived ones elsewhere. */
import { enumerations, type Role } from '../controls/index.ts'
import type { ApiRecord, ImportedSpec } from './records.ts'

export interface ApiDeclaration {
  readonly name: string
  readonly owner: string | null
  /** `null`: derived from the operations. */
  readonly roles: readonly Role[] | null
  readonly dataClasses: readonly string[] | null
}

export function apiRecord(declared: ApiDeclaration, spec: ImportedSpec): ApiRecord {
  const { document: _, ...printed } = spec
  return {
    name: declared.name,
    owner: declared.owner,
    roles: declared.roles ?? rolesOf(spec),
    dataClasses: declared.dataClasses ?? dataClassesIn(spec),
    spec: printed,
  }
}

/** Roles of the operations, in the catalogue's order. */
function rolesOf(spec: ImportedSpec): readonly Role[] {
  const found = new Set(spec.operations.map((operation) => operation.role))
  return enumerations().roles.filter((role) => found.has(role))
}

/**
 * Classes with at least medium evidence, by name: a low one is a hint for a person and asks for nothing by itself.
 */
function dataClassesIn(spec: ImportedSpec): readonly string[] {
  const found = new Set<string>()
  for (const operation of spec.operations)
    for (const item of operation.dataClasses)
      if (item.confidence !== 'low') found.add(item.dataClass)
  return [...found].sort()
}
