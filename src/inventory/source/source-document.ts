/** What both readers, YAML and JSON, make of a text: plain values, their places, and what was odd on the way. */
import type { ErrorCode, JsonValue, Result } from '../../lib/index.ts'
import type { Mark } from './mark.ts'

export interface SourceDocument {
  /** Objects have no prototype: `constructor` is a key like any other. */
  readonly value: JsonValue
  readonly marks: Mark
  readonly duplicates: readonly Duplicate[]
  readonly oddities: readonly SourceProblem[]
}

/** A key that stood in its object already. The first value is in the document; this is the other one. */
export interface Duplicate {
  readonly tokens: readonly string[]
  readonly value: JsonValue
  readonly offset: number
}

export interface SourceProblem {
  readonly code: ErrorCode
  readonly message: string
  readonly offset: number
}

export type SourceResult = Result<SourceDocument, readonly SourceProblem[]>

/** A writable object without prototype: `__proto__` from a file is a plain key. */
export function emptyObject(): Record<string, JsonValue> {
  // sound: Object.create(null) has no members at all
  return Object.create(null) as Record<string, JsonValue>
}

/** Raised inside a reader to stop at a limit; never leaves this folder. */
export interface Stop {
  readonly stop: SourceProblem
}
export function isStop(thrown: unknown): thrown is Stop {
  return typeof thrown === 'object' && thrown !== null && 'stop' in thrown
}
