import { type Check, type Checks, type Violation, within } from './violation.ts'
import type { ObjectNode } from './program.ts'

/** Checks an object. Names marked for the other direction are refused, and `required` does not ask for them (OpenAPI 3.0.3). */
export function checkObject(node: ObjectNode, checks: Checks): Check {
  const { additional, minProperties = 0, maxProperties = Infinity } = node
  const properties = new Map(node.properties)
  const reason = checks.direction === 'request' ? 'readOnly' : 'writeOnly'
  const refused = new Set(node[reason])
  const required = (node.required ?? []).filter((name) => !refused.has(name))
  return (tree, work) => {
    if (tree.kind !== 'object') return { at: '', reason: 'type' }
    const { members } = tree
    if (members.size < minProperties) return { at: '', reason: 'minProperties' }
    if (members.size > maxProperties) return { at: '', reason: 'maxProperties' }
    for (const name of required)
      if (!members.has(name)) return within(name, { at: '', reason: 'required' })
    for (const [name, value] of members) {
      const id = properties.get(name)
      if (id !== undefined) {
        if (refused.has(name)) return within(name, { at: '', reason })
        const violation = checks.of(id)(value, work)
        if (violation !== undefined) return within(name, violation)
      } else if (additional === false) return UNDECLARED
      else if (typeof additional === 'number') {
        const violation = checks.of(additional)(value, work)
        if (violation !== undefined) return within('*', violation)
      }
    }
    return undefined
  }
}

const UNDECLARED: Violation = { at: '/*', reason: 'additionalProperties' }
