/**
 * What happens between an authorization request and its answer, in the customer's browser. Everything that lasts is in the store: a page can
 * be sent again after a restart, and to send it twice changes nothing twice. Strong authentication comes after the login, as a prompt
 * of its own (docs/design/identity.md).
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { InteractionDetails, Payload, Provider } from 'oidc-provider'
import type { Clock } from '../../lib/index.ts'
import type { AutomaticCustomer } from '../automatic-customer.ts'
import type { ConsentBook } from '../consents/consent-book.ts'
import type { Consent } from '../consents/consent.ts'
import { isOver } from '../consents/machine.ts'
import type { Regime } from '../consents/regime.ts'
import type { Evidence } from '../evidence.ts'
import type { LoginDesk } from '../login/login-desk.ts'
import type { ProtectedResource } from '../resources.ts'
import type { Sealing } from '../sealing.ts'
import { atBankLogin, type BankLoginStep } from './bank-login.ts'
import { accountsFor } from './consent-accounts.ts'
import { cookieOf, SESSION_OF_REQUESTS } from './cookies.ts'
import type { CustomerAccount, Customers, LoggedIn } from './customers.ts'
import type { Message } from './english.ts'
import { formToken, isOurs, queryOf, readForm } from './forms.ts'
import { grantFor } from './grants.ts'
import { chooseLanguage, type Language } from './language.ts'
import type { Strong } from '../strong/strong.ts'
import { payeeWarning } from '../strong/payee-warning.ts'
import { strongStep } from '../strong/strong-step.ts'
import { goTo, type Page, sendPage } from './page.ts'
import { tellLogin } from './login-evidence.ts'
import { confirmPage, loginPage, notice } from './request-pages.ts'
import { requestedConsent } from './requested-consent.ts'
import type { Brand } from './style.ts'

export interface InteractionOptions {
  /** The one of this moment: with new keys comes a new one. */
  readonly provider: () => Provider
  readonly origin: string
  readonly book: ConsentBook
  readonly customers: Customers
  /** The bank's own login; `undefined`: customers say their password here. */
  readonly loginDesk: LoginDesk | undefined
  readonly regimeOf: (consent: Consent) => Regime | undefined
  readonly resources: readonly ProtectedResource[]
  readonly sealing: Sealing
  readonly brand: Brand
  readonly clock: Clock
  readonly evidence: Evidence
  /** Authenticates customers strongly, between login and consent; `undefined`: the login is all there is. */
  readonly strong?: Strong
  /** Test runs only: who answers by itself. */
  readonly automatic?: AutomaticCustomer
}

/** One request in a browser. */
interface Turn {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly provider: Provider
  readonly details: InteractionDetails
  readonly language: Language
  readonly consent: Consent
  readonly regime: Regime
  readonly client: string
}

export const INTERACTION_PATH =
  /^\/interaction\/([A-Za-z0-9_-]{1,64})(?:\/(login|callback|sca|confirm|refuse))?$/

