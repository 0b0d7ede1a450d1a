/**
 * Members of a value that no schema of it declares. OpenAPI and JSON Schema let them pass where nothing forbids them
 * (`additionalProperties` absent); this says where they are. What any part of `allOf`, `oneOf` or `anyOf` declares is declared: which branch is
 * meant is for the validator. An object of which nothing is said, or of which it is said that more may stand there, is open.
 */
import type { NodeId, ObjectNode, SchemaNode, SchemaProgram } from './program.ts'
import type { LinearPattern, LinearRegex } from './regex.ts'
import type { JsonTree } from './tree.ts'

/** Pointer of the first object with such a member; never the name of the member, which its sender made up. `undefined`: there is none. */
export type FindUndeclared = (tree: JsonTree) => string | undefined

export interface UndeclaredOptions {
  readonly regex: LinearRegex
  /** Names that may stand anywhere, such as those of an agreed prefix. */
  readonly mayStand: (name: string) => boolean
}

/** What the schemas of one place say of an object or array there. */
interface Said {
  readonly objects: readonly ObjectNode[]
  readonly items: readonly { readonly prefix: readonly NodeId[]; readonly rest: NodeId }[]
  /** `said`: more may stand there. `silent`: nothing is said of members. `no`: members are declared. */
  readonly open: 'said' | 'silent' | 'no'
}

const SILENT: Said = { objects: [], items: [], open: 'silent' }
const SCALAR: Said = { objects: [], items: [], open: 'no' }

/** @throws TypeError for a node that is not in the program */
export function prepareUndeclared(
  program: SchemaProgram,
  root: NodeId,
  { regex, mayStand }: UndeclaredOptions,
): FindUndeclared {
  const known = new Map<NodeId, Said>()
  const patterns = new Map<string, LinearPattern | undefined>()

  function node(id: NodeId): SchemaNode {
    const found = program.nodes[id]
    if (found === undefined) throw new TypeError(`schema node ${id} is not in the program`)
    return found
  }

  function saidOf(id: NodeId): Said {
    const before = known.get(id)
    if (before !== undefined) return before
    // A schema that is part of itself says no more by that.
    known.set(id, SCALAR)
    const said = read(node(id))
    known.set(id, said)
    return said
  }

  function read(one: SchemaNode): Said {
    switch (one.kind) {
      case 'any':
      case 'unsound':
        return SILENT
      case 'object':
        return { ...SCALAR, objects: [one], open: openness(one) }
      case 'array':
        return { ...SCALAR, items: [{ prefix: one.prefix ?? [], rest: one.items }] }
      case 'all':
        return together(one.of.map(saidOf), allOpen)
      case 'one':
      case 'some':
        return together(one.of.map(saidOf), anyOpen)
      case 'if': {
        const parts = [one.test, one.yes, one.no].flatMap((id) =>
          id === undefined ? [] : [saidOf(id)],
        )
        return { ...together(parts, allOpen), open: 'no' }
      }
      case 'kinds':
        return together(
          one.of
            .filter(([kind]) => kind === 'object' || kind === 'array')
            .map(([, id]) => saidOf(id)),
          allOpen,
        )
      case 'closed':
        return together(
          [...one.of, ...(one.map === undefined ? [] : [one.map])].map(saidOf),
          allOpen,
        )
      default:
        return SCALAR
    }
  }

  function matches(pattern: string, name: string): boolean {
    let ready = patterns.get(pattern)
    if (!patterns.has(pattern)) {
      const compiled = regex.compile(pattern)
      ready = 'refused' in compiled ? undefined : compiled
      patterns.set(pattern, ready)
    }
    return ready?.test(name) === true
  }

  /** Schemas of the member, and whether it is declared by its name; `undefined`: nobody declares it. */
  function declared(
    { objects, open }: Said,
    name: string,
  ): { readonly of: readonly NodeId[]; readonly named: boolean } | undefined {
    const found: NodeId[] = []
    let named = false
    for (const { properties, patterns: more = [], additional } of objects) {
      const own = properties.filter(([is]) => is === name).map(([, id]) => id)
      const matched = more.filter(([pattern]) => matches(pattern, name)).map(([, id]) => id)
      found.push(...own, ...matched)
      named ||= own.length > 0
      if (own.length === 0 && matched.length === 0 && typeof additional === 'number')
        found.push(additional)
    }
    if (found.length === 0 && open === 'no' && !mayStand(name)) return undefined
    return { of: found, named }
  }

  function find(tree: JsonTree, ids: readonly NodeId[], at: string): string | undefined {
    if (tree.kind !== 'object' && tree.kind !== 'array') return undefined
    const said = together(ids.map(saidOf), anyOpen)
    if (tree.kind === 'array') {
      for (const [index, item] of tree.items.entries()) {
        const of = said.items.map(({ prefix, rest }) => prefix[index] ?? rest)
        const fault = of.length === 0 ? undefined : find(item, of, `${at}/${index}`)
        if (fault !== undefined) return fault
      }
      return undefined
    }
    // No schema here has anything to say of objects: whether one may stand here is for the validator.
    if (said.objects.length === 0) return undefined
    for (const [name, member] of tree.members) {
      const found = declared(said, name)
      if (found === undefined) return at
      // Keys of a map are made up by whoever sends them.
      const place = `${at}/${found.named ? name : '*'}`
      const fault = found.of.length === 0 ? undefined : find(member, found.of, place)
      if (fault !== undefined) return fault
    }
    return undefined
  }

  node(root)
  return (tree) => find(tree, [root], '')
}

function openness({ properties, patterns = [], additional, implied }: ObjectNode): Said['open'] {
  if (properties.length + patterns.length === 0 && (implied === true || additional === undefined))
    return 'silent'
  return additional === true && implied !== true ? 'said' : 'no'
}

function together(parts: readonly Said[], open: (all: readonly Said[]) => Said['open']): Said {
  const [only] = parts
  if (only !== undefined && parts.length === 1) return only
  return {
    objects: parts.flatMap((one) => one.objects),
    items: parts.flatMap((one) => one.items),
    open: open(parts),
  }
}

/** Each part must hold: one that says nothing opens nothing that another declares. */
function allOpen(parts: readonly Said[]): Said['open'] {
  if (parts.some(({ open }) => open === 'said')) return 'said'
  return parts.every(({ open }) => open === 'silent') ? 'silent' : 'no'
}

/** One part is enough. */
function anyOpen(parts: readonly Said[]): Said['open'] {
  return parts.some(({ open }) => open !== 'no') ? 'said' : 'no'
}
