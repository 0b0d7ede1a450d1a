/** Names of one document with what the tables say of them. A name stands in hundreds of places and is judged once. */
import { type Areas, areasOf, bitsOf } from './areas.ts'
import { DATA_CLASS_RULES, type DataClassRule } from './data-class-rules.ts'
import { matchesAny, type WordPattern, wordPattern, type Words, wordsOf } from './words.ts'

export interface Name {
  readonly words: Words
  readonly areas: Areas
  /** Rules whose key matches, in order of the table; what must hold around the value is still to be asked. */
  readonly rules: readonly PreparedRule[]
}

export interface PreparedRule {
  readonly rule: DataClassRule
  /** Class and number of the row: `balance#16`. */
  readonly id: string
  readonly key: readonly WordPattern[]
  readonly unless: readonly WordPattern[]
  readonly beside: readonly WordPattern[]
  readonly within: Areas
  readonly outside: Areas
}

export type Vocabulary = (name: string) => Name

const patterns = (text: string | undefined): readonly WordPattern[] =>
  text === undefined ? [] : text.split(', ').map(wordPattern)

const TABLE: readonly PreparedRule[] = DATA_CLASS_RULES.map((rule, index) => ({
  rule,
  id: `${rule.dataClass}#${index + 1}`,
  key: patterns(rule.key),
  unless: patterns(rule.unless),
  beside: patterns(rule.beside),
  within: bitsOf(rule.in ?? []),
  outside: bitsOf(rule.notIn ?? []),
}))

/** Lives as long as one import. */
export function vocabulary(): Vocabulary {
  const known = new Map<string, Name>()
  return (name) => {
    const met = known.get(name)
    if (met !== undefined) return met
    const words = wordsOf(name)
    const rules = TABLE.filter(
      (row) => matchesAny(row.key, words) && !matchesAny(row.unless, words),
    )
    const made = { words, areas: areasOf(words), rules }
    known.set(name, made)
    return made
  }
}
