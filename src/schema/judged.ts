/** Which members of an object a schema has judged: what `unevaluatedProperties` leaves alone (JSON Schema 2020-12 §11.3). */
import { namedBranch } from './named-branch.ts'
import type { NodeId, SchemaProgram } from './program.ts'
import type { Checks, ObjectTree, Work } from './violation.ts'

/** For a schema that holds for `tree`. `undefined`: every member. Shared parts are looked at each time: the work limit bounds it. */
export function judgedMembers(
  root: NodeId,
  tree: ObjectTree,
  work: Work,
  program: SchemaProgram,
  checks: Checks,
): ReadonlySet<string> | undefined {
  const names = new Set<string>()
  const holds = (id: NodeId): boolean => checks.of(id)(tree, work) === undefined

  /** False once every member is judged, or the work is used up, which is refused as such. */
  const look = (id: NodeId): boolean => {
    const node = program.nodes[id]
    if (node === undefined || --work.left < 0) return false
    switch (node.kind) {
      case 'object': {
        if (node.additional !== undefined && node.implied === undefined) return false
        for (const [name] of node.properties) names.add(name)
        for (const [pattern] of node.patterns ?? [])
          for (const name of tree.members.keys()) if (checks.matches(pattern, name)) names.add(name)
        return true
      }
      case 'all':
        return node.of.every(look)
      case 'one':
      case 'some':
        return (namedBranch(node, tree) ?? node.of).filter(holds).every(look)
      case 'if': {
        const next = holds(node.test) ? [node.test, node.yes] : [node.no]
        return next.every((part) => part === undefined || look(part))
      }
      case 'kinds':
        return node.of.every(([kind, part]) => kind !== 'object' || look(part))
      case 'closed':
        return false
      default:
        return true
    }
  }
  return look(root) ? names : undefined
}
