/**
 * Answers that are a JWS as a whole (`application/jwt`, Open Finance Brasil). What the bank signed leaves as it is, or not at all: the
 * gateway looks at what the message says, and where something of it may not leave, the signature could not stay.
 */
import { type JsonTree, MAX_DEPTH, type Projected, readTree, treeKey } from '../schema/index.ts'
import { withoutEnvelope } from './body-tree.ts'
import type { Applied } from './verdict.ts'

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const VALUES: ReadonlyMap<string, number> = new Map([...LETTERS].map((letter, at) => [letter, at]))

/** `run`: projects what the message says. */
export function projectMessage(run: (text: string) => Projected): (text: string) => Applied {
  return (text) => {
    const payload = payloadOf(text)
    const tree = payload === undefined ? 'malformed' : readTree(payload, MAX_DEPTH)
    if (payload === undefined || typeof tree === 'string')
      return { ok: false, reason: tree === 'too-deep' ? tree : 'malformed', at: '' }
    const projected = run(payload)
    if (!projected.ok) return projected
    const left = readTree(projected.text, MAX_DEPTH)
    const whole = typeof left !== 'string' && said(left) === said(tree)
    return whole
      ? { ok: true, text, removedFields: 0, removedRows: 0 }
      : { ok: false, reason: 'signed', at: '' }
  }
}

function said(tree: JsonTree): string {
  return treeKey(withoutEnvelope(tree))
}

/** The second of three segments, as text (RFC 7515 §3.1); `undefined`: it is none, or not UTF-8. */
function payloadOf(text: string): string | undefined {
  const segments = text.split('.')
  const [, segment = ''] = segments
  if (segments.length !== 3 || segment === '' || segment.length % 4 === 1) return undefined
  let escaped = ''
  let bits = 0
  let held = 0
  for (const letter of segment) {
    const value = VALUES.get(letter)
    if (value === undefined) return undefined
    held = (held << 6) | value
    bits += 6
    if (bits < 8) continue
    bits -= 8
    escaped += `%${((held >> bits) & 255).toString(16).padStart(2, '0')}`
    held &= (1 << bits) - 1
  }
  try {
    return decodeURIComponent(escaped)
  } catch {
    return undefined
  }
}
