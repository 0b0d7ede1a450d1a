/** Following local `$ref`s. Nothing outside the document is ever looked at. */
import { type ErrorCode, isJsonObject, type JsonValue, nearest } from '../../lib/index.ts'
import { MAX_REFERENCE_HOPS } from '../limits.ts'
import { childPointer, pointerOf, tokensOfReference, valueAt } from './pointer.ts'

export interface Located {
  readonly value: JsonValue
  readonly pointer: string
}

export interface ReferenceProblem {
  readonly code: ErrorCode
  readonly message: string
  /** Pointer of the `$ref` member that leads nowhere. */
  readonly pointer: string
  /** The reference its author may have meant: asked for when the problem is listed, not each time it is met. */
  readonly suggest?: () => string | undefined
}

export type Followed =
  | { readonly ok: true; readonly value: JsonValue; readonly pointer: string }
  | { readonly ok: false; readonly problem: ReferenceProblem }

/** The reference of a Reference Object (OpenAPI 3.0.3 §4.7.23: its other members are ignored), or `undefined`. */
export function referenceOf(value: JsonValue | undefined): string | undefined {
  const reference = isJsonObject(value) ? value['$ref'] : undefined
  return typeof reference === 'string' ? reference : undefined
}

/** Follows a chain of `$ref`s to the value at its end. */
export function follow(root: JsonValue, from: Located): Followed {
  const seen = new Set<string>()
  let { value, pointer } = from
  for (;;) {
    const reference = referenceOf(value)
    if (reference === undefined) return { ok: true, value, pointer }
    const refused = (
      code: ErrorCode,
      message: string,
      suggest?: () => string | undefined,
    ): Followed => ({
      ok: false,
      problem: {
        code,
        message,
        pointer: childPointer(pointer, '$ref'),
        ...(suggest === undefined ? {} : { suggest }),
      },
    })
    if (seen.has(pointer))
      return refused('GH_INVENTORY_REF_CYCLE', `${quoted(reference)} leads back to itself.`)
    if (seen.size === MAX_REFERENCE_HOPS)
      return refused(
        'GH_INVENTORY_REF_CYCLE',
        `${quoted(reference)} is behind ${MAX_REFERENCE_HOPS} others; a chain ends sooner.`,
      )
    seen.add(pointer)
    const tokens = tokensOfReference(reference)
    if (tokens === undefined && reference.startsWith('#'))
      return refused(
        'GH_INVENTORY_REF_ANCHOR',
        `${quoted(reference)} names an anchor, and places are found by their path alone.`,
        () => anchored(root, reference.slice(1)),
      )
    if (tokens === undefined)
      return refused(
        'GH_INVENTORY_REF_REMOTE',
        `${quoted(reference)} is outside this document and is not fetched; a reference starts with #/.`,
      )
    const target = valueAt(root, tokens)
    if (target === undefined)
      return refused(
        'GH_INVENTORY_REF_UNRESOLVED',
        `${quoted(reference)} points at nothing in this document.`,
        () => sibling(root, tokens),
      )
    value = target
    pointer = pointerOf(tokens)
  }
}

/** The same parent, a name much like it. */
function sibling(root: JsonValue, tokens: readonly string[]): string | undefined {
  const parent = valueAt(root, tokens.slice(0, -1))
  if (!isJsonObject(parent)) return undefined
  const near = nearest(tokens.at(-1) ?? '', Object.keys(parent).slice(0, 2_000))
  return near === undefined ? undefined : `#${pointerOf([...tokens.slice(0, -1), near])}`
}

/** Values of a document that are looked at for an anchor. */
const MAX_LOOKED_AT = 100_000

/** The place where `$anchor` (2020-12 §8.2.2) gives a schema this name. */
function anchored(root: JsonValue, name: string): string | undefined {
  const waiting: Located[] = [{ value: root, pointer: '' }]
  for (let seen = 0; seen < MAX_LOOKED_AT; seen++) {
    const next = waiting.pop()
    if (next === undefined) return undefined
    const { value, pointer } = next
    if (typeof value !== 'object' || value === null) continue
    if (isJsonObject(value) && value['$anchor'] === name) return `#${pointer}`
    for (const [key, member] of Object.entries(value))
      waiting.push({ value: member, pointer: childPointer(pointer, key) })
  }
  return undefined
}

function quoted(reference: string): string {
  return `\`$ref: ${reference.slice(0, 200)}\``
}
