/**
 * A request without the headers object that Node builds for each one. We read the raw list, where nothing is joined or dropped; Node
 * itself asks for three names only (`expect`; `content-length` and `transfer-encoding` for empty requests), and they are there.
 */
import { IncomingMessage } from 'node:http'

const ASKED = new Set(['expect', 'content-length', 'transfer-encoding'])

export class LeanRequest extends IncomingMessage {}

// A property by its type, an accessor in fact, in Node as here.
Object.defineProperty(LeanRequest.prototype, 'headers', {
  configurable: true,
  get(this: IncomingMessage) {
    return askedHeaders(this.rawHeaders)
  },
})

/** The first of each: `judgeFraming` refuses a second one. */
function askedHeaders(raw: readonly string[]): Record<string, string | undefined> {
  let asked: Record<string, string | undefined> | undefined
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at] ?? ''
    if (name.length !== 6 && name.length !== 14 && name.length !== 17) continue
    const lower = name.toLowerCase()
    if (ASKED.has(lower)) (asked ??= {})[lower] ??= raw[at + 1]
  }
  return asked ?? NONE
}
const NONE = Object.freeze({})
