/**
 * Projection: one pass over the text of an answer that lets through what the schema declares and the selection allows (DESIGN §3).
 * Spans of the text are copied as they stand, so numbers keep every digit; nothing is parsed into a value. A text that is not
 * one unambiguous JSON value (RFC 8259) is refused whole, wherever the fault is: two parsers might read it differently.
 */
import { makePlaces, type Member, type Place, type Places } from './place.ts'
import { ARRAY, BOOLEAN, NULL, NUMBER, OBJECT, STRING } from './leaves.ts'
import type { NodeId, SchemaProgram } from './program.ts'
import { bindTest, type RowCheck } from './row-test.ts'
import { endOfLiteral, endOfNumber, endOfString, MAX_DEPTH, skipSpace, stringAt } from './scan.ts'
import type { Projected, RowFacts, RowRule, Selection } from './selection.ts'
import type { LinearRegex } from './regex.ts'
import { treeAt } from './tree.ts'
import { type Desk, makeDesk, type Units } from './units.ts'
import { workLimit } from './validate.ts'
import type { Work } from './violation.ts'

/**
 * Projects one text. `ascii`: the bytes of the text, where the caller knows that it is ASCII and has them at hand. They are read
 * in its place, which is faster and changes no answer.
 */
export type Project = (text: string, facts: RowFacts, ascii?: Uint8Array) => Projected

export interface ProjectorOptions {
  /** For branches and member names that a pattern tells. Without an engine no pattern matches, so nothing leaves by one. */
  readonly regex?: LinearRegex
  readonly desk?: Desk
}

const NO_PATTERNS: LinearRegex = { compile: () => ({ refused: 'there is no engine' }) }

/**
 * Prepares a projection. Cheap to prepare: what a place may let out is worked out when a value first has one, and kept. Remembers
 * the order and the undeclared names of members it met, for speed; no answer depends on that. Projectors may share a `desk`.
 */
export function prepareProjector(
  program: SchemaProgram,
  root: NodeId,
  selection: Selection,
  { regex = NO_PATTERNS, desk = makeDesk() }: ProjectorOptions = {},
): Project {
  const places = makePlaces(program, selection, regex)
  const place = places.root(root)
  return (text, facts, ascii) => {
    if (place.unsound !== undefined) return refused('unsound', '')
    const units = desk(text, ascii)
    const walk = startWalk(places, selection.rows, facts, text)
    const from = skipSpace(units, 0)
    const end = walkValue(walk, place, units, from, 0)
    if (end === 0) return refused(walk.reason, walk.at)
    if (skipSpace(units, end < 0 ? -end : end) < text.length) return refused('malformed', '')
    // The root has nobody to be left out of.
    if (end < 0) return refused('type', '')
    const { removedFields, removedRows } = walk
    if (removedFields === 0 && removedRows === 0 && walk.rewritten === 0)
      return { ok: true, text, removedFields, removedRows }
    return { ok: true, text: walk.out + text.slice(walk.copied), removedFields, removedRows }
  }
}

type Reason = Extract<Projected, { readonly ok: false }>['reason']

function refused(reason: Reason, at: string): Projected {
  return { ok: false, reason, at }
}

/** A value inside alternatives inside alternatives is looked at once for each; nobody nests them deeper than a few. */
const CHOOSING = 4

/** What one pass over one text knows. */
interface Walk {
  readonly text: string
  readonly places: Places
  readonly rules: readonly RowRule[]
  readonly checks: readonly RowCheck[]
  /** By rule, for the row being read: has its field been met, and has it passed every time. */
  readonly met: boolean[]
  readonly passed: boolean[]
  out: string
  /** The text before this position is in `out` or was cut. */
  copied: number
  removedFields: number
  removedRows: number
  /** Links that leave otherwise than they came. */
  rewritten: number
  readonly link: RowFacts['link']
  /** What choosing branches may still cost. */
  readonly work: Work
  reason: Reason
  /** Built from the inside out once something has failed. */
  at: string
}

function startWalk(places: Places, rules: readonly RowRule[], facts: RowFacts, text: string): Walk {
  return {
    text,
    places,
    rules,
    checks: rules.map((rule) => bindTest(rule.test, facts)),
    met: rules.map(() => false),
    passed: rules.map(() => false),
    out: '',
    copied: 0,
    removedFields: 0,
    removedRows: 0,
    rewritten: 0,
    link: facts.link,
    work: { left: CHOOSING * workLimit(text.length) },
    reason: 'malformed',
    at: '',
  }
}

