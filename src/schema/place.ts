/**
 * What may leave at one place of a value: the schema nodes that describe it and the position in the selection, worked out once and
 * kept. Several nodes describe one place under `allOf`, `oneOf` and `anyOf`: what any of them declares may leave. Whether a value is
 * valid is not the question of projection, with one exception: a branch that declares members or items is taken only where it holds
 * for the object or array that is there, and no member leaves that only other branches declare. Places are made when a value
 * first comes there, so preparing a projector costs next to nothing.
 *
 * Null leaves only where the schema says `nullable`. Under `{}` scalars leave and arrays keep their items, but members of objects
 * are free-form. A name that some schema here declares is described by those declarations alone; typed maps and the free form
 * speak of the names that none declares.
 */
import { makeChecks } from './check.ts'
import { chooseBranches } from './choose.ts'
import { type Choose, EVERY_KIND, leavesOf } from './leaves.ts'
import { type PathTree, pathTree, unnamed } from './path-tree.ts'
import { pointerToken } from './pointer.ts'
import type { NodeId, ObjectNode, SchemaNode, SchemaProgram } from './program.ts'
import type { LinearRegex } from './regex.ts'
import type { Selection } from './selection.ts'
import type { JsonTree } from './tree.ts'
import type { Work } from './violation.ts'

/** `declared`: as the nodes say. `free`: everything may leave. `lost`: nothing may, but it is read for its grammar and its rows. */
type Mode = 'declared' | 'free' | 'lost'

export interface Place {
  readonly mode: Mode
  readonly lost: boolean
  /** Nodes without compositions, in order of their ids. */
  readonly nodes: readonly NodeId[]
  readonly tree: PathTree | undefined
  /** A row or a field of a row rule is here. */
  readonly watched: boolean
  /** Kinds that may leave. */
  readonly kinds: number
  /** Where the schema that describes only this place is unsound. */
  readonly unsound: string | undefined
  /** The compositions that describe an object or array here, where its branches have to be chosen by its value. */
  readonly choices: readonly NodeId[] | undefined
  /** Items before this index have a place each (`prefixItems`); the rest share one. */
  readonly prefix: number
  /** The members of an object, made when first needed, as are the three below. */
  members: Members | undefined
  readonly items: Place[]
  /** By the branches chosen. */
  readonly narrowed: Map<string, Place>
  lostTwin: Place | undefined
}

/** The members of an object: those declared, those the selection names, and some that were met. */
export interface Members {
  readonly byName: Map<string, Member>
  /** Where every member goes that is not among them; with `patterned` its name may tell another. */
  readonly others: Place
  readonly patterned: boolean
  /** Stands before the first member: its `next` is the one that came first the last time. */
  readonly start: Member
}

export interface Member {
  readonly name: string
  /** For messages: the name if schema or template know it; a name that only the value knows may be personal. */
  readonly token: string
  /** UTF-16 units of the name, if a text can hold it unescaped. */
  readonly codes: Uint16Array | undefined
  /** One bit in one of two masks, to find a name that comes twice. Members past the 62nd have none and are remembered by name. */
  readonly low: number
  readonly high: number
  place: Place | undefined
  /** The member that followed the last time: members usually come in the same order. */
  next: Member | undefined
}

export interface Places {
  root(node: NodeId): Place
  membersOf(place: Place): Members
  placeOf(parent: Place, member: Member): Place
  /** The place of a member by a name that nothing remembers, under `patternProperties`. */
  placeOfName(parent: Place, name: string): Place
  itemsOf(place: Place, index: number): Place
  /** The place as the value that is there chooses it. */
  narrow(place: Place, tree: JsonTree, work: Work): Place
  /** The same place when what is there must not leave. */
  lost(place: Place): Place
  /** Remembers a member that is not declared, so that the next one is found without looking it up; `undefined` once enough are known. */
  learn(parent: Place, name: string): Member | undefined
}

/** How many undeclared names a projector remembers, and how long ones: speed only, a name beyond that is treated the same. */
const MAX_LEARNED = 2000
const MAX_LEARNED_LENGTH = 64
/** How many sets of branches a place remembers. */
const MAX_NARROWED = 64

