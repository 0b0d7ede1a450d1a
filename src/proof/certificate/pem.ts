/** PEM (RFC 7468), as files of certificates and revocation lists come: text around the blocks is allowed, other blocks are not touched. */

/** Characters of one file: the anchors of all of the EU's lists together fit ten times. */
export const MAX_PEM_CHARS = 16_777_216

/** The DER of each block with this label; `undefined` for a block that is not base64 or that does not end. */
export function readPem(label: string, text: string): readonly Uint8Array[] | undefined {
  const blocks: Uint8Array[] = []
  const begin = `-----BEGIN ${label}-----`
  const end = `-----END ${label}-----`
  let at = text.indexOf(begin)
  while (at >= 0) {
    const from = at + begin.length
    const until = text.indexOf(end, from)
    if (until < 0) return undefined
    const written = text.slice(from, until).replaceAll(/[\t\n\r ]/g, '')
    if (written === '' || !/^[A-Za-z0-9+/]+={0,2}$/.test(written) || written.length % 4 !== 0)
      return undefined
    blocks.push(Buffer.from(written, 'base64'))
    at = text.indexOf(begin, until)
  }
  return blocks
}
