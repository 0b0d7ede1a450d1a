/** Every `$ref` of the document that leads nowhere, reachable from an operation or not. */
import type { JsonValue } from '../../lib/index.ts'
import { childPointer, pointerOf } from './pointer.ts'
import { follow, type ReferenceProblem, referenceOf } from './reference.ts'

/** Members that hold data, not document structure: a `$ref` in an example is an example. */
const DATA = new Set(['example', 'examples', 'default', 'enum', 'const', 'value'])
/** Members whose keys are names that the author chose: a property may be called `example`. */
const NAME_MAPS = new Set(
  'properties patternProperties dependentSchemas $defs schemas parameters responses headers paths webhooks pathItems'.split(
    ' ',
  ),
)

export function brokenReferences(root: JsonValue): ReferenceProblem[] {
  const found: ReferenceProblem[] = []
  const path: string[] = []
  // Aliased YAML nodes are one object in several places; each is looked at once.
  const seen = new Set<JsonValue>()

  const visit = (value: JsonValue, names: boolean): void => {
    if (typeof value !== 'object' || value === null || seen.has(value)) return
    seen.add(value)
    if (!names && referenceOf(value) !== undefined) {
      const pointer = pointerOf(path)
      const end = follow(root, { value, pointer })
      // A chain is reported where it breaks; a cycle where it is entered.
      if (!end.ok && end.problem.pointer === childPointer(pointer, '$ref')) found.push(end.problem)
    }
    for (const [key, member] of Object.entries(value)) {
      if (!names && (DATA.has(key) || key.startsWith('x-'))) continue
      path.push(key)
      visit(member, !names && NAME_MAPS.has(key) && !Array.isArray(member))
      path.pop()
    }
  }
  visit(root, false)
  return found
}
