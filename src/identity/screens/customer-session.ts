/** The customer's own pages have one login: five minutes without a click and an hour in all, in a cookie that says nothing to whoever reads it. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Clock, isJsonObject, type JsonValue } from '../../lib/index.ts'
import { MOST_SESSION_SECONDS, SESSION_SECONDS } from '../lifetimes.ts'
import type { Evidence } from '../evidence.ts'
import type { Sealing } from '../sealing.ts'
import type { LoginDesk } from '../login/login-desk.ts'
import { atBankLogin, type BankLoginStep } from './bank-login.ts'
import { cookieOf, setCookie } from './cookies.ts'
import type { Customers, LoggedIn } from './customers.ts'
import type { Message } from './english.ts'
import { formToken, isOurs, readForm } from './forms.ts'
import { html, type Html } from './html.ts'
import type { Language } from './language.ts'
import { goTo, sendPage } from './page.ts'
import { tellLogin } from './login-evidence.ts'
import { bankLogin, credentials, notice } from './request-pages.ts'
import type { Brand } from './style.ts'

export interface CustomerSession {
  readonly subject: string
  /** Of this login; forms are bound to it. */
  readonly id: string
  /** How well, as `acr` says it. */
  readonly acr: string
  /** When: milliseconds since the epoch. */
  readonly at: number
  /** Its last moment, whatever he does until then. */
  readonly endsAt: number
}
/** Pages behind the login: where they begin, and what they are called there. */
export interface CustomerArea {
  readonly path: string
  readonly title: Message
}
export interface SessionOptions {
  readonly customers: Customers
  /** The bank's own login; `undefined`: customers say their password here. */
  readonly loginDesk: LoginDesk | undefined
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
  /** `undefined`: `step`, which stands behind the path of the area, is none of a login. */
  enter(
    request: IncomingMessage,
    response: ServerResponse,
    at: { readonly language: Language; readonly area: CustomerArea; readonly step: string },
  ): Promise<void> | undefined
  logout(response: ServerResponse, area: CustomerArea): void
}

/** `__Host-`: from this host alone, over TLS alone, for all of its paths. */
export const SESSION_COOKIE = '__Host-gh_customer'
const LOGIN_COOKIE = '__Host-gh_login'
const LOGIN_SECONDS = 600
export function customerSessions(options: SessionOptions): CustomerSessions {
  const { customers, loginDesk, sealing, brand, clock, origin } = options

  const random = (): string => Buffer.from(options.randomBytes(16)).toString('base64url')
  function keep(response: ServerResponse, session: CustomerSession): void {
    const until = Math.min(clock.now() + SESSION_SECONDS * 1000, session.endsAt)
    const sealed = sealing.seal('customer session', JSON.stringify({ ...session, until }))
    const value = Buffer.from(sealed).toString('base64url')
    setCookie(response, SESSION_COOKIE, value, { seconds: SESSION_SECONDS, sameSite: 'Strict' })
  }
  const begun = ({ subject, acr = '', at }: LoggedIn): CustomerSession => ({
    subject,
    acr,
    id: random(),
    at: at === undefined ? clock.now() : at * 1000,
    endsAt: clock.now() + MOST_SESSION_SECONDS * 1000,
  })
  function show(
    response: ServerResponse,
    language: Language,
    area: CustomerArea,
    { status, failed }: { readonly status: number; readonly failed?: Message },
  ): void {
    const of = { action: `${area.path}/login`, button: 'loginButton', failed } as const
    const send = (body: Html): void =>
      sendPage(response, { status, title: language.say(area.title), body }, { brand, language })
    if (loginDesk !== undefined) return send(bankLogin(language, of))
    // A form that was not fetched in this browser is not taken from it: nobody is logged in as somebody else.
    const id = random()
    setCookie(response, LOGIN_COOKIE, id, { seconds: LOGIN_SECONDS, sameSite: 'Strict' })
    send(credentials(language, { ...of, token: formToken(sealing, `login.${id}`) }))
  }

  async function login(
    request: IncomingMessage,
    response: ServerResponse,
    language: Language,
    area: CustomerArea,
  ): Promise<void> {
    const form = await readForm(request)
    const token = formToken(sealing, `login.${cookieOf(request, LOGIN_COOKIE) ?? ''}`)
    if (form === undefined || !isOurs(request, form, token, origin))
      return sendPage(
        response,
        { status: 403, ...notice(language, 'forgedTitle', 'forgedText') },
        { brand, language },
      )
    const found = await customers.login?.(form.get('username') ?? '', form.get('password') ?? '')
    await tellLogin(options.evidence, found ?? { error: 'login_failed' })
    if (found === undefined)
      return show(response, language, area, { status: 403, failed: 'loginFailed' })
    keep(response, begun(found))
    goTo(response, area.path)
  }

  async function elsewhere(
    desk: LoginDesk,
    step: BankLoginStep,
    turn: { readonly request: IncomingMessage; readonly response: ServerResponse },
    { language, area }: { readonly language: Language; readonly area: CustomerArea },
  ): Promise<void> {
    const to = { step, goesOn: `${area.path}/callback`, locale: language.tag }
    const done = await atBankLogin({ desk, customers }, turn, to)
    const { response } = turn
    if (done.kind === 'sent') return
    await tellLogin(options.evidence, done.kind === 'in' ? done.found : done)
    if (done.kind === 'failed')
      return show(response, language, area, { status: done.status, failed: done.message })
    keep(response, begun(done.found))
    // The browser comes from another site and brings no strict cookie yet; from this page it does.
    response.setHeader('refresh', `0; url=${area.path}`)
    const body = html`<p><a class="button" href="${area.path}">${language.say(area.title)}</a></p>`
    sendPage(response, { status: 200, title: language.say('loginDone'), body }, { brand, language })
  }

  return {
    of(request) {
      const value = cookieOf(request, SESSION_COOKIE)
      if (value === undefined || value === '') return undefined
      try {
        const text = sealing.open('customer session', Buffer.from(value, 'base64url'))
        return sessionIn(JSON.parse(text) as JsonValue, clock.now()) // sound: sealed here
      } catch {
        return undefined // not ours, or of another secret
      }
    },
    renew: keep,
    showLogin: (response, language, area) => show(response, language, area, { status: 200 }),
    enter(request, response, { language, area, step }) {
      if (request.method === 'POST' && step === 'login')
        return login(request, response, language, area)
      if (request.method !== 'GET' || loginDesk === undefined) return undefined
      return step === 'login' || step === 'callback'
        ? elsewhere(loginDesk, step, { request, response }, { language, area })
        : undefined
    },
    logout(response, area) {
      setCookie(response, SESSION_COOKIE, '', { seconds: 0, sameSite: 'Strict' })
      goTo(response, area.path)
    },
  }
}

function sessionIn(read: JsonValue, now: number): CustomerSession | undefined {
  if (!isJsonObject(read)) return undefined
  const { subject, id, acr, at, until, endsAt } = read
  const alive = typeof until === 'number' && now < until
  return alive &&
    typeof subject === 'string' &&
    typeof id === 'string' &&
    typeof acr === 'string' &&
    typeof at === 'number' &&
    typeof endsAt === 'number'
    ? { subject, id, acr, at, endsAt }
    : undefined
}
