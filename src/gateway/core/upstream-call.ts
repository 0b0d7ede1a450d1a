/** What goes to the bank API: the target that was judged, and the context it may rely on. */
import type { Allow, Facts, PlanUpstream } from '../../decide/index.ts'
import type { Trace } from './trace-context.ts'

export interface UpstreamCall {
  /** Name of the API. */
  readonly api: string
  /** Who shares the places at the bank API; `''`: nobody is known. */
  readonly client: string
  readonly upstream: PlanUpstream
  readonly method: string
  /** Path and query, as the kernel rebuilt them. */
  readonly path: string
  /** Name, value, …: headers to add after the client's own of these names were dropped. */
  readonly context: readonly string[]
  readonly body: string | undefined
}

export function upstreamCall(
  upstream: PlanUpstream,
  allow: Allow,
  facts: Facts,
  decision: string,
  {
    interaction,
    trace,
  }: { readonly interaction: readonly [string, string]; readonly trace: Trace },
): UpstreamCall {
  const { path, query } = allow.forward
  const token = facts.token?.kind === 'verified' ? facts.token : undefined
  const context = ['x-gatehouse-decision', decision, ...interaction, 'traceparent', trace.parent]
  if (trace.state !== '') context.push('tracestate', trace.state)
  if (token !== undefined) {
    if (token.clientId !== '') context.push('x-gatehouse-client', headerText(token.clientId))
    if (token.subject !== '') context.push('x-gatehouse-subject', headerText(token.subject))
    if (token.consentId !== '') context.push('x-gatehouse-consent', headerText(token.consentId))
  }
  return {
    api: allow.match.api,
    client: token?.clientId ?? '',
    upstream,
    method: allow.match.method,
    path: `${upstream.pathPrefix}${path}${query === '' ? '' : `?${query}`}`,
    context,
    body: facts.body?.kind === 'text' ? facts.body.text : undefined,
  }
}

const SAFE = /^[A-Za-z0-9\-._~:@/+=]*$/

/** Identifiers are free text of an issuer: whatever might break a header, or read as two values, is percent-encoded (UTF-8). */
export function headerText(value: string): string {
  if (SAFE.test(value)) return value
  return encodeURIComponent(value.toWellFormed()).replaceAll(
    /[!'()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