export function makePlaces(
  program: SchemaProgram,
  selection: Selection,
  regex: LinearRegex,
): Places {
  const checks = makeChecks(program, { regex, direction: 'response', stripped: true })
  const known = new Map<string, Place>()
  let learned = 0

  const place = (
    ids: readonly NodeId[] | Mode,
    tree: PathTree | undefined,
    choose?: Choose,
  ): Place => {
    const reach = typeof ids === 'string' ? undefined : leavesOf(ids, program, choose)
    const mode = tree?.drop === true ? 'lost' : reach === undefined ? (ids as Mode) : 'declared'
    const nodes = reach === undefined || mode === 'lost' ? [] : reach.nodes
    const kinds = mode === 'lost' ? 0 : mode === 'free' ? EVERY_KIND : (reach?.kinds ?? 0)
    const unsound = kinds === 0 && mode === 'declared' ? reach?.unsound : undefined
    // Places that only hold what was met in a value are not shared: each has its own order of members.
    const choices =
      mode === 'declared' && reach?.choices === true && choose === undefined ? ids : undefined
    const key =
      mode === 'declared'
        ? `${nodes.join()}|${kinds}|${tree?.id ?? ''}|${choices?.toString() ?? ''}`
        : undefined
    const met = key === undefined ? undefined : known.get(key)
    if (met !== undefined) return met
    const made: Place = {
      mode,
      lost: mode === 'lost',
      nodes,
      tree,
      watched:
        tree !== undefined &&
        (tree.rows.length > 0 || tree.fields.length > 0 || tree.link !== undefined),
      kinds,
      unsound,
      choices: typeof choices === 'string' ? undefined : choices,
      prefix: nodes.reduce((most, id) => Math.max(most, prefixOf(program.nodes[id]).length), 0),
      members: undefined,
      items: [],
      narrowed: new Map(),
      lostTwin: undefined,
    }
    if (key !== undefined) known.set(key, made)
    return made
  }

  const objectsOf = (at: Place): readonly ObjectNode[] =>
    at.nodes.map((id) => program.nodes[id]).filter((node) => node?.kind === 'object')
  const says = (at: Place, kind: SchemaNode['kind']): boolean =>
    at.nodes.some((id) => program.nodes[id]?.kind === kind)

  /** Where members go that no schema here declares: a typed map, the free form if the template keeps it, or nowhere. */
  const othersOf = (at: Place): readonly NodeId[] | Mode => {
    if (at.mode !== 'declared') return at.mode
    const objects = objectsOf(at)
    const maps = objects.map((node) => node.additional).filter((id) => typeof id === 'number')
    if (maps.length > 0) return maps
    const free = says(at, 'any') || objects.some((node) => node.additional === true)
    return free && selection.freeForm === 'keep' ? 'free' : 'lost'
  }
  /** The schemas of a declared member; `lost` if one of the schemas says it is written, never read. */
  const declaredAt = (at: Place, name: string): readonly NodeId[] | Mode => {
    const ids: NodeId[] = []
    for (const node of objectsOf(at)) {
      if (node.writeOnly?.includes(name)) return 'lost'
      for (const [declared, id] of node.properties) if (declared === name) ids.push(id)
      for (const [pattern, id] of node.patterns ?? [])
        if (checks.matches(pattern, name)) ids.push(id)
    }
    return ids.length > 0 ? ids : othersOf(at)
  }

  const places: Places = {
    root: (node) => place([node], pathTree(selection)),
    membersOf(at) {
      if (at.members !== undefined) return at.members
      const others = place(othersOf(at), unnamed(at.tree))
      const members = {
        byName: new Map<string, Member>(),
        others,
        patterned: objectsOf(at).some((node) => node.patterns !== undefined),
        start: memberOf('', -1, ''),
      }
      const names = new Set(objectsOf(at).flatMap((node) => node.properties.map(([name]) => name)))
      for (const name of at.tree?.names.keys() ?? []) names.add(name)
      let before: Member = members.start
      for (const name of names) {
        const member = memberOf(name, members.byName.size, pointerToken(name))
        members.byName.set(name, member)
        before.next = member
        before = member
      }
      at.members = members
      return members
    },
    placeOf: (parent, member) =>
      (member.place ??= place(
        declaredAt(parent, member.name),
        parent.tree?.names.get(member.name) ?? unnamed(parent.tree),
      )),
    placeOfName: (parent, name) => place(declaredAt(parent, name), unnamed(parent.tree)),
    itemsOf(at, index) {
      const slot = Math.min(index, at.prefix)
      const met = at.items[slot]
      if (met !== undefined) return met
      const ids: NodeId[] = []
      for (const id of at.nodes) {
        const node = program.nodes[id]
        if (node?.kind === 'array') ids.push(prefixOf(node)[slot] ?? node.items)
        if (node?.kind === 'any') ids.push(id)
      }
      return (at.items[slot] = place(
        at.mode === 'declared' ? ids : at.mode,
        at.tree?.items ?? unnamed(at.tree),
      ))
    },
    narrow(at, tree, work) {
      if (at.choices === undefined) return at
      const chosen = chooseBranches(at.choices, tree, work, program, checks)
      const key = [...chosen].map(([id, parts]) => `${id}:${parts.join()}`).join(';')
      const met = at.narrowed.get(key)
      if (met !== undefined) return met
      const made = place(at.choices, at.tree, (id) => chosen.get(id) ?? [])
      // Every set of branches is one of few; what is past the bound is made again each time.
      if (at.narrowed.size < MAX_NARROWED) at.narrowed.set(key, made)
      return made
    },
    lost: (at) => (at.lost ? at : (at.lostTwin ??= place('lost', at.tree))),
    learn(parent, name) {
      const { byName, others, patterned } = places.membersOf(parent)
      // The names of a typed map are data: they do not come again.
      if (learned >= MAX_LEARNED || others.mode === 'declared' || patterned) return undefined
      if (name.length > MAX_LEARNED_LENGTH) return undefined
      learned++
      // INVARIANT: what is kept is a copy. A slice would hold the whole answer it was cut from in memory.
      const copy = String.fromCharCode(...unitsOf(name))
      const member = memberOf(copy, byName.size, '*')
      byName.set(copy, member)
      return member
    },
  }
  return places
}

function prefixOf(node: SchemaNode | undefined): readonly NodeId[] {
  return node?.kind === 'array' ? (node.prefix ?? []) : []
}

/** UTF-16 units, not characters: iterating over a string would take a surrogate pair as one. */
function unitsOf(name: string): Uint16Array {
  return Uint16Array.from({ length: name.length }, (_, i) => name.charCodeAt(i))
}

function memberOf(name: string, index: number, token: string): Member {
  const codes = unitsOf(name)
  return {
    name,
    token,
    // A quote, a backslash or a control character never stands for itself in a text.
    codes: codes.some((code) => code < 32 || code === 34 || code === 92) ? undefined : codes,
    low: index >= 0 && index < 31 ? 1 << index : 0,
    high: index >= 31 && index < 62 ? 1 << (index - 31) : 0,
    place: undefined,
    next: undefined,
  }
}
