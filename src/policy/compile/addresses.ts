/** The two addresses of an API: where clients find it, and where the bank serves it. */
import type { PlanUpstream } from '../../decide/index.ts'
import type { Result } from '../../lib/index.ts'
import type { ApiPolicySource } from '../contract.ts'
import { upstreamEgress } from './egress.ts'
import type { MergedRules } from '../merge/merged-rule.ts'
import { ruleSpec } from '../rules/vocabulary.ts'

/** `''` or `/a/b` of plain segments, or why not. A trailing slash is dropped. */
export function readBasePath(text: string): Result<string, string> {
  const path = text.endsWith('/') ? text.slice(0, -1) : text
  // Escapes, dots alone and braces have no place in a name that is matched segment by segment, byte by byte.
  if (path === '' || /^(\/(?!\.{1,2}(\/|$))[A-Za-z0-9\-._~]+)+$/.test(path))
    return { ok: true, value: path }
  return { ok: false, error: `basePath ${JSON.stringify(text)} is not a path of plain segments` }
}

/** What the configuration says of the bank behind an API. */
export type UpstreamSource = Pick<
  ApiPolicySource,
  'upstream' | 'upstreamHealth' | 'upstreamOthers' | 'upstreamTls'
>

/** Origins, prefix and limits; nothing is contacted. */
export function readUpstream(
  { upstream: text, upstreamTls: tls, upstreamOthers = [], upstreamHealth: health }: UpstreamSource,
  rules: MergedRules,
): Result<PlanUpstream, string> {
  const no = (why: string): Result<PlanUpstream, string> => ({
    ok: false,
    error: `upstream ${why}`,
  })
  let url: URL
  try {
    url = new URL(text)
  } catch {
    return no(`${JSON.stringify(text.slice(0, 200))} is not an address`)
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return no('must begin with http:// or https://')
  if (url.username !== '' || url.password !== '') return no('must not hold a user name or password')
  if (url.search !== '' || url.hash !== '') return no('must not hold a query or fragment')
  const prefix = readBasePath(url.pathname)
  if (!prefix.ok) return no(`has a path that is not plain: ${url.pathname}`)
  const origins = [url.origin]
  for (const other of upstreamOthers) {
    const read = URL.parse(other)
    if (read === null || read.href !== read.origin + url.pathname)
      return no(
        `has several addresses, and ${JSON.stringify(other.slice(0, 200))} differs from the first in more than host and port`,
      )
    if (read.protocol !== url.protocol)
      return no('has several addresses, some of http:// and some of https://')
    if (origins.includes(read.origin)) return no(`names ${read.origin} twice`)
    origins.push(read.origin)
  }
  if (tls !== undefined && url.protocol === 'http:')
    return no('begins with http://, and upstreamTls says how to speak TLS with it')
  const required = rules.get('upstream.tls')
  const wanted = required?.mode === 'enforce' ? required.params.get('mode') : undefined
  if (wanted !== undefined && url.protocol === 'http:')
    return no(`begins with http://, and upstream.tls asks for ${String(wanted)}`)
  if (wanted === 'mutual' && tls?.mutual !== true)
    return no('shows no certificate of the gateway (upstreamTls), and upstream.tls asks for mutual')
  const resilience = rules.get('upstream.resilience')
  const limit = (name: string): number => {
    const value =
      resilience?.params.get(name) ?? ruleSpec('upstream.resilience')?.params.get(name)?.fallback
    if (typeof value !== 'number') throw new TypeError(`upstream.resilience has no ${name}`)
    return value
  }
  return {
    ok: true,
    value: {
      origin: url.origin,
      ...(origins.length > 1 && {
        others: origins.slice(1),
        ejection: {
          failures: limit('ejectFailures'),
          baseMs: limit('ejectMs'),
          maxMs: Math.max(limit('ejectMs'), limit('ejectMaxMs')),
          maxPercent: limit('ejectMaxPercent'),
        },
        retries: { percent: limit('retryPercent'), burst: limit('retryBurst') },
      }),
      pathPrefix: prefix.value,
      connectTimeoutMs: limit('connectTimeoutMs'),
      headersTimeoutMs: limit('headersTimeoutMs'),
      bodyTimeoutMs: limit('bodyTimeoutMs'),
      maxResponseBytes: limit('maxResponseBytes'),
      breaker: { failures: limit('breakerFailures'), openMs: limit('breakerOpenMs') },
      ...upstreamEgress(rules),
      ...(health !== undefined && { health }),
      ...(tls !== undefined && { tls }),
    },
  }
}