export function interactionScreens(options: InteractionOptions) {
  const { book, customers, loginDesk, sealing, brand, clock } = options
  const resourceScopes = new Set(options.resources.flatMap(({ scopes }) => scopes))

  return async function handle(request: IncomingMessage, response: ServerResponse, path: string) {
    const [, uid, action] = INTERACTION_PATH.exec(path) ?? []
    const provider = options.provider()
    const details = await detailsOf(provider, request, response)
    const accepted = request.headers['accept-language']
    if (details === undefined || uid !== details.uid) {
      const language = chooseLanguage(undefined, accepted)
      return sendPage(
        response,
        { status: 400, ...notice(language, 'expiredTitle', 'expiredText') },
        { brand, language },
      )
    }
    const { params, cid } = details
    const locales = params['ui_locales']
    const language = chooseLanguage(typeof locales === 'string' ? locales : undefined, accepted)
    const consent = await requestedConsent(book, params, cid, resourceScopes)
    const regime = consent && options.regimeOf(consent)
    if (consent === undefined || regime === undefined || isOver(consent))
      return finish(provider, request, response, {
        error: 'access_denied',
        error_description: 'there is no consent that could be authorised',
      })
    const client = (await provider.Client.find(consent.client))?.clientName ?? consent.client
    const turn = { request, response, provider, details, language, consent, regime, client }
    if (request.method === 'GET' && action === undefined) {
      if (!(await answersItself(turn))) await show(turn)
      return
    }
    if (request.method === 'GET' && loginDesk && (action === 'login' || action === 'callback'))
      return elsewhere(turn, loginDesk, action)
    if (request.method !== 'POST' || action === undefined)
      return page(turn, 404, notice(language, 'notFoundTitle', 'notFoundText'))
    const form = await readForm(request)
    if (form === undefined || !isOurs(request, form, tokenOf(details), options.origin))
      return page(turn, 403, notice(language, 'forgedTitle', 'forgedText'))
    if (action === 'refuse') return refuse(turn)
    if (details.prompt.name === 'sca')
      return authenticate(turn, action === 'sca' ? form : undefined)
    if (details.prompt.name === 'login') return action === 'login' ? login(turn, form) : show(turn)
    return action === 'confirm' ? confirm(turn, form) : show(turn)
  }

  /** Test runs only. False: this client's requests are answered on pages. */
  async function answersItself(turn: Turn): Promise<boolean> {
    const { automatic } = options
    if (automatic === undefined || turn.details.prompt.name !== 'login') return false
    const client = turn.consent.client
    const again = turn.details.lastSubmission?.login !== undefined
    if (automatic.refuses.has(client)) await refuse(turn)
    else if (automatic.approves.has(client) && !again) {
      const { subject, acr } = automatic
      const { accounts } = accountsFor(turn.consent, await customers.accountsOf(subject))
      await leaveSessions(turn.provider, turn.request, turn.details, clock.now())
      const login = { accountId: subject, acr, remember: false }
      await authorise(turn, { subject }, accounts, { login })
    } else return false
    return true
  }
  function page(
    turn: Turn,
    status: number,
    content: Pick<Page, 'title' | 'body' | 'script'>,
  ): void {
    const { response, language, details } = turn
    const leadsTo = URL.parse(String(details.params['redirect_uri']))?.origin ?? ''
    sendPage(response, { status, ...content, leadsTo }, { brand, language })
  }
  function tokenOf({ uid, cid }: InteractionDetails): string {
    return formToken(sealing, `${uid}.${cid}`)
  }
  function payeeCheck({ details }: Turn) {
    return options.strong?.payeeCheck({ journey: details.cid })
  }
  function asked(turn: Turn) {
    return {
      language: turn.language,
      consent: turn.consent,
      name: turn.client,
      path: `/interaction/${turn.details.uid}`,
      token: tokenOf(turn.details),
    }
  }
  /** To authenticate for what is shown is the whole answer. */
  function decides({ consent, regime }: Turn): boolean {
    return (
      !regime.confirms && (consent.namedAccounts.length > 0 || consent.permissions.length === 0)
    )
  }

  async function show(turn: Turn, status = 200, failed?: Message): Promise<void> {
    if (turn.details.prompt.name === 'sca') return authenticate(turn, undefined)
    if (turn.details.prompt.name !== 'login') {
      const { accounts, picks } = await theirs(turn, subjectOf(turn))
      const none = failed !== undefined
      const warning = payeeWarning(turn.language, await payeeCheck(turn))
      return page(turn, status, confirmPage(asked(turn), { accounts, picks, none }, warning))
    }
    // The customer has logged in, and it was not what the third party needs: once more would be no different.
    if (turn.details.lastSubmission?.login !== undefined)
      return finish(turn.provider, turn.request, turn.response, {
        error: 'unmet_authentication_requirements',
        error_description: 'customers cannot be authenticated in the way that was asked for',
      })
    const own = loginDesk === undefined
    page(turn, status, loginPage(asked(turn), { failed, decides: decides(turn), own }))
  }

  async function login(turn: Turn, form: URLSearchParams): Promise<void> {
    const found = await customers.login?.(form.get('username') ?? '', form.get('password') ?? '')
    if (found !== undefined) return entered(turn, found)
    await tell(turn, { error: 'login_failed' })
    return show(turn, 403, 'loginFailed')
  }
  function tell({ consent }: Turn, said: LoggedIn | { readonly error: string }) {
    return tellLogin(options.evidence, said, { client: consent.client, consent: consent.id })
  }

  /** To the bank's own login, and back from it. */
  async function elsewhere(turn: Turn, desk: LoginDesk, step: BankLoginStep): Promise<void> {
    const { details, language } = turn
    if (details.prompt.name !== 'login') return show(turn)
    const goesOn = `/interaction/${details.uid}/callback`
    const done = await atBankLogin({ desk, customers }, turn, {
      step,
      goesOn,
      locale: language.tag,
    })
    if (done.kind === 'in') return entered(turn, done.found)
    if (done.kind === 'sent') return
    await tell(turn, done)
    return show(turn, done.status, done.message)
  }

  async function entered(turn: Turn, found: LoggedIn): Promise<void> {
    const { details, provider, request, response } = turn
    await tell(turn, found)
    await leaveSessions(provider, request, details, clock.now())
    const { subject, at, ...how } = found
    const login = { accountId: subject, ...how, remember: false }
    const result = { login: at === undefined ? login : { ...login, ts: at } }
    if (options.strong !== undefined || !decides(turn))
      return finish(provider, request, response, result)
    const { accounts } = await theirs(turn, found.subject)
    return authorise(turn, found, accounts, result)
  }

  /** Login and this are one journey: where to authenticate is the whole answer, there is no third page. */
  async function authenticate(turn: Turn, form: URLSearchParams | undefined): Promise<void> {
    const { provider, request, response } = turn
    const { strong } = options
    const subject = subjectOf(turn)
    if (strong === undefined) return refuse(turn)
    const step = await strongStep(strong, { ...asked(turn), ...journeyOf(turn), subject }, form)
    if (step.kind === 'page') return page(turn, step.status, step.content)
    if (step.kind === 'goes') return goTo(response, step.to)
    if (step.kind === 'ended') {
      const { error, why } = step
      return finish(provider, request, response, { error, error_description: why })
    }
    // Where nothing was asked of him there was no page either: what he is to be told comes on the next.
    const untold = step.told ? undefined : payeeWarning(turn.language, await payeeCheck(turn))
    if (!decides(turn) || untold !== undefined)
      return finish(provider, request, response, step.result)
    const { accounts } = await theirs(turn, subject)
    return authorise(turn, { subject }, accounts, step.result)
  }

  async function confirm(turn: Turn, form: URLSearchParams): Promise<void> {
    const subject = subjectOf(turn)
    const { accounts, picks } = await theirs(turn, subject)
    const ids = new Set(form.getAll('account'))
    const chosen = picks ? accounts.filter(({ id }) => ids.has(id)) : accounts
    if (picks && chosen.length === 0) return show(turn, 422, 'pickAccounts')
    return authorise(turn, { subject }, chosen, {})
  }

  async function authorise(
    turn: Turn,
    { subject }: Pick<LoggedIn, 'subject'>,
    accounts: readonly CustomerAccount[],
    result: Payload,
  ): Promise<void> {
    const { consent, provider, request, response, details } = turn
    // Named, and not this customer's: not one more than were named and are theirs.
    if (consent.namedAccounts.length > 0 && accounts.length < consent.namedAccounts.length)
      return refuse(turn, 'the accounts are not those of the customer')
    const sca = await options.strong?.settled({ journey: details.cid, consent })
    if (options.strong !== undefined && sca === undefined)
      return refuse(turn, 'the customer was not authenticated')
    const done = await book.act(consent.id, {
      kind: 'authorise',
      subject,
      accounts: accounts.map(({ id }) => id),
      signatories: Math.max(1, ...accounts.map(({ signatories }) => signatories)),
      ...(sca && { sca }),
    })
    if (!done.ok)
      return done.error === 'said-already'
        ? page(turn, 200, notice(turn.language, 'anotherTitle', 'anotherText'))
        : page(turn, 409, notice(turn.language, 'overTitle', 'overText'))
    if (done.value.status !== 'authorised')
      return page(turn, 200, notice(turn.language, 'anotherTitle', 'anotherText'))
    const grantId = await grantFor(provider, {
      consent: done.value,
      regime: turn.regime,
      subject,
      params: details.params,
      resources: options.resources,
      now: clock.now(),
    })
    return finish(provider, request, response, { ...result, consent: { grantId } })
  }

  async function refuse(turn: Turn, why = 'the customer refused'): Promise<void> {
    const { consent, details, provider, request, response } = turn
    const subject = details.session?.accountId ?? details.lastSubmission?.login?.accountId ?? ''
    await options.strong?.gaveUp({ journey: details.cid })
    // A consent in force is not ended by who does not want to renew it.
    await book.act(consent.id, { kind: 'refuse', subject })
    return finish(provider, request, response, { error: 'access_denied', error_description: why })
  }

  async function theirs({ consent }: Turn, subject: string) {
    return accountsFor(consent, await customers.accountsOf(subject))
  }
}

