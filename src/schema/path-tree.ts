import type { FieldPath, Selection } from './selection.ts'

/** The paths of a selection as one tree, so that a walk over a value carries one position in it. Shared by all requests. */
export interface PathTree {
  readonly id: number
  readonly names: ReadonlyMap<string, PathTree>
  /** Each item of an array (`*`). */
  readonly items: PathTree | undefined
  /** Texts here and below are links; whether they may be foreign. */
  readonly link: boolean | undefined
  /** The value here never leaves. */
  readonly drop: boolean
  /** Rules whose row is the value here, by index. */
  readonly rows: readonly number[]
  /** Rules whose row is refused whole (not an item of an array) are those of `rows` when this is false. */
  readonly isItem: boolean
  /** Rules whose field is the value here. */
  readonly fields: readonly number[]
}

interface Growing {
  readonly id: number
  readonly names: Map<string, Growing>
  items: Growing | undefined
  link: boolean | undefined
  drop: boolean
  readonly rows: number[]
  readonly isItem: boolean
  readonly fields: number[]
}

/** In a path `*` is an item of an array, and a property's name anywhere else: a member named `*` is not one of them. */
export function pathTree(selection: Selection): PathTree {
  let count = 0
  const grow = (isItem: boolean): Growing => ({
    id: count++,
    names: new Map(),
    items: undefined,
    link: undefined,
    drop: false,
    rows: [],
    isItem,
    fields: [],
  })
  const root = grow(false)
  const reach = (path: FieldPath): Growing => {
    let at = root
    for (const segment of path) {
      const { link }: Growing = at
      if (segment === '*') at = at.items ??= grow(true)
      else {
        const next: Growing = at.names.get(segment) ?? grow(false)
        at.names.set(segment, next)
        at = next
      }
      at.link ??= link
    }
    return at
  }
  // First, so that what is reached below them knows.
  for (const { at, foreign } of selection.links ?? []) reach(at).link = foreign
  for (const path of selection.drop) reach(path).drop = true
  selection.rows.forEach((rule, index) => {
    reach(rule.at).rows.push(index)
    reach([...rule.at, ...rule.field]).fields.push(index)
  })
  return root
}

/** The position of a member or item that no path names: below links everything is one. */
export function unnamed(tree: PathTree | undefined): PathTree | undefined {
  return tree?.link === undefined ? undefined : tree
}
