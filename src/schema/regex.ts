/** A regular-expression engine that runs in time linear in its input. `RegExp` is not one, so it never sees a pattern from a file. */
export interface LinearRegex {
  /** Prepares a pattern (unanchored search, as JSON Schema `pattern`), or says why it cannot be run in linear time. */
  compile(pattern: string): LinearPattern | { readonly refused: string }
}
export interface LinearPattern {
  test(text: string): boolean
}
