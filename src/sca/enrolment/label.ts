/** By which customers tell their elements apart. */

export const MAX_LABEL_CHARS = 64

/** Something that can be seen, and nothing that cannot: controls, and what turns the direction of writing. */
export function isLabel(text: string): boolean {
  return (
    text.length <= MAX_LABEL_CHARS &&
    text.trim() !== '' &&
    text.isWellFormed() &&
    !/[\p{Cc}\p{Cf}\u2028\u2029]/u.test(text)
  )
}
