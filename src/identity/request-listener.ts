/** In front of the library: it believes Host and forwarded headers when it writes addresses, so they are ours before it sees them. */
import type { IncomingMessage, ServerResponse } from 'node:http'

/** Of the addresses of the library that take one kind of request: it answers others as if they were not there (RFC 9126 §2.3, RFC 9110 §15.5.6). */
const ALLOWED: ReadonlyMap<string, string> = new Map([
  ['/authorize', 'GET, HEAD'],
  ['/introspect', 'POST'],
  ['/jwks', 'GET, HEAD'],
  ['/par', 'POST'],
  ['/revoke', 'POST'],
  ['/token', 'POST'],
])

export type RequestListener = (request: IncomingMessage, response: ServerResponse) => void

/** `serve` is asked for each request, so that a provider with new keys takes over without a pause. */
export function requestListener(
  issuer: string,
  serve: () => (request: IncomingMessage, response: ServerResponse) => Promise<void>,
  /** What is not the library's; true: answered. */
  before: (request: IncomingMessage, response: ServerResponse) => boolean = () => false,
): RequestListener {
  const { host, protocol } = new URL(issuer)
  const secure = protocol === 'https:'
  return (request, response) => {
    const { headers, method = '', url = '/' } = request
    const allow = ALLOWED.get(url.split('?', 1)[0] ?? '')
    const taken = allow === undefined || allow.split(', ').includes(method)
    // Clients are confidential, so none of them is a script in a browser: nobody has to ask beforehand.
    if (method === 'OPTIONS' || !taken) {
      response.writeHead(405, { allow: allow ?? 'GET, POST, DELETE' }).end()
      return
    }
    for (const name of Object.keys(headers))
      if (name.startsWith('x-forwarded-') || name === 'forwarded') delete headers[name]
    headers.host = host
    headers['x-forwarded-proto'] = secure ? 'https' : 'http'
    if (secure) response.setHeader('strict-transport-security', 'max-age=31536000')
    if (before(request, response)) return
    serve()(request, response).catch(() => response.destroy())
  }
}

/** What a browser opens, and what says where everything is: at the issuer's own address alone. */
const PAGES =
  /^\/(?:authorize|interaction|permissions|approvals|automatic-device|\.well-known)(?:[/?]|$)/

export const withoutPages =
  (serve: RequestListener): RequestListener =>
  (request, response) => {
    if (PAGES.test(request.url ?? '/')) response.writeHead(404).end()
    else serve(request, response)
  }
