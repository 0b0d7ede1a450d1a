/** Every rule that the file states, wherever: of the mandate, of a class, of an API, of an operation. */
import { isMap, type Node } from 'yaml'
import type { Path } from './check.ts'
import { itemsOf, member } from './tree-texts.ts'
import { entriesOf } from './yaml-structure.ts'

export interface RuleNode {
  readonly rule: string
  readonly node: Node
  readonly path: Path
}

export function ruleNodes(root: Node | null): readonly RuleNode[] {
  const named = (node: Node | undefined, path: Path): readonly RuleNode[] =>
    isMap(node)
      ? entriesOf(node).flatMap(({ key, value }) =>
          value === null ? [] : [{ rule: key, node: value, path: [...path, key] }],
        )
      : []
  const rulesIn = (node: Node, path: Path): readonly RuleNode[] =>
    named(member(node, 'rules'), [...path, 'rules'])
  const below = (node: Node | undefined, path: Path): readonly RuleNode[] =>
    named(node, path).flatMap((one) => rulesIn(one.node, one.path))
  return [
    ...named(member(root, 'mandate'), ['mandate']),
    ...below(member(root, 'classes'), ['classes']),
    ...itemsOf(member(root, 'apis')).flatMap((node, at) => [
      ...rulesIn(node, ['apis', at]),
      ...below(member(node, 'operations'), ['apis', at, 'operations']),
    ]),
  ]
}
