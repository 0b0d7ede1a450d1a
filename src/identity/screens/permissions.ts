/** The customer's own page: a login of its own, of five minutes without a click, in a cookie that says nothing to whoever reads it. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ConsentBook } from '../consents/consent-book.ts'
import { isJsonObject, type JsonValue } from '../../lib/index.ts'
import { SESSION_SECONDS } from '../lifetimes.ts'
import type { InteractionOptions } from './interaction.ts'
import { formToken, isOurs, readForm } from './forms.ts'
import { chooseLanguage, type Language } from './language.ts'
import { goTo, type Page, sendPage } from './page.ts'
import {
  type Named,
  permissionList,
  permissionLogin,
  permissionPage,
  PERMISSIONS,
} from './permission-pages.ts'
import { notice } from './request-pages.ts'

interface Session {
  readonly subject: string
  /** Of this login; forms are bound to it. */
  readonly id: string
}
export interface PermissionOptions extends Pick<
  InteractionOptions,
  'provider' | 'origin' | 'customers' | 'sealing' | 'brand' | 'clock'
> {
  readonly book: ConsentBook
  readonly randomBytes: (count: number) => Uint8Array
}

/** `__Host-`: from this host alone, over TLS alone, for all of its paths. */
export const SESSION_COOKIE = '__Host-gh_customer'
const LOGIN_COOKIE = '__Host-gh_login'
const MAX_COOKIE_CHARS = 1_024

export function permissionScreens(options: PermissionOptions) {
  const { book, customers, sealing, brand, clock, origin } = options

  return async function handle(request: IncomingMessage, response: ServerResponse, path: string) {
    const language = chooseLanguage(undefined, request.headers['accept-language'])
    const send = (status: number, content: Pick<Page, 'title' | 'body'>): void =>
      sendPage(response, { status, ...content }, { brand, language })
    const session = sessionOf(request)
    const [, , id = '', action = '', ...more] = path.split('/')
    if (more.length > 0) return send(404, notice(language, 'notFoundTitle', 'notFoundText'))
    if (request.method === 'POST' && id === 'login') return login(request, response, language)
    if (session === undefined) return showLogin(response, language, 200, false)
    // Each click is activity.
    response.setHeader('set-cookie', cookieOf(session))
    const token = formToken(sealing, `permissions.${session.id}`)
    if (request.method === 'POST') {
      const form = await readForm(request)
      if (form === undefined || !isOurs(request, form, token, origin))
        return send(403, notice(language, 'forgedTitle', 'forgedText'))
      if (id === 'logout' && action === '') return logout(response)
      if (action !== 'withdraw') return send(404, notice(language, 'notFoundTitle', 'notFoundText'))
      await book.act(id, { kind: 'withdraw', subject: session.subject })
      return goTo(response, `${PERMISSIONS}/${/^[0-9a-f]{32}$/.test(id) ? id : ''}`)
    }
    if (request.method !== 'GET' || action !== '')
      return send(404, notice(language, 'notFoundTitle', 'notFoundText'))
    const consents = await book.ofCustomer(session.subject)
    if (id === '') return send(200, permissionList(language, await named(consents), token))
    const [one] = await named(consents.filter((consent) => consent.id === id))
    if (one === undefined) return send(404, notice(language, 'notFoundTitle', 'notFoundText'))
    return send(200, permissionPage(language, one, session.subject, token))
  }

  function showLogin(
    response: ServerResponse,
    language: Language,
    status: number,
    failed: boolean,
  ): void {
    // A form that was not fetched in this browser is not taken from it: nobody is logged in as somebody else.
    const id = random()
    response.setHeader('set-cookie', `${LOGIN_COOKIE}=${id}; ${ATTRIBUTES}; Max-Age=600`)
    const content = permissionLogin(language, formToken(sealing, `login.${id}`), failed)
    sendPage(response, { status, ...content }, { brand, language })
  }
  async function login(request: IncomingMessage, response: ServerResponse, language: Language) {
    const form = await readForm(request)
    const token = formToken(sealing, `login.${cookie(request, LOGIN_COOKIE) ?? ''}`)
    if (form === undefined || !isOurs(request, form, token, origin))
      return sendPage(
        response,
        { status: 403, ...notice(language, 'forgedTitle', 'forgedText') },
        { brand, language },
      )
    const found = await customers.login(form.get('username') ?? '', form.get('password') ?? '')
    if (found === undefined) return showLogin(response, language, 403, true)
    goTo(response, PERMISSIONS, cookieOf({ subject: found.subject, id: random() }))
  }
  function logout(response: ServerResponse): void {
    goTo(response, PERMISSIONS, `${SESSION_COOKIE}=; ${ATTRIBUTES}; Max-Age=0`)
  }
  function random(): string {
    return Buffer.from(options.randomBytes(16)).toString('base64url')
  }

  function cookieOf(session: Session): string {
    const until = clock.now() + SESSION_SECONDS * 1000
    const sealed = sealing.seal('customer session', JSON.stringify({ ...session, until }))
    const value = Buffer.from(sealed).toString('base64url')
    return `${SESSION_COOKIE}=${value}; ${ATTRIBUTES}; Max-Age=${SESSION_SECONDS}`
  }
  function sessionOf(request: IncomingMessage): Session | undefined {
    const value = cookie(request, SESSION_COOKIE)
    if (value === undefined || value === '') return undefined
    try {
      const text = sealing.open('customer session', Buffer.from(value, 'base64url'))
      const read = JSON.parse(text) as JsonValue // sound: sealed here
      if (!isJsonObject(read)) return undefined
      const { subject, id, until } = read
      const alive = typeof until === 'number' && clock.now() < until
      return alive && typeof subject === 'string' && typeof id === 'string'
        ? { subject, id }
        : undefined
    } catch {
      return undefined // not ours, or of another secret
    }
  }

  async function named(consents: readonly Named['consent'][]): Promise<readonly Named[]> {
    const provider = options.provider()
    return Promise.all(
      consents.map(async (consent) => ({
        consent,
        name: (await provider.Client.find(consent.client))?.clientName ?? consent.client,
      })),
    )
  }
}

const ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Strict'

function cookie(request: IncomingMessage, name: string): string | undefined {
  for (const pair of (request.headers.cookie ?? '').split('; ')) {
    const at = pair.indexOf('=')
    if (pair.slice(0, at) === name) {
      const value = pair.slice(at + 1)
      return value.length <= MAX_COOKIE_CHARS ? value : undefined
    }
  }
  return undefined
}