const journeyOf = ({ details, request }: Turn) => ({
  journey: details.cid,
  params: details.params,
  login: { acr: details.lastSubmission?.login?.acr },
  network: request.socket.remoteAddress ?? '',
  query: queryOf(request),
})
const subjectOf = ({ details }: Turn): string => details.session?.accountId ?? ''

async function detailsOf(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<InteractionDetails | undefined> {
  try {
    return await provider.interactionDetails(request, response)
  } catch (error) {
    // The cookie is gone, or the interaction is.
    if (error instanceof Error && error.name === 'SessionNotFound') return undefined
    throw error
  }
}

/**
 * Who logs in begins a session of their own, whoever was here before: a session that was given to them by somebody else goes, and so does the
 * one of another tab, which would make the library ask, by a page of its own, whether that person should be logged out.
 */
async function leaveSessions(
  provider: Provider,
  request: IncomingMessage,
  details: InteractionDetails,
  now: number,
): Promise<void> {
  const { session } = details
  const brought = cookieOf(request, SESSION_OF_REQUESTS)
  const before = [
    session?.uid === undefined ? undefined : await provider.Session.findByUid(session.uid),
    brought === undefined ? undefined : await provider.Session.find(brought),
  ]
  if (session !== undefined) {
    delete details.session
    await details.save(Math.max(1, details.exp - Math.floor(now / 1000)))
  }
  for (const one of before) await one?.destroy()
}

const finish = (
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
  result: Payload,
): Promise<void> => provider.interactionFinished(request, response, result)
