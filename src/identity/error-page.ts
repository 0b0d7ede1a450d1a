/** What a browser is shown where an error cannot be sent to the client: no word of it comes from the request. */
import type { Context, Payload } from 'oidc-provider'

const POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

export function errorPage(context: Context, out: Payload): void {
  const { error } = out
  const code = typeof error === 'string' && /^[a-z_]{1,64}$/.test(error) ? error : 'server_error'
  context.type = 'html'
  context.set('content-security-policy', POLICY)
  context.set('x-content-type-options', 'nosniff')
  context.set('referrer-policy', 'no-referrer')
  context.body = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>This request cannot be completed</title>
<h1>This request cannot be completed</h1>
<p>Go back to the app or website that sent you here and start again.</p>
<p>Error: <code>${code}</code></p>
`
}
