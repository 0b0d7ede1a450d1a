/**
 * A browser on its way to the bank's login and back. What began is in a sealed cookie of the browser that began it, under a name made from the
 * `state`, so that two tabs do not meet, a stolen callback is nothing elsewhere, and a restart loses nothing. Each is finished once.
 */
import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Clock, isJsonObject, type JsonValue, type Result } from '../../lib/index.ts'
import { INTERACTION_SECONDS } from '../adapter.ts'
import { cookieOf, cookiesOf, setCookie } from '../screens/cookies.ts'
import type { LoggedIn } from '../screens/customers.ts'
import type { Sealing } from '../sealing.ts'
import type { BegunLogin, LoginFailure, OpenidLogin } from './openid-login.ts'

export type DeskFailure = LoginFailure['kind'] | 'lost'
export interface LoginDesk {
  /** `undefined`: the browser is on its way, and the answer is sent. `goesOn`: a path of ours that takes what it comes back with. */
  send(
    request: IncomingMessage,
    response: ServerResponse,
    to: { readonly goesOn: string; readonly locale: string },
  ): Promise<DeskFailure | undefined>
  /** At the callback: sent on to where the login began; `false`: nobody knows where that was. */
  sendOn(request: IncomingMessage, response: ServerResponse): boolean
  /** Where the login began: who it is. */
  finish(
    request: IncomingMessage,
    response: ServerResponse,
    goesOn: string,
  ): Promise<Result<LoggedIn, DeskFailure>>
}
export interface LoginDeskOptions {
  readonly login: OpenidLogin
  readonly sealing: Sealing
  readonly clock: Clock
  /** Whether this state comes back for the first time. */
  readonly first: (state: string, untilSeconds: number) => Promise<boolean>
  readonly say: (failure: unknown) => void
}

/** The redirect URI to register at the bank's provider is the issuer and this. */
export const LOGIN_CALLBACK = '/login/callback'
const PREFIX = '__Host-gh_at_login_'
/** Logins of one browser at a time; with one more, all that were begun before are forgotten. */
export const MAX_PENDING = 5
/** What comes back with a browser: no more than these, each once and no longer than this. */
const ANSWERS = ['code', 'state', 'iss', 'error'] as const
const MAX_ANSWER_CHARS = 2_048
const SEALED_AS = 'login at the provider'

interface Pending extends BegunLogin {
  readonly goesOn: string
}

export function loginDesk({ login, sealing, clock, first, say }: LoginDeskOptions): LoginDesk {
  const now = (): number => Math.floor(clock.now() / 1000)
  function pendingOf(request: IncomingMessage): Pending | undefined {
    const state = answerOf(request).get('state')
    const kept = state === null ? undefined : cookieOf(request, nameOf(state))
    if (state === null || kept === undefined) return undefined
    try {
      const text = sealing.open(SEALED_AS, Buffer.from(kept, 'base64url'))
      const pending = pendingIn(JSON.parse(text) as JsonValue) // sound: sealed here
      const fresh = pending !== undefined && now() < pending.at + INTERACTION_SECONDS
      return fresh && pending.state === state ? pending : undefined
    } catch {
      return undefined // not ours, or of another secret
    }
  }
  function fails(failure: LoginFailure): DeskFailure {
    if (failure.kind !== 'cancelled')
      say(`the login of the bank is ${failure.kind} (${failure.reason})`)
    return failure.kind
  }

  return {
    async send(request, response, { goesOn, locale }) {
      const begun = await login.begin(locale)
      if (!begun.ok) return fails(begun.error)
      const before = [...cookiesOf(request)].filter(([name]) => name.startsWith(PREFIX))
      if (before.length >= MAX_PENDING) for (const [name] of before) forget(response, name)
      const text = JSON.stringify({ ...begun.value.begun, goesOn } satisfies Pending)
      const value = Buffer.from(sealing.seal(SEALED_AS, text)).toString('base64url')
      // It comes back by a link of another site.
      const name = nameOf(begun.value.begun.state)
      setCookie(response, name, value, { seconds: INTERACTION_SECONDS, sameSite: 'Lax' })
      go(response, begun.value.url)
      return undefined
    },

    sendOn(request, response) {
      const pending = pendingOf(request)
      if (pending === undefined) return false
      go(response, `${pending.goesOn}?${answerOf(request)}`)
      return true
    },

    async finish(request, response, goesOn) {
      const pending = pendingOf(request)
      if (pending?.goesOn !== goesOn) return { ok: false, error: 'lost' }
      forget(response, nameOf(pending.state))
      if (!(await first(pending.state, pending.at + INTERACTION_SECONDS)))
        return { ok: false, error: 'lost' }
      const done = await login.complete(pending, answerOf(request))
      return done.ok ? done : { ok: false, error: fails(done.error) }
    },
  }
}

function answerOf(request: IncomingMessage): URLSearchParams {
  const [, query = ''] = (request.url ?? '').split('?')
  const given = new URLSearchParams(query)
  const taken = new URLSearchParams()
  for (const name of ANSWERS) {
    const [value, ...more] = given.getAll(name)
    // Twice is never (RFC 6749 §3.1).
    if (value !== undefined && more.length === 0 && value.length <= MAX_ANSWER_CHARS)
      taken.set(name, value)
  }
  return taken
}

const nameOf = (state: string): string =>
  PREFIX + createHash('sha256').update(state).digest('base64url').slice(0, 16)
const forget = (response: ServerResponse, name: string): void =>
  setCookie(response, name, '', { seconds: 0, sameSite: 'Lax' })

function pendingIn(read: JsonValue): Pending | undefined {
  if (!isJsonObject(read)) return undefined
  const { state, nonce, verifier, at, goesOn } = read
  return typeof state === 'string' &&
    typeof nonce === 'string' &&
    typeof verifier === 'string' &&
    typeof at === 'number' &&
    typeof goesOn === 'string'
    ? { state, nonce, verifier, at, goesOn }
    : undefined
}

/** 303, and no copy is kept of where it leads. */
function go(response: ServerResponse, location: string): void {
  const headers = { location, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' }
  response.writeHead(303, { ...headers, 'content-length': 0 })
  response.end()
}
