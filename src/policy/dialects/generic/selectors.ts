/** Where a request names an account: in the path by name or by what stands before it, in the query and in headers by name. */
import type { ObjectSelector } from '../../../decide/index.ts'
import type { OperationRecord } from '../../../inventory/index.ts'
import {
  isAccountContainer,
  isAccountParameter,
  isCustomerContainer,
  isCustomerParameter,
  plainName,
} from './names.ts'

/** `extra`: names of parameters that the policy says name an account. */
export function accountSelectors(
  { path, parameters }: OperationRecord,
  extra: readonly string[] = [],
): readonly ObjectSelector[] {
  const named = new Set(extra.map(plainName))
  const found: ObjectSelector[] = []
  for (const { name, before } of pathParameters(path))
    if (isAccountParameter(name) || isAccountContainer(before) || named.has(plainName(name)))
      found.push({ in: 'path', name })
  for (const { in: where, name } of parameters)
    if (
      (where === 'query' || where === 'header') &&
      (isAccountParameter(name) || named.has(plainName(name)))
    )
      found.push({ in: where, name })
  return found
}

/** Where a request names the customer, who must be the one of the token. */
export function customerSelectors({
  path,
  parameters,
}: OperationRecord): readonly ObjectSelector[] {
  const inPath = pathParameters(path)
    .filter(({ name, before }) =>
      isCustomerContainer(before) ? !isAccountParameter(name) : isCustomerParameter(name),
    )
    .map(({ name }): ObjectSelector => ({ in: 'path', name, names: 'subject' }))
  const inQuery = parameters
    .filter(({ in: where, name }) => where === 'query' && isCustomerParameter(name))
    .map(({ name }): ObjectSelector => ({ in: 'query', name, names: 'subject' }))
  return [...inPath, ...inQuery]
}

/** `/accounts/{id}` and `/accounts({id})`: the word just before says whose id it is. */
function pathParameters(
  path: string,
): readonly { readonly name: string; readonly before: string }[] {
  return [...path.matchAll(/\{([^{}]+)\}/g)].map((match) => ({
    name: match[1] ?? '',
    before: /([A-Za-z][\w-]*)[/('"=]*$/.exec(path.slice(0, match.index))?.[1] ?? '',
  }))
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
