/**
 * The request target, judged and never repaired (control `gateway-hardening`). Whatever two parsers could read in two ways is refused
 * here, so that the path that was judged is the path that goes upstream. RFC 9112 §3.2.1 origin-form only.
 */
import type { ErrorCode } from '../lib/index.ts'
import { decodePercent, hasControl, isPathCode } from './percent.ts'
import { judgeQuery, NO_QUERY, type QueryPair } from './query.ts'

/** Characters a target may have (with its query); one more is refused. */
export const MAX_TARGET_LENGTH = 8192

export interface JudgedTarget {
  /** Decoded; the last one is `''` if the path ends in a slash. */
  readonly segments: readonly string[]
  /** As written, when the path holds an escape. */
  readonly written: readonly string[] | undefined
  readonly query: readonly QueryPair[]
}

export interface TargetFault {
  readonly code: ErrorCode
  /** Says what was wrong without repeating what was sent. */
  readonly fault: string
}

export function judgeTarget(raw: string): JudgedTarget | TargetFault {
  if (raw.length > MAX_TARGET_LENGTH)
    return {
      code: 'GH_GATEWAY_TARGET_TOO_LONG',
      fault: `more than ${MAX_TARGET_LENGTH} characters`,
    }
  if (raw.charCodeAt(0) !== SLASH) return malformed('not in origin-form: it must start with "/"')
  const mark = raw.indexOf('?')
  const end = mark === -1 ? raw.length : mark
  const written: string[] = []
  let escaped = false
  let from = 1
  for (let at = 1; at <= end; at++) {
    const code = at === end ? SLASH : raw.charCodeAt(at)
    if (code === SLASH) {
      // An empty segment is allowed only as the last: a trailing slash is another path, `//` is two readings of one.
      if (at === from && at !== end) return malformed('an empty path segment')
      written.push(raw.slice(from, at))
      from = at + 1
    } else if (code === PERCENT) escaped = true
    else if (!isPathCode(code)) return malformed('a character that may not stand in a path')
  }
  const segments: string[] = escaped ? [] : written
  for (const segment of written) {
    const text = escaped ? decodeSegment(segment) : segment
    if (text === undefined) return malformed('an escape that may not stand in a path')
    if (text.charCodeAt(0) === DOT && isDotSegment(text)) return malformed('a dot segment')
    if (escaped) segments.push(text)
  }
  const query = mark === -1 ? NO_QUERY : judgeQuery(raw.slice(mark + 1))
  if (typeof query === 'string') return malformed(query)
  return { segments, written: escaped ? written : undefined, query }
}

const SLASH = 0x2f
const PERCENT = 0x25
const DOT = 0x2e

function malformed(fault: string): TargetFault {
  return { code: 'GH_GATEWAY_TARGET_MALFORMED', fault }
}

/** Refuses what a second decoder, or another operating system, would take for structure: `/`, `\`, `%`, NUL and other controls. */
function decodeSegment(written: string): string | undefined {
  if (!written.includes('%')) return written
  const text = decodePercent(written)
  if (text === undefined || text.includes('/') || text.includes('\\') || text.includes('%'))
    return undefined
  return hasControl(text) ? undefined : text
}

/** `.` and `..`, also before a `;`: servlet containers cut "path parameters" off and resolve the dots afterwards. */
function isDotSegment(text: string): boolean {
  const cut = text.indexOf(';')
  const name = cut === -1 ? text : text.slice(0, cut)
  return name === '.' || name === '..'
}
