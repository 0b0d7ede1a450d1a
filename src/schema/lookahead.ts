/**
 * Engines that run in linear time have no lookahead, yet `^(?!\s)(.*)(\S)$` guards the idempotency key of most open-banking
 * specifications. At the start of an anchored pattern a lookahead is no more than a second pattern about the same text, so it
 * can be taken off without changing what matches.
 */

export interface SplitPattern {
  /** All of these must match. */
  readonly must: readonly string[]
  /** None of these may match. */
  readonly mustNot: readonly string[]
}

/** How many lookaheads may follow one another. */
const MAX_LOOKAHEADS = 8

/** The pattern as several without leading lookaheads, or `undefined` if it has none, or more about it than this can tell exactly. */
export function splitLookaheads(pattern: string): SplitPattern | undefined {
  const must: string[] = []
  const mustNot: string[] = []
  let rest = pattern
  for (let count = 0; count < MAX_LOOKAHEADS && /^\^\(\?[=!]/.test(rest); count++) {
    const end = closingOf(rest, 1)
    // Top-level alternatives would leave the anchor and the lookahead on one side only; a repeated lookahead says nothing.
    if (end === undefined || /^[*+?{]/.test(rest.slice(end + 1)) || hasAlternatives(rest))
      return undefined
    ;(rest[3] === '!' ? mustNot : must).push(`^(?:${rest.slice(4, end)})`)
    rest = `^${rest.slice(end + 1)}`
  }
  if (must.length + mustNot.length === 0) return undefined
  return { must: [rest, ...must], mustNot }
}

/** Where the group that opens at `open` closes. */
function closingOf(pattern: string, open: number): number | undefined {
  for (const { at, depth } of brackets(pattern, open)) if (depth === 0) return at
  return undefined
}

function hasAlternatives(pattern: string): boolean {
  for (const { at, depth } of brackets(pattern, 0))
    if (depth === 0 && pattern[at] === '|') return true
  return false
}

/** Every parenthesis and bar from `from`, outside of classes and escapes, with the depth after it. */
function* brackets(pattern: string, from: number): Generator<{ at: number; depth: number }> {
  let depth = 0
  let inClass = false
  for (let at = from; at < pattern.length; at++) {
    const letter = pattern[at]
    if (letter === '\\') at++
    else if (inClass) inClass = letter !== ']'
    else if (letter === '[') inClass = true
    else if (letter === '(' || letter === ')' || letter === '|') {
      if (letter !== '|') depth += letter === '(' ? 1 : -1
      yield { at, depth }
    }
  }
}
