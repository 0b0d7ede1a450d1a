/** The frame of every page, and what goes with it: no script but one of ours by its name, no frame around it, nothing from elsewhere, no copy of it kept. */
import type { ServerResponse } from 'node:http'
import { html, type Html, type Part } from './html.ts'
import type { Language } from './language.ts'
import type { Brand } from './style.ts'

export interface Page {
  readonly status: number
  readonly title: string
  readonly body: Part
  /** Origin to which a form of it may lead in the end, beside our own: browsers judge redirects by it too. */
  readonly leadsTo?: string
  /** The only one that it runs; absent: none. Without it the page is used all the same. */
  readonly script?: PageScript
}
export interface PageScript {
  /** Absolute: policies know no other. */
  readonly url: string
  /** `sha384-…` (Subresource Integrity). */
  readonly integrity: string
}
export interface Frame {
  readonly brand: Brand
  readonly language: Language
}

export const STYLE_PATH = '/screens.css'

export function frame(
  { title, body, script }: Pick<Page, 'title' | 'body' | 'script'>,
  { brand, language }: Frame,
): Html {
  return html`<!doctype html>
    <html lang="${language.tag}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} – ${brand.name}</title>
        <link rel="stylesheet" href="${STYLE_PATH}" />
        ${script === undefined ? undefined : html`<script type="module" src="${script.url}" integrity="${script.integrity}" crossorigin="anonymous"></script>`}
      </head>
      <body>
        <header>${brand.name}</header>
        <main>
          <h1>${title}</h1>
          ${body}
        </main>
      </body>
    </html> `
}

export function pageHeaders(leadsTo = '', script?: PageScript): Readonly<Record<string, string>> {
  const target = leadsTo === '' ? "'self'" : `'self' ${leadsTo}`
  // Nothing inline, nothing that was made of text, and of our own files this one alone.
  const scripts =
    script === undefined
      ? ''
      : ` script-src ${script.url}; require-trusted-types-for 'script'; trusted-types 'none';`
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': `default-src 'none';${scripts} style-src 'self'; form-action ${target}; frame-ancestors 'none'; base-uri 'none'`,
    'x-frame-options': 'DENY',
    'x-content-type-options': 'nosniff',
    // With no-referrer a browser would not say where a form comes from.
    'referrer-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=()',
    'cache-control': 'no-store',
  }
}

export function sendPage(response: ServerResponse, page: Page, of: Frame): void {
  const text = frame(page, of).text
  response.writeHead(page.status, {
    ...pageHeaders(page.leadsTo, page.script),
    'content-language': of.language.tag,
    'content-length': Buffer.byteLength(text),
  })
  response.end(text)
}

/** 303: what was sent is not sent again (FAPI 2.0 Security Profile §5.3.2.2-11). */
export function goTo(response: ServerResponse, path: string): void {
  response.writeHead(303, {
    location: path,
    'cache-control': 'no-store',
    'content-length': 0,
  })
  response.end()
}
