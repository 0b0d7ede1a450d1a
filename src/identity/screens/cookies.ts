/** Cookies of our pages: from this host alone, over TLS alone, for all of its paths (`__Host-`), and no script's. */
import type { IncomingMessage, ServerResponse } from 'node:http'

/** The library's own, of the session in which requests are answered. */
export const SESSION_OF_REQUESTS = 'gh_session'
/** Longer ones are none of ours. */
export const MAX_COOKIE_CHARS = 1_024

export function* cookiesOf(request: IncomingMessage): Generator<readonly [string, string]> {
  for (const pair of (request.headers.cookie ?? '').split('; ')) {
    const at = pair.indexOf('=')
    if (at > 0) yield [pair.slice(0, at), pair.slice(at + 1)]
  }
}

export function cookieOf(request: IncomingMessage, name: string): string | undefined {
  for (const [found, value] of cookiesOf(request))
    if (found === name) return value.length <= MAX_COOKIE_CHARS ? value : undefined
  return undefined
}

/** In the place of what this answer said of it before. */
export function setCookie(
  response: ServerResponse,
  name: string,
  value: string,
  { seconds, sameSite }: { readonly seconds: number; readonly sameSite: 'Strict' | 'Lax' },
): void {
  const attributes = `Path=/; Secure; HttpOnly; SameSite=${sameSite}; Max-Age=${seconds}`
  const others = [response.getHeader('set-cookie') ?? []]
    .flat()
    .filter((line) => !String(line).startsWith(`${name}=`))
  response.setHeader('set-cookie', [...others.map(String), `${name}=${value}; ${attributes}`])
}
