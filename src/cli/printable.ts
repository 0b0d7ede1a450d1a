/**
 * The last look at what goes to a terminal. Specifications, configurations and recorded events hold other people's text: it must not
 * move the cursor, set a title, hide what follows or turn the line round.
 */

/**
 * Controls but tab and newline, line separators and the marks that reorder text (Unicode UAX #9 §2). An escape is ours when it
 * begins one of the colours of `style.ts`.
 */
const STEERS =
  // oxlint-disable-next-line no-control-regex -- they are what is taken out
  /\u001B(?!\[(?:1|2|22|31|32|33|39)m)|[\0-\u0008\u000B-\u001A\u001C-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028\u2029\u202A-\u202E\u2066-\u2069]/g

/** The text with each such character as `\uXXXX`: to be read by people, and in JSON the same character as before. */
export function printable(text: string): string {
  return text.replaceAll(
    STEERS,
    (found) => String.raw`\u` + found.charCodeAt(0).toString(16).padStart(4, '0'),
  )
}
