/**
 * The head of a client's request, read to the letter of RFC 9112 §3 and §5: nothing is repaired, joined or dropped, for what two servers
 * read differently is how requests are smuggled (CWE-444). Whatever is read here Node's own strict parser reads in the same way; a test
 * holds it to that.
 */
import { endOfRun, IN_VALUE } from './field-characters.ts'
import { fieldLines } from './field-lines.ts'

export interface RequestText {
  readonly method: string
  /** As it came; what forms of it are served is judged later. */
  readonly target: string
  readonly version: '1.0' | '1.1'
  /** Name, value, name, value; as they came, without the white space around a value. */
  readonly rawHeaders: string[]
}

/** RFC 9112 §3: one space each, no white space before or after. */
const REQUEST_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]{1,32}) ([\x21-\x7e]+) HTTP\/1\.([01])$/

/** RFC 9112 §3.2.1, §3.2.2, §3.2.4; the form with an authority is of CONNECT alone. */
const TARGET = /^(?:\/|\*$|[A-Za-z]+:\/\/[^/])/

/** `text` is the head in latin1, without the empty line at its end. `undefined` when it is not one clear head. */
export function readRequestHead(text: string): RequestText | undefined {
  // RFC 9112 §2.2: one empty line before a request is forgiven.
  const start = text.startsWith('\r\n') ? 2 : 0
  const lineEnd = text.indexOf('\r\n', start)
  const line = REQUEST_LINE.exec(lineEnd < 0 ? text.slice(start) : text.slice(start, lineEnd))
  if (line === null) return undefined
  const rawHeaders = lineEnd < 0 ? [] : fieldLines(text, lineEnd + 2)
  if (rawHeaders === undefined) return undefined
  const [, method = '', target = '', minor] = line
  if (method !== 'CONNECT' && !TARGET.test(target)) return undefined
  return { method, target, version: minor === '1' ? '1.1' : '1.0', rawHeaders }
}

/** Whether more bytes could make a head of it, of which so many were seen before: what is none already need not be waited for. */
export function mayBecomeRequest(part: string, seen: number): boolean {
  for (let at = endOfRun(part, Math.max(0, seen - 1), IN_VALUE); at < part.length;) {
    // The seam may lie within the end of a line.
    const lineEnd =
      part.startsWith('\r\n', at) || (part.charCodeAt(at) === CR && at + 1 === part.length)
    const within = at > 0 && part.startsWith('\r\n', at - 1)
    if (!lineEnd && !within) return false
    at = endOfRun(part, at + (lineEnd ? 2 : 1), IN_VALUE)
  }
  return true
}

const CR = 0x0d
