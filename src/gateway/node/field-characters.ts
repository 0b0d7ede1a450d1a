/**
 * Which characters may stand in the name and in the value of a header field (RFC 9110 §5.6.2, §5.5): no control character in either, so
 * neither a bare CR nor a bare LF. A table: two patterns for each field cost three times as much, on each request.
 */

export const IN_NAME = 1
export const IN_VALUE = 2

const PARTS = Uint8Array.from({ length: 256 }, (_, code) => {
  const named = /[!#$%&'*+\-.^_`|~0-9A-Za-z]/.test(String.fromCharCode(code))
  const valued = code === 0x09 || (code >= 0x20 && code !== 0x7f)
  return (named ? IN_NAME : 0) | (valued ? IN_VALUE : 0)
})

/** Where the run of such characters ends that begins at `at`. */
export function endOfRun(text: string, at: number, part: number): number {
  let end = at
  while (end < text.length && ((PARTS[text.charCodeAt(end)] ?? 0) & part) !== 0) end++
  return end
}

export function isFieldName(text: string): boolean {
  return text !== '' && endOfRun(text, 0, IN_NAME) === text.length
}

export function isFieldValue(text: string): boolean {
  return endOfRun(text, 0, IN_VALUE) === text.length
}
