/**
 * Links in answers of the bank, as they may leave. The bank writes its own address; outside, the API is under another. What leads inside is
 * rewritten where it is the API, and left behind where it is not: it would tell of the bank's machines, and lead nobody anywhere.
 */
import type { ActiveApi } from './plan.ts'

export type PublicLink = (url: string, foreign: boolean) => string | undefined

/** A longer link stays behind. */
const MAX_LINK_LENGTH = 4_096
/** Scheme, authority, rest (RFC 3986 appendix B), without user and password. */
const ABSOLUTE =
  /^(https?):\/\/([A-Za-z0-9._~-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::(\d{1,5}))?((?:[/?#][\x21-\x7e]*)?)$/i
const RELATIVE = /^[\x21-\x7e]*$/

export function preparePublicLink(
  api: Pick<ActiveApi, 'basePath' | 'operations' | 'publicOrigins' | 'upstream'>,
): PublicLink {
  const { basePath, operations, publicOrigins = [], upstream } = api
  const served = new Set(operations.map(({ path }) => firstSegment(path)))
  const addresses = [upstream.origin, ...(upstream.others ?? [])].map(parts)
  const bank = new Set(addresses.map((address) => originOf(...address)))
  const bankHosts = new Set(addresses.map(([, host]) => host.toLowerCase()))
  const [home = ''] = publicOrigins
  const ours = new Set(publicOrigins.map((origin) => originOf(...parts(origin))))
  /** What stands below the bank's prefix stands below our base path. */
  const moved = (rest: string): string | undefined => {
    if (!below(rest, upstream.pathPrefix)) return undefined
    return basePath + rest.slice(upstream.pathPrefix.length)
  }
  return (url, foreign) => {
    if (url.length > MAX_LINK_LENGTH) return undefined
    const absolute = ABSOLUTE.exec(url)
    if (absolute !== null) {
      const [, scheme = '', host = '', port = '', rest = ''] = absolute
      const origin = originOf(scheme, host, port)
      if (ours.has(origin)) return below(rest, basePath) || foreign ? url : undefined
      if (bank.has(origin) || isInside(host)) {
        const path = moved(rest)
        return path === undefined ? undefined : home + path
      }
      // Another door of the bank's host: where a customer authorises may be one, any other is a machine's.
      if (bankHosts.has(host.toLowerCase()) && !(foreign && origin === originOf('https', host, '')))
        return undefined
      // Where nobody said under which origins the API is called, another one may be it.
      return foreign || ours.size === 0 ? url : undefined
    }
    if (url.startsWith('//') || url.includes('\\') || !RELATIVE.test(url)) return undefined
    if (url.startsWith('/')) {
      if (below(url, basePath)) return url
      // A path of the specification, below whatever base the bank has in mind.
      const own = served.has(firstSegment(url)) && below(url, '')
      return upstream.pathPrefix === '' || !own ? moved(url) : basePath + url
    }
    // `?page=2` and `balances` are relative to what was asked; a scheme of its own is not.
    return /^[A-Za-z][A-Za-z0-9+.-]*:/.test(url) ? undefined : url
  }
}

function firstSegment(path: string): string {
  return /^\/[^/?#]*/.exec(path)?.[0] ?? ''
}

function parts(origin: string): [scheme: string, host: string, port: string] {
  const [, scheme = '', host = '', port = ''] = ABSOLUTE.exec(origin) ?? []
  return [scheme, host, port]
}

function originOf(scheme: string, host: string, port: string): string {
  const usual = scheme.toLowerCase() === 'https' ? '443' : '80'
  return `${scheme.toLowerCase()}://${host.toLowerCase()}:${port === '' ? usual : String(Number(port))}`
}

/** The path is the prefix or goes on below it, without a way back up. */
function below(rest: string, prefix: string): boolean {
  if (!rest.startsWith(prefix) || /(?:^|\/)(?:\.|%2e){2}(?:[/?#]|$)/i.test(rest)) return false
  const next = rest.charAt(prefix.length)
  return next === '' || next === '/' || next === '?' || next === '#'
}

/** Names and addresses that mean nothing outside (RFC 1918, RFC 4193, RFC 6761, RFC 6762, RFC 8375). */
function isInside(host: string): boolean {
  const name = host.toLowerCase()
  if (name.startsWith('[')) return /^\[(?:::1\]|f[cd]|fe[89ab])/.test(name)
  if (/^\d+\.\d+\.\d+\.\d+$/.test(name))
    return /^(?:0|10|127|169\.254|192\.168|172\.(?:1[6-9]|2\d|3[01])|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\./.test(
      name,
    )
  return (
    !name.includes('.') ||
    /\.(?:local|localdomain|localhost|internal|intranet|corp|lan|svc|home\.arpa)\.?$/.test(name)
  )
}
