/**
 * Values that still know where they stood. A reader of another format builds the document that the importer understands out of
 * pieces of the one that was written; each piece, and each thing made of one, keeps its place, so that a problem found later is
 * told at the line its author wrote.
 */
import { isJsonObject, type JsonValue } from '../../lib/index.ts'
import { pointerOf } from '../document/pointer.ts'
import type { Mark } from '../source/mark.ts'
import { emptyObject } from '../source/source-document.ts'

export interface Traced {
  readonly value: JsonValue
  readonly mark: Mark
}

/** A member of an object, if it has one of this name. */
export function memberOf(of: Traced | undefined, name: string): Traced | undefined {
  if (of === undefined || !isJsonObject(of.value) || !Object.hasOwn(of.value, name))
    return undefined
  const value = of.value[name]
  if (value === undefined) return undefined
  const children = of.mark.children
  return { value, mark: (children instanceof Map ? children.get(name) : undefined) ?? of.mark }
}

/** Members in their order; nothing for what is no object. */
export function membersOf(of: Traced | undefined): readonly (readonly [string, Traced])[] {
  if (of === undefined || !isJsonObject(of.value)) return []
  return Object.keys(of.value).flatMap((name) => {
    const member = memberOf(of, name)
    return member === undefined ? [] : [[name, member] as const]
  })
}

/** Items of a list; nothing for what is none. */
export function itemsOf(of: Traced | undefined): readonly Traced[] {
  if (of === undefined || !Array.isArray(of.value)) return []
  const { children } = of.mark
  return (of.value as readonly JsonValue[]).map((value, index) => ({
    // sound: an array of JSON values, whose mark has an array of marks
    value,
    mark: (Array.isArray(children) ? (children as readonly Mark[])[index] : undefined) ?? of.mark,
  }))
}

export function textOf(of: Traced | undefined): string | undefined {
  return typeof of?.value === 'string' ? of.value : undefined
}

/** An object made of pieces; those that are absent are left out, and of two with one name the first stays. */
export function object(
  of: Mark,
  members: readonly (readonly [name: string, member: Traced | undefined])[],
): Traced {
  const value = emptyObject()
  const children = new Map<string, Mark>()
  for (const [name, member] of members) {
    if (member === undefined || children.has(name)) continue
    value[name] = member.value
    children.set(name, member.mark)
  }
  return { value, mark: { offset: of.offset, key: of.key, children, from: of } }
}

export function list(of: Mark, items: readonly Traced[]): Traced {
  const children = items.map((item) => item.mark)
  return {
    value: items.map((item) => item.value),
    mark: { offset: of.offset, key: of.key, children, from: of },
  }
}

/** A plain value that stands for what is written at a place. */
export function plain(of: Mark, value: JsonValue): Traced {
  return { value, mark: { offset: of.offset, key: of.key, children: null, from: of } }
}

/** For a pointer into a built document: the pointer of what it was built from. Asked for rarely, so worked out when it is. */
export function originalPointers(
  built: Mark,
  original: Mark,
): (tokens: readonly string[]) => string {
  let index: Map<Mark, string> | undefined
  return (tokens) => {
    index ??= pointersOf(original)
    let mark: Mark = built
    let pointer = ''
    for (const token of tokens) {
      const { children } = mark
      const child =
        children instanceof Map
          ? children.get(token)
          : // sound: what is neither null nor a Map is the array of the union
            (children as readonly Mark[] | null)?.[Number(token)]
      if (child === undefined) break
      mark = child
      pointer = index.get(mark.from ?? mark) ?? pointer
    }
    return pointer
  }
}

/** The pointer of each mark of a document. */
export function pointersOf(root: Mark): Map<Mark, string> {
  const index = new Map<Mark, string>([[root, '']])
  const open: (readonly [Mark, readonly string[]])[] = [[root, []]]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [mark, path] = next
    const children: Iterable<readonly [string | number, Mark]> =
      mark.children === null ? [] : mark.children.entries()
    for (const [name, child] of children) {
      // An aliased node stands in several places; one of them will do.
      if (index.has(child)) continue
      const at = [...path, String(name)]
      index.set(child, pointerOf(at))
      open.push([child, at])
    }
  }
  return index
}
