/** Redirect URIs of registered clients: exactly what the directory vouched for, letter by letter, and nothing that could be read two ways. */
import { isIP } from 'node:net'
import { RegistrationRefused } from './refused.ts'

export const MAX_REDIRECT_URIS = 20
export const MAX_REDIRECT_URI_CHARS = 512

/** @throws RegistrationRefused invalid_redirect_uri */
export function checkRedirectUris(
  uris: readonly unknown[],
  vouched: readonly string[] | undefined,
): readonly string[] {
  const refuse = (why: string): never => {
    throw new RegistrationRefused('invalid_redirect_uri', why)
  }
  if (uris.length === 0 || uris.length > MAX_REDIRECT_URIS)
    refuse(`from one to ${MAX_REDIRECT_URIS} redirect URIs are needed`)
  return uris.map((uri, at) => {
    if (typeof uri !== 'string' || !isPlainHttps(uri))
      return refuse(
        'a redirect URI is an https URL in its normal form, of a name, without user, wildcard or fragment',
      )
    if (uris.indexOf(uri) !== at) refuse('a redirect URI stands there twice')
    if (vouched !== undefined && !vouched.includes(uri))
      refuse('a redirect URI is not in the software statement')
    return uri
  })
}

/** An https URL of a public name, as a browser would write it. */
export function isPlainHttps(text: string): boolean {
  if (text.length > MAX_REDIRECT_URI_CHARS || /[*#\\@]/.test(text)) return false
  const url = URL.parse(text)
  if (url === null || url.protocol !== 'https:') return false
  // What a browser would send to another address than the one that was compared.
  if (url.href !== text && url.href !== `${text}/`) return false
  const host = url.hostname.replace(/\.$/, '')
  return (
    isIP(host.replace(/^\[|\]$/g, '')) === 0 && host.includes('.') && !/\.?localhost$/.test(host)
  )
}
