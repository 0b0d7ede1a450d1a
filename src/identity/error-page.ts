/** What a browser is shown where an error cannot be sent to the client: no word of it comes from the request. */
import type { Context, Payload } from 'oidc-provider'
import { html } from './screens/html.ts'
import { chooseLanguage } from './screens/language.ts'
import { frame, pageHeaders } from './screens/page.ts'
import type { Brand } from './screens/style.ts'

export const errorPage =
  (brand: Brand) =>
  (context: Context, out: Payload): void => {
    const { error } = out
    const code = typeof error === 'string' && /^[a-z_]{1,64}$/.test(error) ? error : 'server_error'
    const language = chooseLanguage(undefined, context.req.headers['accept-language'])
    const { say } = language
    for (const [name, value] of Object.entries(pageHeaders())) context.set(name, value)
    context.set('content-language', language.tag)
    const body = html`<p>${say('failedText')}</p>
      <p>${say('failedCode')}: <code>${code}</code></p>`
    context.body = frame({ title: say('failedTitle'), body }, { brand, language }).text
  }
