/**
 * Names that are made to be mistaken for others. Hidden characters are refused by the canonical form already; here a word that mixes
 * writing systems as no language does ("pаypal" with a Cyrillic а) is refused too, since nobody could see what he agrees to.
 * The mixtures that languages do have are those of the "highly restrictive" level (Unicode UTS 39 §5.2).
 */

const SCRIPTS: readonly (readonly [name: string, letters: RegExp])[] = [
  ['latin', /\p{Script=Latin}/u],
  ['cyrillic', /\p{Script=Cyrillic}/u],
  ['greek', /\p{Script=Greek}/u],
  ['armenian', /\p{Script=Armenian}/u],
  ['hebrew', /\p{Script=Hebrew}/u],
  ['arabic', /\p{Script=Arabic}/u],
  ['georgian', /\p{Script=Georgian}/u],
  ['cherokee', /\p{Script=Cherokee}/u],
  ['coptic', /\p{Script=Coptic}/u],
  ['lisu', /\p{Script=Lisu}/u],
  [
    'han',
    /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}]/u,
  ],
]
/** Letters that belong to no language's writing by themselves. */
const NEUTRAL = /[\p{Script=Common}\p{Script=Inherited}]/u

/** Unicode UTS 39 §5.4: marks that are heaped on a letter cover what stands above and below it. */
const HEAPED = /[\p{Mn}\p{Me}]{5}/u

/** Whether marks of `text` cover other text. */
export function heapsMarks(text: string): boolean {
  return HEAPED.test(text.normalize('NFD'))
}

/** Whether a word of `name` mixes writing systems so that it may look like another word. */
export function mixesScripts(name: string): boolean {
  return name.split(/[\p{Zs}\p{P}\p{S}]+/u).some(mixed)
}

function mixed(word: string): boolean {
  const found = new Set<string>()
  for (const letter of word)
    if (!NEUTRAL.test(letter))
      found.add(SCRIPTS.find(([, letters]) => letters.test(letter))?.[0] ?? 'other')
  // Latin beside the scripts of East Asia is how names are written there.
  return found.size > 2 || (found.size === 2 && !(found.has('latin') && found.has('han')))
}
