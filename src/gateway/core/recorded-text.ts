/**
 * Text of a token as it may stand in an event. An issuer chose it, perhaps as a stranger asked: it must neither steer the terminal of
 * whoever reads events, nor look like a line of its own, nor make the record grow.
 */

/** Characters of one text; what a `client_id` may have in the feed. */
export const MAX_RECORDED_CHARS = 256
/** Texts of one list, such as the scopes of a token: as many as a consent may have permissions, so that those are never cut. */
export const MAX_RECORDED_ITEMS = 256

/** RFC 6749 appendix A: printable ASCII is all that these texts are made of. */
const STRANGE = /[^\u0020-\u007e]/g
const PLAIN = /^[ -~]{0,256}$/

/**
 * The same text when it is what RFC 6749 appendix A allows. Otherwise every other character is `\uFFFD` and a long text ends in `…`:
 * neither is ASCII, so what is recorded equals no sound identifier.
 */
export function recordedText(text: string): string {
  if (PLAIN.test(text)) return text
  const cut = text.slice(0, MAX_RECORDED_CHARS)
  const plain = cut.replaceAll(STRANGE, '\uFFFD')
  return cut.length < text.length ? `${plain}…` : plain
}

/** The first texts of a list; `…` says that there were more. */
export function recordedTexts(texts: Iterable<string>): readonly string[] {
  const list: string[] = []
  for (const text of texts) {
    if (list.length === MAX_RECORDED_ITEMS) return [...list, '…']
    list.push(recordedText(text))
  }
  return list
}
