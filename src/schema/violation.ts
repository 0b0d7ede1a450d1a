import { pointerToken } from './pointer.ts'
import type { NodeId } from './program.ts'
import type { LinearRegex } from './regex.ts'
import type { JsonTree } from './tree.ts'

/** The keyword that does not hold. `discriminator`: no branch is named by the value. `too-complex`: the work limit was reached. */
export type Broken =
  | 'additionalProperties'
  | 'anyOf'
  | 'contains'
  | 'dependentRequired'
  | 'discriminator'
  | 'enum'
  | 'format'
  | 'maxItems'
  | 'maxLength'
  | 'maxProperties'
  | 'maximum'
  | 'minItems'
  | 'minLength'
  | 'minProperties'
  | 'minimum'
  | 'multipleOf'
  | 'not'
  | 'oneOf'
  | 'propertyNames'
  | 'pattern'
  | 'readOnly'
  | 'required'
  | 'too-complex'
  | 'type'
  | 'unevaluatedProperties'
  | 'uniqueItems'
  | 'unsound'
  | 'writeOnly'

/** `at` names declared members and indexes; a name that only the value knows is `*`. */
export interface Violation {
  readonly at: string
  readonly reason: Broken
}

/** How many more nodes may be checked for this value: alternatives inside alternatives would double the work at each level. */
export interface Work {
  left: number
}

export type ObjectTree = Extract<JsonTree, { readonly kind: 'object' }>

export type Check = (tree: JsonTree, work: Work) => Violation | undefined

export interface Checks {
  readonly direction: 'request' | 'response'
  readonly regex: LinearRegex
  /**
   * True where a branch is chosen for projection: members it does not declare, or marks for the other direction, are stripped anyway
   * and speak against nothing.
   */
  readonly stripped: boolean
  of(id: NodeId): Check
  /** The members of an object that the schema at `id`, which holds, has judged; `undefined`: every one. */
  judged(id: NodeId, tree: ObjectTree, work: Work): ReadonlySet<string> | undefined
  /** Whether a name matches a pattern of a schema; one that this engine refuses matches nothing. */
  matches(pattern: string, name: string): boolean
}

export function broken(reason: Broken, at = ''): Check {
  const violation: Violation = { at, reason }
  return () => violation
}

export function within(token: string | number, violation: Violation): Violation {
  const name = typeof token === 'number' ? String(token) : pointerToken(token)
  return { at: `/${name}${violation.at}`, reason: violation.reason }
}
