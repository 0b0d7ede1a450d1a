/** What a check that lets through says: what goes to the bank, what must not, and what the client is told beside the bank's answer. */
import type { UpstreamCall } from '../core/index.ts'
import type { HeaderKinds } from '../node/index.ts'
import { ALLOW_HEADERS } from './names.ts'

/** By what may stand in a target that the kernel rebuilt: no blanks, no control characters. */
const TARGET = /^\/[\x21-\x7e]*$/

/**
 * Name, value, …; `undefined` when the target could not be told from the end of a header. `toClient` goes to the client under names that
 * Envoy hands on (`allowed_client_headers_on_success`), `call.context` to the bank in place of whatever the client sent under its names.
 */
export function allowHeaders(
  { api, path, context }: UpstreamCall,
  toClient: readonly string[],
  rawHeaders: readonly string[],
  kinds: HeaderKinds,
): string[] | undefined {
  if (!TARGET.test(path)) return undefined
  const headers = [ALLOW_HEADERS.api, api, ALLOW_HEADERS.path, path, ...context]
  for (let at = 0; at < toClient.length; at += 2) {
    const name = toClient[at] ?? ''
    // The interaction id is for both.
    if (!isNamed(context, name)) headers.push(name, toClient[at + 1] ?? '')
  }
  const remove = removed(rawHeaders, context, kinds)
  if (remove !== '') headers.push(ALLOW_HEADERS.remove, remove)
  return headers
}

/** Names of the client's headers that do not go on: the same that do not from a listener of our own. */
function removed(
  rawHeaders: readonly string[],
  context: readonly string[],
  kinds: HeaderKinds,
): string {
  const names = new Set<string>()
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? ''
    const kind = kinds(name)
    if (kind === 'forward' || kind === 'content-length' || kind === 'host') continue
    const lower = name.toLowerCase()
    // What we say anew takes the place of what came.
    if (!isNamed(context, lower)) names.add(lower)
  }
  return [...names].join(',')
}

function isNamed(context: readonly string[], lower: string): boolean {
  for (let at = 0; at < context.length; at += 2) if (context[at] === lower) return true
  return false
}
