import {
  type Check,
  type Checks,
  type ObjectTree,
  type Violation,
  within,
  type Work,
} from './violation.ts'
import type { NodeId, ObjectNode } from './program.ts'

/** Checks an object. Names marked for the other direction are refused, and `required` does not ask for them (OpenAPI 3.0.3). */
export function checkObject(node: ObjectNode, checks: Checks): Check {
  const { additional, patterns = [], minProperties = 0, maxProperties = Infinity } = node
  const properties = new Map(node.properties)
  const reason = checks.direction === 'request' ? 'readOnly' : 'writeOnly'
  const refused = new Set(node[reason])
  const required = (node.required ?? []).filter((name) => !refused.has(name))

  /** The schemas that speak of a member by its name. */
  const declared = (name: string): readonly NodeId[] => {
    const id = properties.get(name)
    const own = id === undefined ? [] : [id]
    return patterns.length === 0
      ? own
      : [
          ...own,
          ...patterns.flatMap(([pattern, at]) => (checks.matches(pattern, name) ? [at] : [])),
        ]
  }
  const member = (name: string, ids: readonly NodeId[], tree: ObjectTree, work: Work) => {
    const value = tree.members.get(name)
    if (value === undefined) return undefined
    for (const id of ids) {
      const violation = checks.of(id)(value, work)
      if (violation !== undefined) return within(properties.has(name) ? name : '*', violation)
    }
    return undefined
  }
  return (tree, work) => {
    if (tree.kind !== 'object') return { at: '', reason: 'type' }
    const { members } = tree
    if (members.size < minProperties) return { at: '', reason: 'minProperties' }
    if (members.size > maxProperties) return { at: '', reason: 'maxProperties' }
    for (const name of required)
      if (!members.has(name)) return within(name, { at: '', reason: 'required' })
    for (const name of members.keys()) {
      const ids = declared(name)
      if (ids.length > 0) {
        if (refused.has(name)) {
          if (checks.stripped) continue
          return within(name, { at: '', reason })
        }
        const violation = member(name, ids, tree, work)
        if (violation !== undefined) return violation
      } else if (additional === false) {
        if (!checks.stripped) return UNDECLARED
      } else if (typeof additional === 'number') {
        const violation = member(name, [additional], tree, work)
        if (violation !== undefined) return violation
      }
    }
    return dependencies(node, tree, work, checks)
  }
}

/** `dependentRequired` and `propertyNames`. */
function dependencies(
  { dependent = [], names }: ObjectNode,
  { members }: ObjectTree,
  work: Work,
  checks: Checks,
): Violation | undefined {
  for (const [name, needs] of dependent)
    for (const needed of members.has(name) ? needs : [])
      if (!members.has(needed)) return within(needed, { at: '', reason: 'dependentRequired' })
  if (names === undefined) return undefined
  for (const name of members.keys()) {
    const violation = checks.of(names)({ kind: 'string', value: name }, work)
    if (violation?.reason === 'unsound') return violation
    if (violation !== undefined) return { at: '/*', reason: 'propertyNames' }
  }
  return undefined
}

const UNDECLARED: Violation = { at: '/*', reason: 'additionalProperties' }
