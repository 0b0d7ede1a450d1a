/** Heads of our answers. INVARIANT: no byte of a bank or of a client can end a line of one. */
import { STATUS_CODES } from 'node:http'
import { writeFieldLines } from './field-lines.ts'

/** Status line and field lines in latin1, without the empty line; `undefined` when something in it could not be told from the end of a line. */
export function answerText(status: number, headers: readonly string[]): string | undefined {
  if (!(status >= 200 && status <= 599)) return undefined
  const lines = writeFieldLines(headers)
  return lines === undefined ? undefined : statusLine(status) + lines
}

const statusLines = new Map<number, string>()

function statusLine(status: number): string {
  let line = statusLines.get(status)
  if (line === undefined) {
    line = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`
    statusLines.set(status, line) // at most four hundred
  }
  return line
}

/** RFC 9110 §6.6.1, §5.6.7: made once a second. */
export function createDateLine(now: () => number): () => string {
  let second = -1
  let line = ''
  return () => {
    const at = now()
    const current = Math.floor(at / 1000)
    if (current !== second) {
      second = current
      line = `date: ${new Date(at).toUTCString()}\r\n`
    }
    return line
  }
}