/** Leaves the text from `from` to `to` out. Cuts come in order; neighbours become one. */
function cut(walk: Walk, from: number, to: number): void {
  if (from > walk.copied) walk.out += walk.text.slice(walk.copied, from)
  walk.copied = to
}

function fail(walk: Walk, reason: Reason): 0 {
  walk.reason = reason
  return 0
}

/** Ends at a value: its end if it may leave, the negative of its end if not, 0 if the whole text is refused. */
function walkValue(walk: Walk, place: Place, units: Units, at: number, depth: number): number {
  return place.watched
    ? walkWatched(walk, place, units, at, depth)
    : walkPlain(walk, place, units, at, depth)
}

function walkPlain(walk: Walk, place: Place, units: Units, at: number, depth: number): number {
  const code = units[at] ?? 0
  let end: number
  let kind: number
  if (code === 34) {
    end = endOfString(units, at + 1)
    kind = STRING
  } else if (code === 123 || code === 91) {
    if (depth >= MAX_DEPTH) return fail(walk, 'too-deep')
    kind = code === 123 ? OBJECT : ARRAY
    const here = place.choices === undefined ? place : chosen(walk, place, units, at, depth)
    const leaves = (here.kinds & kind) !== 0
    const inner = leaves ? here : walk.places.lost(place)
    end =
      code === 123
        ? walkObject(walk, inner, units, at + 1, depth + 1)
        : walkArray(walk, inner, units, at + 1, depth + 1)
    return leaves ? end : -end
  } else if (code === 116 || code === 102) {
    end = endOfLiteral(units, at)
    kind = BOOLEAN
  } else if (code === 110) {
    end = endOfLiteral(units, at)
    kind = NULL
  } else {
    end = endOfNumber(units, at)
    kind = NUMBER
  }
  if (end < 0) return fail(walk, 'malformed')
  return (place.kinds & kind) !== 0 ? end : -end
}

/** The place as the object or array at `at` chooses it. What is no JSON is lost, and refused when the walk comes to it. */
function chosen(walk: Walk, place: Place, units: Units, at: number, depth: number): Place {
  const tree = treeAt(walk.text, units, at, MAX_DEPTH - depth)
  return typeof tree === 'string'
    ? walk.places.lost(place)
    : walk.places.narrow(place, tree, walk.work)
}

function walkString(walk: Walk, place: Place, units: Units, at: number): number {
  const end = endOfString(units, at + 1)
  if (end < 0) return fail(walk, 'malformed')
  return (place.kinds & STRING) !== 0 ? end : -end
}

/** How many members to try in the order of the last time before looking the name up. */
const TRIES = 4

function walkObject(walk: Walk, place: Place, units: Units, at: number, depth: number): number {
  let i = skipSpace(units, at)
  if (units[i] === 125) return i + 1
  const members = place.members ?? walk.places.membersOf(place)
  let low = 0
  let high = 0
  /** Names met that have no bit. */
  let others: Set<string> | undefined
  let before = members.start
  let comma = 0
  let kept = false
  for (;;) {
    const start = i
    if (units[i] !== 34) return fail(walk, 'malformed')
    let member = expected(before, units, i + 1)
    let name: string | undefined
    if (member !== undefined) i += member.name.length + 2
    else {
      const end = endOfString(units, i + 1)
      if (end < 0) return fail(walk, 'malformed')
      name = stringAt(walk.text, i, end)
      i = end
      member = members.byName.get(name) ?? walk.places.learn(place, name)
      if (member?.codes !== undefined) before.next = member
    }
    if (member !== undefined && (member.low | member.high) !== 0) {
      if (((low & member.low) | (high & member.high)) !== 0) return fail(walk, 'duplicate-key')
      low |= member.low
      high |= member.high
    } else {
      name ??= member?.name ?? ''
      others ??= new Set()
      if (others.has(name)) return fail(walk, 'duplicate-key')
      others.add(name)
    }
    if (units[i] !== 58) {
      i = skipSpace(units, i)
      if (units[i] !== 58) return fail(walk, 'malformed')
    }
    i = skipSpace(units, i + 1)
    const inner =
      member !== undefined
        ? (member.place ?? walk.places.placeOf(place, member))
        : members.patterned
          ? walk.places.placeOfName(place, name ?? '')
          : members.others
    // Most members are strings: told here, they cost two calls less.
    const end =
      units[i] === 34 && !inner.watched
        ? walkString(walk, inner, units, i)
        : walkValue(walk, inner, units, i, depth)
    if (end === 0) return failedIn(walk, member)
    i = end < 0 ? -end : end
    if (!place.lost) {
      if (end > 0) kept = true
      else {
        walk.removedFields++
        cut(walk, kept ? comma : start, i)
      }
    }
    if (member !== undefined) before = member
    const closing = skipSpace(units, i)
    const code = units[closing] ?? 0
    if (code === 125) return closing + 1
    if (code !== 44) return fail(walk, 'malformed')
    comma = closing
    i = skipSpace(units, closing + 1)
    // Nothing kept so far: the comma goes with the member before it.
    if (!kept && !place.lost) walk.copied = i
  }
}

