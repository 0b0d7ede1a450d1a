/** Requests to addresses that a client chose (`jwks_uri`, CIBA notification): https only, no redirect, never to a private network. */

export type Fetch = (url: string | URL, options: RequestInit) => Promise<Response>

/** Keys of a client, in bytes. */
export const MAX_JWKS_BYTES = 65_536

/**
 * The library gives each request a dispatcher that lets no connection to loopback, link-local or private addresses through, whatever a name
 * resolves to; where it could not make one, nothing is sent.
 */
export function guardedFetch(fetch: Fetch): Fetch {
  return async (url, options) => {
    if (new URL(url).protocol !== 'https:') throw new TypeError('only https is asked')
    if (!('dispatcher' in options) || options.dispatcher == null)
      throw new TypeError('addresses cannot be checked, so none is asked')
    return fetch(url, { ...options, redirect: 'error' })
  }
}
