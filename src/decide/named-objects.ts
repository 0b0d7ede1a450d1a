/**
 * Parameters of an operation that may name somebody's object: those that its plan compares, and those that a later plan might. Their
 * coverage goes into the event, so that a draft which compares more can be tried on it.
 */
import type { ObjectSelector, PlanOperation } from './plan.ts'

/** Of one operation; a specification with more ids in one request has other problems. */
export const MAX_NAMED_OBJECTS = 16

export interface NamedObject extends Pick<ObjectSelector, 'in' | 'name'> {
  /** `path:AccountId` */
  readonly label: string
  /** Values may be joined by commas: the parameter is declared so. */
  readonly commas: boolean
}

const LIKE_AN_ID =
  /(id|ids|uid|uuid|guid|key|ref|reference|no|nr|number|iban|bban)$|account|konto|conta|cuenta|compte|customer|kunde|client|user|psu|party|subject/i

/** In the order of the path, then as declared. */
export function namedObjects(
  { path, parameters }: Pick<PlanOperation, 'path' | 'parameters'>,
  selectors: readonly ObjectSelector[],
): readonly NamedObject[] {
  const found = new Map<string, NamedObject>()
  const add = (where: ObjectSelector['in'], name: string): void => {
    const label = `${where}:${name}`
    if (found.size >= MAX_NAMED_OBJECTS || found.has(label)) return
    const declared = parameters.find((one) => one.in === where && sameName(where, one.name, name))
    found.set(label, { in: where, name, label, commas: declared?.list === 'comma' })
  }
  for (const { in: where, name } of selectors) add(where, name)
  for (const [, name = ''] of path.matchAll(/\{([^{}]+)\}/g)) add('path', name)
  for (const { in: where, name } of parameters)
    if (where !== 'path' && LIKE_AN_ID.test(name)) add(where, name)
  return [...found.values()]
}

/** Header names are compared without case (RFC 9110 §5.1). */
function sameName(where: ObjectSelector['in'], a: string, b: string): boolean {
  return a === b || (where === 'header' && a.toLowerCase() === b.toLowerCase())
}
