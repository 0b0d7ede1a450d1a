/** Patterns of specifications run on RE2's automata (`re2js`): linear in the text, whatever the pattern. */
import { RE2JS } from 're2js'
import type { LinearRegex } from '../../src/schema/index.ts'

/** Beyond this a pattern is not a rule about text but a way to fill memory. */
const MAX_PATTERN_CHARS = 4_096

export const linearRegex: LinearRegex = {
  compile(pattern) {
    if (pattern.length > MAX_PATTERN_CHARS)
      return { refused: `the pattern is longer than ${MAX_PATTERN_CHARS} characters` }
    try {
      const compiled = RE2JS.compile(RE2JS.translateRegExp(pattern))
      return { test: (text) => compiled.matcher(text).find() }
    } catch (error) {
      // Look-around and back-references are what linear time cannot have.
      return { refused: error instanceof Error ? error.message : 'the pattern is not understood' }
    }
  },
}
