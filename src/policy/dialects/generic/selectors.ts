/** Where a request names an account: in the path by name or by what stands before it, in the query and in headers by name. */
import type { ObjectSelector } from '../../../decide/index.ts'
import type { OperationRecord } from '../../../inventory/index.ts'
import { isAccountContainer, isAccountParameter, plainName } from './names.ts'

/** `extra`: names of parameters that the policy says name an account. */
export function accountSelectors(
  { path, parameters }: OperationRecord,
  extra: readonly string[] = [],
): readonly ObjectSelector[] {
  const named = new Set(extra.map(plainName))
  const found: ObjectSelector[] = []
  for (const match of path.matchAll(/\{([^{}]+)\}/g)) {
    const name = match[1] ?? ''
    // `/accounts/{id}` and `/accounts({id})`: the word just before says whose id it is.
    const before = /([A-Za-z][\w-]*)[/('"=]*$/.exec(path.slice(0, match.index))?.[1] ?? ''
    if (isAccountParameter(name) || isAccountContainer(before) || named.has(plainName(name)))
      found.push({ in: 'path', name })
  }
  for (const { in: where, name } of parameters)
    if (
      (where === 'query' || where === 'header') &&
      (isAccountParameter(name) || named.has(plainName(name)))
    )
      found.push({ in: where, name })
  return found
}

/** Names of the parameters of a path, in order. */
export function pathNames({ path }: OperationRecord): readonly string[] {
  return [...path.matchAll(/\{([^{}]+)\}/g)].map((match) => match[1] ?? '')
}

/** Parameters of the path that name some object which is no account: `{transactionId}`. */
export function otherObjects(
  operation: OperationRecord,
  known: readonly ObjectSelector[],
): readonly string[] {
  return pathNames(operation).filter(
    (name) => !known.some((selector) => selector.in === 'path' && selector.name === name),
  )
}
