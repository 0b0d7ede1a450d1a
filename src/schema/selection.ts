/**
 * What may leave of a value that its schema declares: the template's and the consent's half of the intersection (DESIGN §3).
 * Serialisable; the data of one request comes in beside it as `RowFacts`.
 */
/** Property names from the root; `*` is each item of an array. `['Data','Transaction','*','Balance']`. */
export type FieldPath = readonly string[]

export interface Selection {
  /** Never leaves, whatever the schema says. */
  readonly drop: readonly FieldPath[]
  readonly rows: readonly RowRule[]
  /** Every text at or below one of these is a link, and leaves as `facts.link` has it. Absent: there are none. */
  readonly links?: readonly LinkPlace[]
  /** Members under `additionalProperties: true` or `{}` (free-form): kept only if the template says so. Default `strip`. */
  readonly freeForm: 'keep' | 'strip'
}

/**
 * Keeps a row only if its `field` passes `test`. `at` names the rows: the last segment is `*` for items of an array (a row that fails
 * is left out), otherwise one object (if it fails, the whole answer is refused). A row without the field fails.
 */
export interface RowRule {
  readonly at: FieldPath
  /** Path inside the row. */
  readonly field: FieldPath
  readonly test: RowTest
}

export type RowTest =
  /** The value is one of `facts.sets[set]`. */
  | { readonly kind: 'in'; readonly set: string }
  /** An RFC 3339 date-time (or `YYYY-MM-DD`) inside `facts.windows[window]`, both ends included. */
  | { readonly kind: 'within'; readonly window: string }

/** `foreign`: what stands there may lead to somebody else, such as to where the customer authorises. */
export interface LinkPlace {
  readonly at: FieldPath
  readonly foreign: boolean
}

export interface RowFacts {
  /** A link as it may leave; `undefined`: not at all. Absent: every link leaves as it is. */
  readonly link?: (url: string, foreign: boolean) => string | undefined
  readonly sets: Readonly<Record<string, ReadonlySet<string>>>
  /** Milliseconds since the epoch; an absent end is open. */
  readonly windows: Readonly<Record<string, { readonly from?: number; readonly to?: number }>>
}

export type Projected =
  | {
      readonly ok: true
      /** The projected JSON text; the same string object if nothing was removed. */
      readonly text: string
      readonly removedFields: number
      readonly removedRows: number
    }
  /** Not JSON, too deep, a duplicate key, or a row rule on a single object failed. Nothing of it may leave. */
  | {
      readonly ok: false
      readonly reason:
        | 'malformed'
        | 'too-deep'
        | 'duplicate-key'
        | 'foreign-object'
        | 'unsound'
        | 'type'
      readonly at: string
    }
