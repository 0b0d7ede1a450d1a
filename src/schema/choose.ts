/** Which branches of the compositions that describe a place apply to the value that is there. */
import { namedBranch } from './named-branch.ts'
import type { NodeId, SchemaProgram } from './program.ts'
import type { JsonTree } from './tree.ts'
import type { Checks, Work } from './violation.ts'

/** By the branching node, its branches that hold. A branch that cannot be checked, or not within the work, does not. */
export function chooseBranches(
  roots: readonly NodeId[],
  tree: JsonTree,
  work: Work,
  program: SchemaProgram,
  checks: Checks,
): ReadonlyMap<NodeId, readonly NodeId[]> {
  const chosen = new Map<NodeId, readonly NodeId[]>()
  const seen = new Set<NodeId>()
  const holds = (id: NodeId): boolean =>
    work.left >= 0 && checks.of(id)(tree, work) === undefined && work.left >= 0
  const look = (id: NodeId): void => {
    const node = program.nodes[id]
    if (node === undefined || seen.has(id)) return
    seen.add(id)
    const take = (parts: readonly NodeId[]): void => {
      chosen.set(id, parts)
      parts.forEach(look)
    }
    switch (node.kind) {
      case 'all':
      case 'closed':
        node.of.forEach(look)
        return
      case 'kinds':
        for (const [, part] of node.of) look(part)
        return
      case 'one':
      case 'some':
        take((namedBranch(node, tree) ?? node.of).filter(holds))
        return
      case 'if': {
        const parts = holds(node.test) ? [node.test, node.yes] : [node.no]
        take(parts.filter((part) => part !== undefined))
        return
      }
      default:
    }
  }
  roots.forEach(look)
  return chosen
}
