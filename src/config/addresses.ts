/** Addresses as people write them: where to listen, where the bank's API is, under which path it is offered. Pure. */

import { isLoopback, readHttpUrl } from '../lib/index.ts'

type Parsed<T> = { readonly value: T } | { readonly wrong: string }

export interface ListenAddress {
  readonly host: string
  readonly port: number
}

const LISTEN = /^(?:\[([0-9A-Fa-f:.]{2,45})\]|([A-Za-z0-9.-]{1,253})):([0-9]{1,5})$/

/** `127.0.0.1:8080`, `[::1]:8080`, `localhost:0`, or a port alone, which means loopback. */
export function parseListen(text: string): Parsed<ListenAddress> {
  if (/^[0-9]{1,5}$/.test(text)) return parseListen(`127.0.0.1:${text}`)
  const match = LISTEN.exec(text)
  const port = Number(match?.[3])
  if (match === null || port > 65535)
    return {
      wrong: 'must be an address and a port (127.0.0.1:8080, [::1]:8080) or a port from 0 to 65535',
    }
  const host = match[1] ?? match[2] ?? ''
  const sound = match[1] === undefined ? isHost(host) : URL.parse(`http://[${host}]`) !== null
  return sound ? { value: { host, port } } : { wrong: 'must name a host or an IP address' }
}

/** A name of plain labels (RFC 1123 §2.1) or four numbers; `127.1` and `10.0.0.256` are read differently by different programs. */
function isHost(host: string): boolean {
  const labels = host.split('.')
  if (/^[0-9]+$/.test(labels.at(-1) ?? '')) return URL.parse(`http://${host}`)?.hostname === host
  return labels.every((part) => /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/.test(part))
}

/**
 * Origin and path without a trailing slash: `https://core.bank.example/aisp`. A path of `/` alone is kept, because it says something:
 * the specification's own server path is not used there (docs/decisions/003).
 */
export function parseUpstream(text: string): Parsed<string> {
  const url = parseHttpUrl(text)
  if (url === undefined)
    return { wrong: 'must be an http or https URL such as http://127.0.0.1:9000' }
  // Credentials are refused as a literal secret before this; `URL` still sees spellings that no pattern does.
  if (url.username !== '' || url.password !== '')
    return { wrong: 'must be a URL without name and password' }
  if (text.includes('?') || text.includes('#'))
    return { wrong: 'must be a URL without query (?) and fragment (#)' }
  if (url.port === '0') return { wrong: 'must be a URL with a port from 1 to 65535' }
  if (isIPv4(url.hostname) && hostOf(text) !== url.hostname)
    return {
      wrong: `must write an address in full, four decimal numbers: other programs read this one otherwise than as ${url.hostname}`,
    }
  if (url.hostname.endsWith('.')) return { wrong: 'must be a URL whose host ends without a dot' }
  const path = text.replace(/^[a-z]+:\/\/[^/]*/i, '')
  if (path !== '' && path !== '/' && !isPlainPath(path.replace(/\/$/, '')))
    return { wrong: 'must be a URL whose path is plain segments, without dot segments, // and %' }
  return { value: url.origin + (path === '/' ? '/' : url.pathname.replace(/\/$/, '')) }
}

function isIPv4(hostname: string): boolean {
  return /^\d{1,3}(?:\.\d{1,3}){3}$/.test(hostname)
}

/** As it is written, without the port. */
function hostOf(text: string): string {
  return text.replace(/^[a-z]+:\/\//i, '').replace(/[:/].*$/, '')
}

/** Where an issuer publishes its keys: `https:`, or `http:` on loopback. */
export const parseKeyUrl = (text: string): Parsed<string> =>
  parseSecureUrl(
    text,
    'a file path or an https URL',
    'whoever changes the keys on the way signs the tokens',
  )

/** An issuer that says where its keys are (RFC 8414 §2: an https URL without query and fragment), or one on loopback. */
export function parseIssuerUrl(text: string): Parsed<string> {
  if (text.includes('?')) return { wrong: 'must be a URL without query (?)' }
  return parseSecureUrl(
    text,
    'an https URL',
    'whoever changes the keys on the way signs the tokens',
  )
}

/** Where an issuer answers us: `https:`, or `http:` on loopback. */
export const parseEndpoint = (text: string): Parsed<string> =>
  parseSecureUrl(text, 'an https URL', 'tokens and a secret go there')

/** Where an OCSP responder is asked: plain HTTP is the rule there, for its answers are signed. */
export function parseResponder(text: string): Parsed<string> {
  const url = parseHttpUrl(text)
  if (url === undefined) return { wrong: 'must be an http or https URL' }
  if (url.username !== '' || url.password !== '')
    return { wrong: 'must be a URL without name and password' }
  if (text.includes('#')) return { wrong: 'must be a URL without fragment (#)' }
  return { value: url.href }
}

function parseSecureUrl(text: string, what: string, because: string): Parsed<string> {
  const url = parseHttpUrl(text)
  if (url === undefined) return { wrong: `must be ${what}` }
  if (url.protocol === 'http:' && !isLoopback(url.hostname))
    return { wrong: `must be an https URL (http only on loopback): ${because}` }
  if (url.username !== '' || url.password !== '')
    return { wrong: 'must be a URL without name and password' }
  if (text.includes('#')) return { wrong: 'must be a URL without fragment (#)' }
  return { value: url.href }
}

/** Scheme, host and port that clients use: `https:`, or `http:` on loopback. */
export function parsePublicOrigin(text: string): Parsed<string> {
  const read = /[?#]/.test(text) ? undefined : readHttpUrl(text)
  if (read === undefined || read.path !== '/')
    return { wrong: 'must be an origin such as https://api.bank.example, without a path' }
  if (read.origin.startsWith('http:') && !isLoopback(new URL(read.origin).hostname))
    return { wrong: 'must be an https origin (http only on loopback)' }
  return { value: read.origin }
}

function parseHttpUrl(text: string): URL | undefined {
  // `URL` repairs what it can (spaces, back-slashes, a missing slash); a configuration says what it means.
  if (!/^https?:\/\/[^\s\\/]/i.test(text) || /[\s\\]/.test(text)) return undefined
  const url = URL.parse(text)
  return url === null || url.hostname === '' ? undefined : url
}

/** `/open-banking/v4.0`; `/` alone means the root and gives `''`. */
export function parseBasePath(text: string): Parsed<string> {
  if (text === '/') return { value: '' }
  if (!text.startsWith('/')) return { wrong: 'must be a path that starts with /' }
  if (text.endsWith('/')) return { wrong: 'must be a path without a slash at its end' }
  return isPlainPath(text)
    ? { value: text }
    : { wrong: 'must be a path of plain segments, without dot segments, //, %, ? and #' }
}

/** Segments that no server and no proxy reads in two ways: unreserved letters and sub-delimiters (RFC 3986 §3.3), never encoded. */
function isPlainPath(path: string): boolean {
  return path
    .split('/')
    .slice(1)
    .every((part) => /^[A-Za-z0-9._~!$&'()*+,;=:@-]+$/.test(part) && part !== '.' && part !== '..')
}