/** The member whose name stands at `at` and is closed there, if it is one of those that came next the last time. */
function expected(before: Member, units: Units, at: number): Member | undefined {
  let candidate = before.next
  for (let tries = 0; tries < TRIES && candidate !== undefined; tries++) {
    const { codes } = candidate
    // The closing quote first: it tells most wrong candidates by their length.
    if (codes !== undefined && units[at + codes.length] === 34) {
      let i = 0
      while (i < codes.length && units[at + i] === codes[i]) i++
      if (i === codes.length) return candidate
    }
    candidate = candidate.next
  }
  return undefined
}

function failedIn(walk: Walk, member: Member | undefined): 0 {
  walk.at = `/${member?.token ?? '*'}${walk.at}`
  return 0
}

function walkArray(walk: Walk, place: Place, units: Units, at: number, depth: number): number {
  let i = skipSpace(units, at)
  if (units[i] === 93) return i + 1
  let items = place.items[0] ?? walk.places.itemsOf(place, 0)
  let index = 0
  const isRow = items.tree !== undefined && items.tree.rows.length > 0
  let comma = 0
  let kept = false
  for (;;) {
    const start = i
    const end = walkValue(walk, items, units, i, depth)
    if (end === 0) {
      walk.at = `/*${walk.at}`
      return 0
    }
    i = end < 0 ? -end : end
    if (!place.lost) {
      if (end > 0) kept = true
      else {
        if (isRow) walk.removedRows++
        else walk.removedFields++
        cut(walk, kept ? comma : start, i)
      }
    }
    const closing = skipSpace(units, i)
    const code = units[closing] ?? 0
    if (code === 93) return closing + 1
    if (code !== 44) return fail(walk, 'malformed')
    comma = closing
    i = skipSpace(units, closing + 1)
    if (!kept && !place.lost) walk.copied = i
    if (index < place.prefix) items = walk.places.itemsOf(place, ++index)
  }
}

/** A value that is a row, or a field that a row is judged by. */
function walkWatched(walk: Walk, place: Place, units: Units, at: number, depth: number): number {
  const tree = place.tree
  if (tree === undefined) return walkPlain(walk, place, units, at, depth)
  if (tree.link !== undefined && units[at] === 34)
    return walkLink(walk, place, units, at, tree.link)
  for (const rule of tree.rows) {
    walk.met[rule] = false
    walk.passed[rule] = true
  }
  const { out, copied, removedFields, removedRows, rewritten } = walk
  const end = walkPlain(walk, place, units, at, depth)
  if (end === 0) return 0
  if (tree.fields.length > 0) judge(walk, tree.fields, units, at, end < 0 ? -end : end)
  for (const rule of tree.rows) {
    if (walk.met[rule] && walk.passed[rule]) continue
    // An object that stands alone cannot be left out of anything: it is somebody else's answer.
    if (!tree.isItem) return fail(walk, 'foreign-object')
    // What was cut inside the row is forgotten: the row goes as a whole.
    walk.out = out
    walk.copied = copied
    walk.removedFields = removedFields
    walk.removedRows = removedRows
    walk.rewritten = rewritten
    return end < 0 ? end : -end
  }
  return end
}

function walkLink(walk: Walk, place: Place, units: Units, at: number, foreign: boolean): number {
  const end = walkString(walk, place, units, at)
  if (end <= 0 || walk.link === undefined) return end
  const url = stringAt(walk.text, at, end)
  const leaves = walk.link(url, foreign)
  if (leaves === undefined) return -end
  if (leaves === url) return end
  cut(walk, at, end)
  walk.out += JSON.stringify(leaves)
  walk.rewritten++
  return end
}

/** Puts a scalar to the tests of the rules whose field it is: strings decoded, other scalars by their text. */
function judge(walk: Walk, rules: readonly number[], units: Units, at: number, end: number): void {
  const { text } = walk
  const code = units[at]
  const scalar = code !== 123 && code !== 91 && code !== 110
  const value = code === 34 ? stringAt(text, at, end) : text.slice(at, end)
  for (const rule of rules) {
    walk.met[rule] = true
    if (!scalar || walk.checks[rule]?.(value) !== true) walk.passed[rule] = false
  }
}
