/** Names as words: `SortCodeAccountNumber`, `sort-code`, `cpfCnpj`, `IBAN` and `endereço` all become lower-case ASCII words. */

export type Words = readonly string[]

/** German letters as German writes them without; of all others only the accent goes. */
const GERMAN: Readonly<Record<string, string>> = {
  ä: 'ae',
  ö: 'oe',
  ü: 'ue',
  Ä: 'Ae',
  Ö: 'Oe',
  Ü: 'Ue',
  ß: 'ss',
}
/** `motDePasse`, `numeroDoCartao`, `dateOfBirth`: they stand between the words that tell. */
const SMALL_WORDS = new Set([
  'of',
  'the',
  'de',
  'da',
  'do',
  'du',
  'del',
  'des',
  'dos',
  'das',
  'la',
  'las',
  'los',
  'el',
])

/** Splits at case changes, digits and everything that is neither letter nor digit; accents, plural endings and small words go. */
export function wordsOf(name: string): Words {
  const ascii = name
    .slice(0, 200)
    .normalize('NFC')
    .replaceAll(/[äöüÄÖÜß]/g, (letter) => GERMAN[letter] ?? letter)
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/(?<=[A-Z]{2})s(?![a-z])/g, '') // IBANs
  const parts = ascii.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+/g) ?? []
  const words = parts.map((part) => part.toLowerCase())
  return words.filter((word) => !SMALL_WORDS.has(word)).map(singular)
}

/** Crude on purpose: rules go through it too, so that only equality matters. */
function singular(word: string): string {
  if (word.length > 4 && word.endsWith('ies')) return `${word.slice(0, -3)}y`
  if (word.length > 4 && /(ch|sh|ss|x)es$/.test(word)) return word.slice(0, -2)
  if (word.length > 3 && word.endsWith('s') && !word.endsWith('ss')) return word.slice(0, -1)
  return word
}

/** A pattern: words in a row anywhere in the name; with `=` in front, the whole name. */
export interface WordPattern {
  readonly whole: boolean
  readonly words: Words
}

export function wordPattern(text: string): WordPattern {
  const whole = text.startsWith('=')
  const words = (whole ? text.slice(1) : text).split(' ')
  return { whole, words: words.filter((word) => !SMALL_WORDS.has(word)).map(singular) }
}

export function matches(pattern: WordPattern, words: Words): boolean {
  const { whole, words: wanted } = pattern
  if (whole && words.length !== wanted.length) return false
  for (let start = 0; start + wanted.length <= words.length; start++)
    if (wanted.every((word, index) => words[start + index] === word)) return true
  return false
}

/** True if any of a table's patterns matches. */
export function matchesAny(patterns: readonly WordPattern[], words: Words): boolean {
  return patterns.some((pattern) => matches(pattern, words))
}
