/**
 * W3C Trace Context (https://www.w3.org/TR/trace-context/): what the caller says of its trace is judged, and the bank API gets a child
 * of it. What is absent, malformed or said twice begins a new trace (§3.2.2.3, §4.3). The sampled flag is the caller's wish about
 * traces: no event is ever left out for it.
 */
import type { HeaderView } from '../../decide/index.ts'
import type { TraceRecord } from '../../events/index.ts'
import { isZero, type TraceIds } from './trace-ids.ts'

export interface Trace {
  readonly record: TraceRecord
  /** `traceparent` for the upstream. */
  readonly parent: string
  /** `tracestate` for the upstream; `''`: none. */
  readonly state: string
}

/** §3.2: version, trace id, parent id, flags; a later version may have more after another hyphen. */
const PARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/
/** Longer ones belong to no version that anybody knows. */
const MAX_PARENT_CHARS = 512
/** Sampled, and random (level 2); others must be set to zero (§3.2.2.5.2). */
const KNOWN_FLAGS = 0x03
/** Every request is recorded as an event that names its span: "may have recorded trace data". */
const FRESH_FLAGS = '01'

export function readTrace(headers: HeaderView, ids: TraceIds): Trace {
  const parents = headers.all('traceparent')
  const [written = ''] = parents
  const known = parents.length === 1 ? judgeParent(written) : undefined
  const span = ids.span()
  if (known === undefined) {
    const id = ids.trace()
    return {
      record: { id, span, parent: null },
      parent: `00-${id}-${span}-${FRESH_FLAGS}`,
      state: '',
    }
  }
  const { id, parent, flags } = known
  return {
    record: { id, span, parent },
    parent: `00-${id}-${span}-${flags}`,
    state: judgeState(headers.all('tracestate')),
  }
}

function judgeParent(
  written: string,
): { readonly id: string; readonly parent: string; readonly flags: string } | undefined {
  if (written.length > MAX_PARENT_CHARS) return undefined
  const match = PARENT.exec(written)
  if (match === null) return undefined
  const [, version, id = '', parent = '', flags = '', more] = match
  // §3.2.2.1: ff is forbidden; version 00 has nothing after its flags.
  if (version === 'ff' || (version === '00' && more !== undefined)) return undefined
  if (isZero(id) || isZero(parent)) return undefined
  const kept = Number.parseInt(flags, 16) & KNOWN_FLAGS
  return { id, parent, flags: `0${kept}` }
}

/** §3.3.1.1. */
export const MAX_STATE_MEMBERS = 32
/** §3.3.1.5: so much is always passed on; of more, large members go first, then the last ones. */
export const MAX_STATE_CHARS = 512
export const LARGE_MEMBER_CHARS = 128

/** §3.3.1.3: a simple key, or tenant@system as level 1 has it; §3.3.1.4: printable ASCII without comma and equals sign. */
const MEMBER =
  /^([a-z0-9][a-z0-9_\-*/]{0,255}|[a-z0-9][a-z0-9_\-*/]{0,240}@[a-z][a-z0-9_\-*/]{0,13})=([\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e])$/

/** The members that go on, in their order; `''` when the list is not well formed as a whole. */
function judgeState(values: readonly string[]): string {
  const members: string[] = []
  const keys = new Set<string>()
  for (const value of values)
    for (const part of value.split(',')) {
      const member = part.replace(/^[ \t]+|[ \t]+$/g, '')
      if (member === '') continue // §3.3.1.1: empty members are allowed
      const key = MEMBER.exec(member)?.[1]
      if (key === undefined || keys.has(key) || members.length === MAX_STATE_MEMBERS) return ''
      keys.add(key)
      members.push(member)
    }
  return shortened(members).join(',')
}

function shortened(members: readonly string[]): readonly string[] {
  let length = members.join(',').length
  if (length <= MAX_STATE_CHARS) return members
  const kept = [...members]
  for (const wanted of [LARGE_MEMBER_CHARS, 0])
    for (let at = kept.length - 1; at >= 0 && length > MAX_STATE_CHARS; at--) {
      const size = kept[at]?.length ?? 0
      if (size <= wanted) continue
      kept.splice(at, 1)
      length -= size + 1
    }
  return kept
}
