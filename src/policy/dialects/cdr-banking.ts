/**
 * Consumer Data Right banking (Consumer Data Standards 1.36.0). What an arrangement allows is a set of scopes, and the specification names
 * those of each operation (`x-scopes`), so the permissions of a consent are scopes: the token needs them and the consent must cover them.
 */
import { isJsonObject, type JsonValue } from '../../lib/index.ts'
import type { ImportedSpec, OperationRecord } from '../../inventory/index.ts'
import type { Dialect } from './dialect.ts'
import { generic } from './generic/generic.ts'

/** Of the groups that meaning tells: members of an answer that leave under one scope only. */
const SCOPES: ReadonlyMap<string, string> = new Map([
  ['ReadAccountsDetail', 'bank:accounts.detail:read'],
  ['ReadBalances', 'bank:accounts.basic:read'],
  ['ReadTransactionsDetail', 'bank:transactions:read'],
])

export const cdrBanking: Dialect = {
  id: 'cdr-banking',
  recognises: isCdrBanking,
  reader(spec, view) {
    const read = generic.reader(spec, view)
    return (operation) => {
      const known = read(operation)
      if (known === undefined) return undefined
      const scopes = scopesOf(operation, spec.document)
      return {
        ...known,
        dialect: 'cdr-banking',
        // Products are for anybody, and no scope is for them: they belong under another template.
        permissions: scopes.length === 0 ? null : scopes.map((scope) => [scope]),
        scopes,
        unless: known.unless.flatMap(({ permission, drop }) => {
          const scope = SCOPES.get(permission)
          return scope === undefined || scopes.includes(scope) ? [] : [{ permission: scope, drop }]
        }),
      }
    }
  },
}

export function isCdrBanking({ operations }: Pick<ImportedSpec, 'operations'>): boolean {
  return operations.some(
    ({ path, parameters }) =>
      /^\/banking\/accounts(?:\/|$)/.test(path) &&
      parameters.some((one) => one.in === 'header' && one.name.toLowerCase() === 'x-v'),
  )
}

/** An extension of the operation, which an import does not keep: read in the document where the record says it stands. */
function scopesOf({ method, path }: OperationRecord, document: JsonValue): readonly string[] {
  const paths = isJsonObject(document) ? document['paths'] : undefined
  const item = isJsonObject(paths) && Object.hasOwn(paths, path) ? paths[path] : undefined
  const operation = isJsonObject(item) ? item[method.toLowerCase()] : undefined
  const scopes = isJsonObject(operation) ? operation['x-scopes'] : undefined
  return Array.isArray(scopes)
    ? [...new Set(scopes.filter((scope) => typeof scope === 'string'))].sort()
    : []
}
