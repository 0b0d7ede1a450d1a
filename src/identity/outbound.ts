/**
 * Requests to addresses that a client chose (`jwks_uri`, CIBA notification): https only, no redirect, a bounded answer. Which addresses are
 * called at all is decided where the connection is made (`app`): after the name was resolved, before the first packet.
 */

export type Fetch = (url: string | URL, options: RequestInit) => Promise<Response>

/** Keys of a client, in bytes. */
export const MAX_JWKS_BYTES = 65_536
const KEYS_TIMEOUT_MS = 5_000

export function guardedFetch(fetch: Fetch): Fetch {
  return async (url, options) => {
    const { protocol, username, password } = new URL(url)
    if (protocol !== 'https:') throw new TypeError('only https is asked')
    if (username !== '' || password !== '') throw new TypeError('no address holds a password')
    return fetch(url, { ...options, redirect: 'error' })
  }
}

/** The text of a key set. Rejects when it cannot be had, or is too large. */
export async function fetchKeys(fetch: Fetch, uri: string): Promise<string> {
  const response = await guardedFetch(fetch)(uri, {
    method: 'GET',
    headers: { accept: 'application/jwk-set+json, application/json' },
    signal: AbortSignal.timeout(KEYS_TIMEOUT_MS),
  })
  if (response.status !== 200) throw new TypeError(`status ${response.status}`)
  const text = await response.text()
  if (text.length > MAX_JWKS_BYTES) throw new TypeError('too large')
  return text
}
