import { pointerToken } from './pointer.ts'
import type { NodeId } from './program.ts'
import type { LinearRegex } from './regex.ts'
import type { JsonTree } from './tree.ts'

/** The keyword that does not hold. `discriminator`: no branch is named by the value. `too-complex`: the work limit was reached. */
export type Broken =
  | 'additionalProperties'
  | 'anyOf'
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
  | 'pattern'
  | 'readOnly'
  | 'required'
  | 'too-complex'
  | 'type'
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

export type Check = (tree: JsonTree, work: Work) => Violation | undefined

export interface Checks {
  readonly direction: 'request' | 'response'
  readonly regex: LinearRegex
  of(id: NodeId): Check
}

export function broken(reason: Broken, at = ''): Check {
  const violation: Violation = { at, reason }
  return () => violation
}

export function within(token: string | number, violation: Violation): Violation {
  const name = typeof token === 'number' ? String(token) : pointerToken(token)
  return { at: `/${name}${violation.at}`, reason: violation.reason }
}
