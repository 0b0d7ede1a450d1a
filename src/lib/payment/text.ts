/**
 * Names and texts of a payment. What a person cannot see must not make two texts one or one text two: hidden characters are refused
 * before anything is folded. Letters that only look alike (Latin a, Cyrillic а) stay different: their code points are.
 */
import { type Canonical, canonical, noCanonical } from './canonical.ts'

/** Characters; ISO 20022 names have 140, remittance texts 140 each. */
export const MAX_TEXT_LENGTH = 500

/** Categories that print nothing, and the blank of Braille. Spaces of every width are category Zs and are folded instead. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u
const SPACES = /\p{Zs}+/gu
/** Letters of ASCII hide nothing and have one form: most texts need no look into the tables of Unicode. */
const PLAIN = /^[ -~]*$/

/** Names: compatibility forms, case and runs of spaces do not count. `''`: nothing is there. */
export function canonicalName(text: string): Canonical {
  return fold(text, (plain, ascii) => {
    if (ascii) return plain.toLowerCase()
    // Upper case first, so that ß is ss and final sigma is sigma (Unicode default case folding).
    // The dotless i has the upper case of i, and is folded to nothing: it stays what it is.
    const parts = plain.normalize('NFKC').split('\u0131')
    const folded = parts.map((part) => part.toUpperCase().toLowerCase()).join('\u0131')
    return folded.normalize('NFKC')
  })
}

/** Whether two texts are one name; what has no canonical form is nobody's. */
export function sameName(one: string, other: string): boolean {
  const [a, b] = [canonicalName(one), canonicalName(other)]
  return a.ok && b.ok && a.value === b.value
}

/** Remittance texts: canonical forms and runs of spaces do not count; case and compatibility forms do. `''`: nothing is there. */
export function canonicalText(text: string): Canonical {
  return fold(text, (plain, ascii) => (ascii ? plain : plain.normalize('NFC')))
}

/** Characters of a reference, which may be a whole structure. */
export const MAX_REFERENCE_LENGTH = 4000

/** References and identifiers: nothing is folded. A space at either end is refused, for one reader drops it and another does not. */
export function canonicalReference(text: string): Canonical {
  if (text.length > MAX_REFERENCE_LENGTH) return noCanonical('too-long')
  if (isHidden(text)) return noCanonical('hidden-characters')
  return text.trim() === text ? canonical(text) : noCanonical('malformed')
}

function isHidden(text: string): boolean {
  return !PLAIN.test(text) && HIDDEN.test(text)
}

function fold(text: string, form: (plain: string, ascii: boolean) => string): Canonical {
  if (text.length > MAX_TEXT_LENGTH) return noCanonical('too-long')
  const ascii = PLAIN.test(text)
  if (ascii) return canonical(form(text, true).replaceAll(/ {2,}/g, ' ').trim())
  if (HIDDEN.test(text)) return noCanonical('hidden-characters')
  const folded = form(text, false)
  // A compatibility form may unfold into something that is hidden.
  if (HIDDEN.test(folded)) return noCanonical('hidden-characters')
  return canonical(folded.replaceAll(SPACES, ' ').trim())
}
