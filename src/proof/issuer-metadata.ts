/**
 * What an authorization server says of itself (OpenID Connect Discovery 1.0 §4, RFC 8414 §3): of it only where its keys are is believed,
 * and only when it names itself as it was asked for, so that one tenant of a server cannot speak for another.
 */
import { isLoopback } from '../lib/index.ts'
import { parseStrictObject } from './strict-json.ts'

export const MAX_METADATA_BYTES = 262_144

/** Where it may be read, the first first: OpenID Connect appends to the issuer, RFC 8414 §3.1 puts its path behind. `[]`: no address. */
export function metadataUrls(issuer: string): readonly string[] {
  const url = addressOf(issuer)
  if (url === undefined || url.search !== '' || url.hash !== '') return []
  const path = url.pathname.replace(/\/+$/, '')
  return [
    `${url.origin}${path}/.well-known/openid-configuration`,
    `${url.origin}/.well-known/oauth-authorization-server${path}`,
  ]
}

/** `jwks_uri` of the metadata of this issuer; `undefined` when it is of another one, or when anybody on the way could change the keys. */
export function keySetUrl(text: string, issuer: string): string | undefined {
  const read = parseStrictObject(text)
  if (read === undefined) return undefined
  const { issuer: named, jwks_uri: uri } = read
  // RFC 8414 §3.3: identical, letter by letter.
  if (named !== issuer || typeof uri !== 'string') return undefined
  const [own, url] = [addressOf(issuer), addressOf(uri)]
  if (own === undefined || url === undefined || url.hash !== '') return undefined
  // A server elsewhere has no business on this machine.
  return url.protocol === 'http:' && own.protocol !== 'http:' ? undefined : url.href
}

/** `https:`, or `http:` on loopback; nothing with a name and a password in it. */
function addressOf(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  if (url.username !== '' || url.password !== '') return undefined
  if (url.protocol === 'https:') return url
  return url.protocol === 'http:' && isLoopback(url.hostname) ? url : undefined
}
