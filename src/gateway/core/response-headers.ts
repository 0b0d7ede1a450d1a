/** Which of the upstream's headers leave: those the kernel named, minus what belongs to one connection or is said by us. */

/** Lower-case names; repeated headers are lists. */
export type UpstreamHeaders = Readonly<Record<string, string | readonly string[] | undefined>>

/** RFC 9110 §7.6.1, framing that we compute ourselves, and headers that are ours or tell too much. */
const NEVER = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'content-length',
  'date',
  'cache-control',
  'x-content-type-options',
  'strict-transport-security',
  'content-security-policy',
  'set-cookie',
  'server',
  'via',
  'x-powered-by',
  'www-authenticate',
  // The bank's own trace stays with the bank.
  'traceparent',
  'tracestate',
  'traceresponse',
])

/** Appends to `into`. `interaction` is the header that was already set; `link` says how an address leaves, if at all. */
export function keptHeaders(
  into: string[],
  upstream: UpstreamHeaders,
  allowed: readonly string[],
  interaction: string,
  link: (url: string, foreign: boolean) => string | undefined = (url) => url,
): void {
  const listed = connectionOptions(upstream['connection'])
  let typed = false
  for (const name of allowed) {
    if (name === 'content-type') typed = true
    if (NEVER.has(name) || name === interaction || name.startsWith('x-gatehouse-')) continue
    if (listed !== undefined && listed.has(name)) continue
    const value = own(upstream, name)
    // RFC 9110 §10.2.2: one address. Two are none.
    if (name !== 'location') append(into, name, value)
    else if (typeof value === 'string') append(into, name, link(value, true))
  }
  if (!typed) append(into, 'content-type', upstream['content-type'])
}

function append(into: string[], name: string, value: string | readonly string[] | undefined): void {
  if (value === undefined) return
  if (typeof value === 'string') into.push(name, value)
  else for (const one of value) into.push(name, one)
}

/** A header called `constructor` is a header, not what every object inherits. */
function own(upstream: UpstreamHeaders, name: string): string | readonly string[] | undefined {
  return Object.hasOwn(upstream, name) ? upstream[name] : undefined
}

/** Names that the upstream listed in `Connection`; `undefined` for the usual two words. */
function connectionOptions(value: string | readonly string[] | undefined): Set<string> | undefined {
  if (value === undefined || value === 'keep-alive' || value === 'close') return undefined
  const text = typeof value === 'string' ? value : value.join(',')
  return new Set(text.split(',').map((name) => name.trim().toLowerCase()))
}
