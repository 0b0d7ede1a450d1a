/** The head of a request to a bank API. INVARIANT: no byte of a client can end a line of it. */
import { isFieldName } from './field-characters.ts'
import { writeFieldLines } from './field-lines.ts'

/** RFC 9112 §3.2, by what may stand in a target that the kernel rebuilt: no blanks, no control characters. */
const TARGET = /^[\x21-\x7e\x80-\xff]+$/
/**
 * Latin1 text with the empty line at its end. `headers` is name, value, …; `bodyBytes` is -1 when there is no body.
 * `undefined` when something in it could not be told from the end of a line.
 */
export function requestHead(
  method: string,
  path: string,
  host: string,
  headers: readonly string[],
  bodyBytes: number,
): string | undefined {
  if (!isFieldName(method) || !TARGET.test(path)) return undefined
  const lines = writeFieldLines(headers)
  if (lines === undefined) return undefined
  const head = `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\n${lines}`
  // RFC 9110 §8.6: a method that usually has content says so when it has none.
  if (bodyBytes >= 0) return `${head}content-length: ${bodyBytes}\r\n\r\n`
  return WITH_CONTENT.has(method) ? `${head}content-length: 0\r\n\r\n` : `${head}\r\n`
}
const WITH_CONTENT = new Set(['POST', 'PUT', 'PATCH'])
