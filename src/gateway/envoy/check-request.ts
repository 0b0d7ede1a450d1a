/** From what Envoy asks to the request that a client sent: as it would have come to a listener of our own. */
import { CHECK_HEADERS, CHECK_PREFIX, OURS } from './names.ts'

export interface CheckRequest {
  /** Target as the client sent it. */
  readonly target: string
  /** The client's own headers: name, value, name, value. `x-forwarded-client-cert` is Envoy's. */
  readonly rawHeaders: readonly string[]
  /** `''`: none was said. */
  readonly secret: string
  readonly listener: string
  readonly tls: string
  readonly peer: string
}

/**
 * Envoy joins what came twice of these as it reads them, and a value with a comma is none that any of them may have: it is taken apart
 * again, so that it is refused as what it is.
 */
const JOINED: ReadonlySet<string> = new Set(['authorization', 'content-type', 'host'])

/** Of Envoy's own call, and nothing that a client said. The length is that of the body that came with the check. */
function isOfTheCall(name: string, value: string): boolean {
  return (
    name.startsWith('x-envoy-') ||
    (name.startsWith('x-forwarded-') && name !== 'x-forwarded-client-cert') ||
    (name === 'content-length' && value === '0')
  )
}

/** `undefined`: it is no check, or says something of ours twice. */
export function readCheck(target: string, raw: readonly string[]): CheckRequest | undefined {
  if (!target.startsWith(CHECK_PREFIX)) return undefined
  const ours = new Map<string, string>()
  const rawHeaders: string[] = []
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at] ?? ''
    const value = raw[at + 1] ?? ''
    const lower = name.toLowerCase()
    if (lower.startsWith(OURS)) {
      if (ours.has(lower)) return undefined
      ours.set(lower, value)
    } else if (JOINED.has(lower) && value.includes(',')) {
      for (const part of value.split(',')) rawHeaders.push(name, part.trim())
    } else if (!isOfTheCall(lower, value)) {
      rawHeaders.push(name, value)
    }
  }
  const said = (name: string): string => ours.get(name) ?? ''
  return {
    target: target.slice(CHECK_PREFIX.length),
    rawHeaders,
    secret: said(CHECK_HEADERS.secret),
    listener: said(CHECK_HEADERS.listener),
    tls: said(CHECK_HEADERS.tls),
    peer: said(CHECK_HEADERS.peer),
  }
}
