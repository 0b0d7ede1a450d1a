/** Codes that a bank sends on paper or tells in a branch: letters and digits that are not taken for one another (Crockford's base 32). */

const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
/** 60 bits: nobody guesses one, however long he may try. */
export const CODE_LETTERS = 12

/** `bytes`: as many random ones as there are letters. */
export function writtenCode(bytes: Uint8Array): string {
  const letters = [...bytes].map((byte) => LETTERS[byte % LETTERS.length]).join('')
  return letters.replaceAll(/(.{4})(?=.)/g, '$1-')
}

/** As it was made, however it was typed; of two codes together in one order, whichever was typed first. Never longer than what was typed. */
export function plainCode(typed: string): string {
  const plain = typed
    .slice(0, 64)
    .toUpperCase()
    .replaceAll(/[\s-]/g, '')
    .replaceAll('O', '0')
    .replaceAll(/[IL]/g, '1')
  if (plain.length !== 2 * CODE_LETTERS) return plain
  return [plain.slice(0, CODE_LETTERS), plain.slice(CODE_LETTERS)].toSorted().join('')
}
