/** Scopes that a token needs for an operation, from the security it declares. */
import { isJsonObject, type JsonValue } from '../../lib/index.ts'
import type { OperationRecord } from '../../inventory/index.ts'

/** Schemes whose list of words is not scopes (OpenAPI 3.0.3, Security Requirement Object). */
const WITHOUT_SCOPES: readonly unknown[] = ['apiKey', 'http', 'mutualTLS']

/**
 * Alternatives, each a set of scopes to hold whole. `{}` (no security) is no alternative beside others: the template asks for a
 * token anyway. Nothing declared: the dialect's scopes. Every alternative gets the policy's own `always`.
 */
export function scopesOf(
  { security }: OperationRecord,
  {
    document,
    dialect,
    always,
  }: {
    readonly document: JsonValue
    readonly dialect: readonly string[]
    readonly always: readonly string[]
  },
): readonly (readonly string[])[] {
  const types = schemeTypes(document)
  const declared = (security ?? [])
    .filter((requirement) => Object.keys(requirement).length > 0)
    .map((requirement) =>
      Object.entries(requirement).flatMap(([scheme, scopes]) =>
        WITHOUT_SCOPES.includes(types.get(scheme)) ? [] : scopes.filter(isWritten),
      ),
    )
  const silent = declared.every((scopes) => scopes.length === 0)
  const sets = silent ? [dialect] : declared
  const unique = new Map(
    sets.map((scopes) => {
      const all = [...new Set([...scopes, ...always])].sort()
      return [all.join(' '), all] as const
    }),
  )
  return [...unique.values()]
}

/** `consent:consentId` (Brazil) stands for a scope with the id in it, which `authz.consent` reads from its claim; no token has the placeholder. */
function isWritten(scope: string): boolean {
  return !/^[a-z]+:[a-z]+id$/i.test(scope)
}

function schemeTypes(document: JsonValue): ReadonlyMap<string, JsonValue | undefined> {
  const components = isJsonObject(document) ? document['components'] : undefined
  const schemes = isJsonObject(components) ? components['securitySchemes'] : undefined
  return new Map(
    isJsonObject(schemes)
      ? Object.entries(schemes).map(([name, scheme]) => [
          name,
          isJsonObject(scheme) ? scheme['type'] : undefined,
        ])
      : [],
  )
}
