/** The headers of the upstream request: the client's harmless ones, our context, and nothing that names two things at once. */
import type { HeaderKinds } from './header-kinds.ts'

/**
 * `context` is name, value, … in lower case; a client's header of the same name is dropped whatever `Connection` says, so that a
 * caller can neither set nor delete what the bank API relies on.
 */
export function forwardedHeaders(
  raw: readonly string[],
  listed: readonly string[] | undefined,
  context: readonly string[],
  kinds: HeaderKinds,
): string[] {
  const headers: string[] = ['accept-encoding', 'identity']
  for (let at = 0; at < context.length; at++) headers.push(context[at] ?? '')
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at] ?? ''
    if (kinds(name) !== 'forward') continue
    if (listed !== undefined && listed.includes(name.toLowerCase())) continue
    if (isContext(context, name)) continue
    headers.push(name, raw[at + 1] ?? '')
  }
  return headers
}

function isContext(context: readonly string[], name: string): boolean {
  for (let at = 0; at < context.length; at += 2) {
    const ours = context[at] ?? ''
    if (ours.length === name.length && ours === name.toLowerCase()) return true
  }
  return false
}
