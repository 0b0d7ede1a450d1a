/**
 * Addresses of requests in one form, so that two spellings of one address are equal (RFC 3986 §6.2.2, §6.2.3): scheme and host in lower
 * case, no default port, no dot segments, percent-encoding only where it is needed and in upper case. Nothing is repaired: what is no
 * http(s) URL is refused.
 */
export interface HttpUrl {
  /** `https://api.bank.example`, with its port unless that is the default. */
  readonly origin: string
  /** `/accounts/1`; at least `/`. Query and fragment are left out. */
  readonly path: string
}

const URL_FORM =
  /^(https?):\/\/((?:[a-z0-9._~-]|%[0-9a-f]{2})+|\[[0-9a-f:.]+\])(?::([0-9]{0,5}))?((?:\/[^?#\s\\]*)?)(?:\?[^#\s]*)?(?:#\S*)?$/i
const DEFAULT_PORTS: ReadonlyMap<string, number> = new Map([
  ['http', 80],
  ['https', 443],
])

/** Longer texts are no address of anybody's API. */
export const MAX_URL_CHARS = 4096

/** An absolute http(s) URL without user information, or `undefined`. */
export function readHttpUrl(text: string): HttpUrl | undefined {
  if (text.length > MAX_URL_CHARS) return undefined
  const [, scheme = '', host = '', port = '', path = ''] = URL_FORM.exec(text) ?? []
  if (scheme === '' || Number(port) > 65_535) return undefined
  const name = scheme.toLowerCase()
  const number = port === '' ? DEFAULT_PORTS.get(name) : Number(port)
  const shown = number === DEFAULT_PORTS.get(name) ? '' : `:${number}`
  return { origin: `${name}://${normalText(host).toLowerCase()}${shown}`, path: normalPath(path) }
}

/** A path as it stands in a request target, without its query. */
export function normalPath(path: string): string {
  const text = path.includes('%') ? normalText(path) : path
  return text.includes('/.') ? withoutDots(text) : text === '' ? '/' : text
}

/** RFC 3986 §6.2.2.1 and §6.2.2.2: upper-case digits, and unreserved characters as themselves. */
function normalText(text: string): string {
  return text.replace(/%[0-9a-f]{2}/gi, (escape) => {
    const letter = String.fromCharCode(Number.parseInt(escape.slice(1), 16))
    return /[A-Za-z0-9\-._~]/.test(letter) ? letter : escape.toUpperCase()
  })
}

/** RFC 3986 §5.2.4. */
function withoutDots(path: string): string {
  const kept: string[] = []
  const parts = path.split('/').slice(1)
  parts.forEach((part, at) => {
    const last = at === parts.length - 1
    if (part === '..') kept.pop()
    if (part !== '.' && part !== '..') kept.push(part)
    else if (last) kept.push('')
  })
  return `/${kept.join('/')}`
}
