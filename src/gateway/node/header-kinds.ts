/** What each request header means to a proxy, by name. Decided once per spelling, because clients repeat themselves. */
export type HeaderKind =
  | 'forward'
  | 'drop'
  | 'host'
  | 'authorization'
  | 'content-length'
  | 'transfer-encoding'
  | 'upgrade'
  | 'connection'
  | 'expect'

const OWN_KIND: ReadonlyMap<string, HeaderKind> = new Map([
  ['host', 'host'],
  // Tokens are never forwarded: the bank API gets the context instead, and cannot leak what it does not have.
  ['authorization', 'authorization'],
  ['content-length', 'content-length'],
  ['transfer-encoding', 'transfer-encoding'],
  ['upgrade', 'upgrade'],
  ['connection', 'connection'],
  ['expect', 'expect'],
])

const DROPPED = new Set([
  // RFC 9110 §7.6.1: belong to one connection.
  'keep-alive',
  'te',
  'trailer',
  'proxy-authorization',
  'proxy-authenticate',
  'proxy-connection',
  'http2-settings',
  // Ambient credentials have no place between machines.
  'cookie',
  // Claims about who is calling, which we cannot check.
  'forwarded',
  'x-real-ip',
  'x-client-ip',
  'client-ip',
  'true-client-ip',
  'x-cluster-client-ip',
  'cf-connecting-ip',
  'x-client-cert',
  'x-ssl-client-cert',
  'ssl-client-cert',
  'client-cert',
  'client-cert-chain',
  // Other ways to name a path or a method than the ones that were judged.
  'x-original-url',
  'x-rewrite-url',
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
  // A part of a body cannot be projected, and we say which coding we read.
  'range',
  'if-range',
  'accept-encoding',
  // Conditions on the bytes that the bank has, which nobody was given: its 304 would tell of what was trimmed.
  'if-none-match',
  'if-modified-since',
  // Judged and written anew (W3C Trace Context).
  'traceparent',
  'tracestate',
])

/**
 * Ours; what proxies say of a client; and what an Envoy before the bank takes for orders of its own operator: retries of a payment
 * (`x-envoy-retry-on`), time limits, another cluster.
 */
const DROPPED_PREFIXES = ['x-gatehouse-', 'gatehouse-', 'x-forwarded-', 'x-envoy-']

const REMEMBERED = 2_000
const MAX_NAME = 128

export type HeaderKinds = (name: string) => HeaderKind

export function createHeaderKinds(): HeaderKinds {
  const known = new Map<string, HeaderKind>()
  return (name) => {
    let kind = known.get(name)
    if (kind === undefined) {
      kind = kindOf(name)
      if (known.size < REMEMBERED && name.length <= MAX_NAME) known.set(name, kind)
    }
    return kind
  }
}

export function kindOf(name: string): HeaderKind {
  const lower = name.toLowerCase()
  const own = OWN_KIND.get(lower)
  if (own !== undefined) return own
  // `X_Gatehouse_Subject` is `X-Gatehouse-Subject` to any server that speaks CGI: no name with an underscore goes on.
  if (lower.includes('_') || DROPPED.has(lower)) return 'drop'
  return DROPPED_PREFIXES.some((prefix) => lower.startsWith(prefix)) ? 'drop' : 'forward'
}
