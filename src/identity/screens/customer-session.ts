/** The customer's own pages have one login: five minutes without a click, in a cookie that says nothing to whoever reads it. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Clock, isJsonObject, type JsonValue } from '../../lib/index.ts'
import { SESSION_SECONDS } from '../lifetimes.ts'
import type { Evidence } from '../evidence.ts'
import type { Sealing } from '../sealing.ts'
import type { Customers } from './customers.ts'
import type { Message } from './english.ts'
import { formToken, isOurs, readForm } from './forms.ts'
import type { Language } from './language.ts'
import { goTo, sendPage } from './page.ts'
import { credentials, notice } from './request-pages.ts'
import type { Brand } from './style.ts'

export interface CustomerSession {
  readonly subject: string
  /** Of this login; forms are bound to it. */
  readonly id: string
  /** How well, as `acr` says it. */
  readonly acr: string
  /** When: milliseconds since the epoch. */
  readonly at: number
}
/** Pages behind the login: where they begin, and what they are called there. */
export interface CustomerArea {
  readonly path: string
  readonly title: Message
}
export interface SessionOptions {
  readonly customers: Customers
  readonly sealing: Sealing
  readonly brand: Brand
  readonly clock: Clock
  readonly origin: string
  readonly randomBytes: (count: number) => Uint8Array
  readonly evidence: Evidence
}
export interface CustomerSessions {
  of(request: IncomingMessage): CustomerSession | undefined
  /** Each click is activity. */
  renew(response: ServerResponse, session: CustomerSession): void
  showLogin(response: ServerResponse, language: Language, area: CustomerArea): void
  login(
    request: IncomingMessage,
    response: ServerResponse,
    language: Language,
    area: CustomerArea,
  ): Promise<void>
  logout(response: ServerResponse, area: CustomerArea): void
}

/** `__Host-`: from this host alone, over TLS alone, for all of its paths. */
export const SESSION_COOKIE = '__Host-gh_customer'
const LOGIN_COOKIE = '__Host-gh_login'
const ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Strict'
const MAX_COOKIE_CHARS = 1_024

export function customerSessions(options: SessionOptions): CustomerSessions {
  const { customers, sealing, brand, clock, origin } = options

  const random = (): string => Buffer.from(options.randomBytes(16)).toString('base64url')
  function cookieOf(session: CustomerSession): string {
    const until = clock.now() + SESSION_SECONDS * 1000
    const sealed = sealing.seal('customer session', JSON.stringify({ ...session, until }))
    const value = Buffer.from(sealed).toString('base64url')
    return `${SESSION_COOKIE}=${value}; ${ATTRIBUTES}; Max-Age=${SESSION_SECONDS}`
  }
  function show(
    response: ServerResponse,
    language: Language,
    area: CustomerArea,
    { status, failed }: { readonly status: number; readonly failed: boolean },
  ): void {
    // A form that was not fetched in this browser is not taken from it: nobody is logged in as somebody else.
    const id = random()
    response.setHeader('set-cookie', `${LOGIN_COOKIE}=${id}; ${ATTRIBUTES}; Max-Age=600`)
    const body = credentials(language, {
      action: `${area.path}/login`,
      token: formToken(sealing, `login.${id}`),
      button: 'loginButton',
      failed,
    })
    sendPage(response, { status, title: language.say(area.title), body }, { brand, language })
  }

  return {
    of(request) {
      const value = cookie(request, SESSION_COOKIE)
      if (value === undefined || value === '') return undefined
      try {
        const text = sealing.open('customer session', Buffer.from(value, 'base64url'))
        return sessionIn(JSON.parse(text) as JsonValue, clock.now()) // sound: sealed here
      } catch {
        return undefined // not ours, or of another secret
      }
    },
    renew: (response, session) => void response.setHeader('set-cookie', cookieOf(session)),
    showLogin: (response, language, area) =>
      show(response, language, area, { status: 200, failed: false }),
    async login(request, response, language, area) {
      const form = await readForm(request)
      const token = formToken(sealing, `login.${cookie(request, LOGIN_COOKIE) ?? ''}`)
      if (form === undefined || !isOurs(request, form, token, origin))
        return sendPage(
          response,
          { status: 403, ...notice(language, 'forgedTitle', 'forgedText') },
          { brand, language },
        )
      const found = await customers.login(form.get('username') ?? '', form.get('password') ?? '')
      await options.evidence.write({
        action: 'login',
        outcome: found === undefined ? 'refused' : 'done',
        by: 'customer',
        error: found === undefined ? 'login_failed' : undefined,
        subject: found?.subject,
      })
      if (found === undefined) return show(response, language, area, { status: 403, failed: true })
      const { subject, acr } = found
      goTo(response, area.path, cookieOf({ subject, acr, id: random(), at: clock.now() }))
    },
    logout: (response, area) =>
      goTo(response, area.path, `${SESSION_COOKIE}=; ${ATTRIBUTES}; Max-Age=0`),
  }
}

function sessionIn(read: JsonValue, now: number): CustomerSession | undefined {
  if (!isJsonObject(read)) return undefined
  const { subject, id, acr, at, until } = read
  const alive = typeof until === 'number' && now < until
  return alive &&
    typeof subject === 'string' &&
    typeof id === 'string' &&
    typeof acr === 'string' &&
    typeof at === 'number'
    ? { subject, id, acr, at }
    : undefined
}

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
