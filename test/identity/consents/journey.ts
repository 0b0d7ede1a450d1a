/** A browser without script, and what a third party does before and after it. */
import assert from 'node:assert/strict'
import { decodeJwt } from 'jose'
import {
  type Ask,
  authorizePath,
  Browser,
  ISSUER,
  post,
  PARAMS,
  push,
  redeem,
  type TestClient,
} from '../client.ts'
import { PASSWORD } from './bank.ts'

export interface Shown {
  readonly status: number
  readonly text: string
  readonly headers: Headers
  /** Path of the page. */
  readonly path: string
}

/** Fills in forms as a person does: by what the page shows. */
export class Person {
  readonly #browser: FormBrowser
  constructor(ask: Ask) {
    this.#browser = new FormBrowser(ask)
  }
  /** As far as a page of ours, or the address of the third party. */
  async open(path: string): Promise<Shown | URL> {
    return this.#browser.open('GET', path)
  }
  async send(
    page: Shown,
    action: RegExp,
    fields: readonly (readonly [string, string])[] = [],
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Shown | URL> {
    const form = formOf(page, action)
    return this.#browser.open('POST', form.action, [...form.fields, ...fields], headers)
  }
  login(page: Shown, username = 'amira', password = PASSWORD): Promise<Shown | URL> {
    return this.send(page, /\/login$/, [
      ['username', username],
      ['password', password],
    ])
  }
  cookies(): Map<string, string> {
    return this.#browser.cookies
  }
}

class FormBrowser {
  /** By name; where a path is said, by name and path: two tabs have cookies of one name. */
  readonly cookies = new Map<string, string>()
  readonly #ask: Ask
  constructor(ask: Ask) {
    this.#ask = ask
  }
  async open(
    method: string,
    path: string,
    fields: readonly (readonly [string, string])[] = [],
    more: Readonly<Record<string, string>> = {},
  ): Promise<Shown | URL> {
    let at = path
    let by = method
    for (let hop = 0; hop < 12; hop++) {
      const sent = by === 'POST'
      const response = await this.#ask(at, {
        method: by,
        headers: {
          cookie: this.#cookieFor(at),
          ...(sent ? { origin: ISSUER, 'sec-fetch-site': 'same-origin' } : {}),
          ...more,
        },
        ...(sent
          ? { body: new URLSearchParams(fields.map(([name, value]) => [name, value])) }
          : {}),
      })
      for (const line of response.headers.getSetCookie()) this.#keep(line)
      const location = response.headers.get('location')
      if (location === null)
        return {
          status: response.status,
          text: await response.text(),
          headers: response.headers,
          path: at,
        }
      assert.equal(response.status, 303, 'FAPI 2.0 SP 5.3.2.2-11')
      const url = new URL(location, ISSUER)
      if (url.origin !== ISSUER) return url
      at = url.pathname + url.search
      by = 'GET'
    }
    throw new Error('a redirect loop')
  }
  #keep(line: string): void {
    const [pair = '', ...attributes] = line.split('; ')
    const at = pair.indexOf('=')
    const name = pair.slice(0, at)
    const path = attributes.find((one) => /^path=/i.test(one))?.slice(5) ?? '/'
    const gone = attributes.some(
      (one) => /^max-age=0$/i.test(one) || /^expires=Thu, 01 Jan 1970/i.test(one),
    )
    assert.ok(
      attributes.some((one) => /^httponly$/i.test(one)),
      line,
    )
    assert.ok(
      attributes.some((one) => /^secure$/i.test(one)),
      line,
    )
    assert.ok(
      attributes.some((one) => /^samesite=(lax|strict)$/i.test(one)),
      line,
    )
    const key = path === '/' ? name : `${name};${path}`
    if (gone) this.cookies.delete(key)
    else this.cookies.set(key, pair.slice(at + 1))
  }
  #cookieFor(path: string): string {
    return [...this.cookies]
      .map(([key, value]) => [...key.split(';'), value] as const)
      .filter((parts) => parts.length === 2 || path.startsWith(parts[1] ?? ''))
      .map((parts) => `${parts[0]}=${parts.at(-1)}`)
      .join('; ')
  }
}

export function formOf({ text }: Shown, action: RegExp) {
  const forms = [
    ...text.matchAll(/<form\s+method="post"\s+action="([^"]*)"[^>]*>([\s\S]*?)<\/form>/g),
  ]
  const [, to = '', inside = ''] = forms.find(([, at = '']) => action.test(at)) ?? []
  assert.notEqual(to, '', `no form ${action} in ${text}`)
  const fields = [
    ...inside.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)" ?\/?>/g),
  ].map(([, name = '', value = '']) => [name, value] as const)
  return { action: to, fields, inside }
}

/** The page that comes; an address of the third party is a failure of the test. */
export function page(found: Shown | URL, status = 200): Shown {
  assert.ok(!(found instanceof URL), found instanceof URL ? found.href : '')
  assert.equal(found.status, status, found.text)
  return found
}
export function back(found: Shown | URL): URLSearchParams {
  assert.ok(
    found instanceof URL,
    found instanceof URL ? '' : `a page: ${found.status} ${found.text}`,
  )
  assert.equal(found.searchParams.get('iss'), ISSUER)
  return found.searchParams
}

export const intent = (id: string): string =>
  JSON.stringify({ id_token: { openbanking_intent_id: { value: id, essential: true } } })

export async function begin(
  ask: Ask,
  client: TestClient,
  params: Readonly<Record<string, string>>,
): Promise<string> {
  return authorizePath(client, await push(ask, client, { ...PARAMS, ...params }))
}
export const pushed = (ask: Ask, client: TestClient, params: Readonly<Record<string, string>>) =>
  post(ask, client, '/par', { client_id: client.metadata.client_id, ...PARAMS, ...params })

/** Code for token; gives what the token says. */
export async function tokensFor(ask: Ask, client: TestClient, answer: URLSearchParams) {
  const { status, body } = await redeem(ask, client, answer.get('code') ?? '')
  assert.equal(status, 200, JSON.stringify(body))
  return {
    access: String(body['access_token']),
    refresh: String(body['refresh_token']),
    claims: decodeJwt(String(body['access_token'])),
    idToken: decodeJwt(String(body['id_token'])),
  }
}
export { Browser }
