/** The things an answer holds: each object and each array of objects, with the name it goes by and the place it stands. */
import { isJsonObject, type JsonObject } from '../../../lib/index.ts'
import type { OperationRecord } from '../../../inventory/index.ts'
import type { FieldPath } from '../../../schema/index.ts'
import { MAX_VIEW_DEPTH, type SchemaView } from '../schema-view.ts'
import { isLinks, isWrapper } from './names.ts'

export interface Entity {
  /** Ends in `*` for the items of an array. */
  readonly at: FieldPath
  /** Name of the property that holds it; for the whole answer and for mere wrappers the last fixed word of the path. */
  readonly name: string
  /** Names of the things around it, outermost first. */
  readonly around: readonly string[]
  readonly variants: readonly JsonObject[]
  readonly properties: readonly string[]
}

/** No answer has more places worth a rule. */
const MAX_ENTITIES = 400

/** What an answer holds, before the path has given it a name. */
interface Found extends Omit<Entity, 'name'> {
  /** Name of the property that holds it; `''` for the whole answer. */
  readonly own: string
}

/** Reads answers one by one; many operations share one, and it is taken apart once. */
export function entityReader(
  view: SchemaView,
): (operation: OperationRecord, rootName: string) => readonly Entity[] {
  const known = new WeakMap<readonly JsonObject[], readonly Found[]>()
  const foundIn = (root: readonly JsonObject[]): readonly Found[] => {
    let found = known.get(root)
    if (found === undefined) known.set(root, (found = takeApart(root, view)))
    return found
  }
  return (operation, rootName) =>
    view
      .answers(operation)
      .flatMap(foundIn)
      .slice(0, MAX_ENTITIES)
      .map(({ own, around, ...rest }) => ({
        ...rest,
        name: isWrapper(own) ? rootName : own,
        // The whole answer is around everything else, by the name that the path gives it.
        around: around.map((name, at) => (at === 0 ? rootName : name)),
      }))
}

function takeApart(root: readonly JsonObject[], view: SchemaView): readonly Found[] {
  const found: Found[] = []
  const visit = (
    variants: readonly JsonObject[],
    at: FieldPath,
    names: readonly string[],
    seen: ReadonlySet<JsonObject>,
  ): void => {
    if (at.length > MAX_VIEW_DEPTH || found.length >= MAX_ENTITIES) return
    const fresh = variants.filter((variant) => !seen.has(variant))
    if (fresh.length === 0) return
    const inside = new Set([...seen, ...fresh])
    const items = view.child(fresh, '*')
    if (items.length > 0) visit(items, [...at, '*'], names, inside)
    const properties = propertiesOf(fresh)
    if (properties.length === 0) return
    found.push({
      at,
      own: names.at(-1) ?? '',
      around: names.slice(0, -1),
      variants: fresh,
      properties,
    })
    for (const name of properties)
      if (!isLinks(name)) visit(view.child(fresh, name), [...at, name], [...names, name], inside)
  }
  visit(root, [], [''], new Set())
  return found
}

function propertiesOf(variants: readonly JsonObject[]): readonly string[] {
  const names = new Set<string>()
  for (const { properties } of variants)
    if (isJsonObject(properties)) for (const name of Object.keys(properties)) names.add(name)
  return [...names]
}
