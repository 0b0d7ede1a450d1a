/** Two versions of one schema. What is narrower breaks who sends, what is wider breaks who reads; what is checked less is told apart. */
import type { JsonValue } from '../../lib/index.ts'
import type { ChangeCode, Report } from './change.ts'
import { isLower, type Shape, shapeAt } from './shape.ts'

export type Direction = 'request' | 'response'

interface Versions {
  readonly before: JsonValue
  readonly after: JsonValue
  readonly direction: Direction
  readonly report: Report
}

/** Pairs of schemas looked at for one message; a message with more is compared by its first part. */
export const MAX_COMPARED = 20_000

export function compareSchemas(
  versions: Versions,
  before: string | null,
  after: string | null,
  at: string,
): void {
  if (before === null || after === null) {
    if (before !== after)
      versions.report({
        code: before === null ? 'schema-added' : 'schema-removed',
        at,
        before,
        after,
      })
    return
  }
  const seen = new Set<string>()
  const queue: (readonly [before: string, after: string, at: string])[] = [[before, after, at]]
  for (let next = 0; next < queue.length && next < MAX_COMPARED; next++) {
    const [left, right, here] = queue[next] ?? ['', '', '']
    const [old, fresh] = [shapeAt(versions.before, left), shapeAt(versions.after, right)]
    const pair = `${old.pointer} ${fresh.pointer}`
    if (seen.has(pair)) continue
    seen.add(pair)
    compareShapes(versions, old, fresh, here)
    for (const [name, pointer] of old.properties) {
      const other = fresh.properties.get(name)
      if (other !== undefined) queue.push([pointer, other, `${here}.${name}`])
    }
    if (old.items !== null && fresh.items !== null)
      queue.push([old.items, fresh.items, `${here}[]`])
  }
}

function compareShapes(
  { direction, report }: Versions,
  old: Shape,
  fresh: Shape,
  at: string,
): void {
  const tell = (what: Told, detail: string, [before, after] = [old.pointer, fresh.pointer]): void =>
    report({ code: `${direction}-${what}`, at, detail, before, after })
  const gone = old.types.filter((type) => !fresh.types.includes(type) && !widens(type, fresh.types))
  const come = fresh.types.filter((type) => !old.types.includes(type) && !widens(type, old.types))
  const types = `${old.types.join('|') || 'any'} → ${fresh.types.join('|') || 'any'}`
  const narrowed =
    (gone.length > 0 && fresh.types.length > 0) || (old.types.length === 0 && come.length > 0)
  const widened =
    (come.length > 0 && old.types.length > 0) ||
    (fresh.types.length === 0 && gone.length > 0) ||
    isWider(old.types, fresh.types)
  if (narrowed || isWider(fresh.types, old.types)) tell('type-narrowed', types)
  if (widened) tell('type-widened', types)
  enums(old, fresh, tell)
  if (old.pattern !== fresh.pattern) {
    const detail = `pattern ${bounded(old.pattern)} → ${bounded(fresh.pattern)}`
    if (fresh.pattern === null) tell('loosened', detail)
    else tell(old.pattern === null ? 'tightened' : 'pattern-changed', detail)
  }
  if (old.format !== fresh.format) {
    const detail = `format ${bounded(old.format)} → ${bounded(fresh.format)}`
    if (old.format !== null) tell('loosened', detail)
    if (fresh.format !== null) tell('tightened', detail)
  }
  for (const bound of new Set([...old.bounds.keys(), ...fresh.bounds.keys()])) {
    const [was, is] = [old.bounds.get(bound), fresh.bounds.get(bound)]
    if (was === is) continue
    const looser = is === undefined || (was !== undefined && (isLower(bound) ? is < was : is > was))
    tell(looser ? 'loosened' : 'tightened', `${bound} ${was ?? 'none'} → ${is ?? 'none'}`)
  }
  if (old.closed !== fresh.closed) tell(fresh.closed ? 'closed' : 'opened', '')
  members(old, fresh, direction, at, report)
}

/** What stands after the direction in a code. */
type Told =
  | 'type-narrowed'
  | 'type-widened'
  | 'enum-narrowed'
  | 'enum-widened'
  | 'loosened'
  | 'tightened'
  | 'pattern-changed'
  | 'closed'
  | 'opened'

/** An integer is a number: where numbers were, it is none that is new. */
function widens(type: string, types: readonly string[]): boolean {
  return (
    (type === 'integer' && types.includes('number')) ||
    (type === 'number' && types.includes('integer'))
  )
}
function isWider(old: readonly string[], fresh: readonly string[]): boolean {
  return old.includes('integer') && !old.includes('number') && fresh.includes('number')
}

function enums(old: Shape, fresh: Shape, tell: (what: Told, detail: string) => void): void {
  if (old.enum === null && fresh.enum === null) return
  if (fresh.enum === null) return tell('loosened', 'enum is gone')
  if (old.enum === null) return tell('enum-narrowed', `only ${bounded(fresh.enum.join(', '))}`)
  const [was, is] = [old.enum, fresh.enum]
  const gone = was.filter((value) => !is.includes(value))
  const come = is.filter((value) => !was.includes(value))
  if (gone.length > 0) tell('enum-narrowed', `without ${bounded(gone.join(', '))}`)
  if (come.length > 0) tell('enum-widened', `with ${bounded(come.join(', '))}`)
}

function members(old: Shape, fresh: Shape, direction: Direction, at: string, report: Report): void {
  for (const [name, pointer] of old.properties)
    if (!fresh.properties.has(name))
      report({
        code: `${direction}-member-removed`,
        at: `${at}.${name}`,
        before: pointer,
        after: fresh.pointer,
      })
  for (const [name, pointer] of fresh.properties) {
    if (old.properties.has(name)) continue
    const demands = direction === 'request' && fresh.required.has(name)
    const code: ChangeCode = demands ? 'request-member-added-required' : `${direction}-member-added`
    report({ code, at: `${at}.${name}`, before: old.pointer, after: pointer })
  }
  for (const name of new Set([...old.required, ...fresh.required])) {
    const [was, is] = [old.required.has(name), fresh.required.has(name)]
    // A member that came or went as a whole is told already.
    if (was === is || old.properties.has(name) !== fresh.properties.has(name)) continue
    const code: ChangeCode = `${direction}-member-${is ? 'required' : 'optional'}`
    const [before, after] = [
      old.properties.get(name) ?? old.pointer,
      fresh.properties.get(name) ?? fresh.pointer,
    ]
    report({ code, at: `${at}.${name}`, before, after })
  }
}

function bounded(text: string | null): string {
  return text === null ? 'none' : text.length > 120 ? `${text.slice(0, 119)}…` : text
}
