/** The page of approvals plays the customer's phone: it shows what is asked on another device, and takes one answer to it. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Provider } from 'oidc-provider'
import type { ConsentBook } from '../consents/consent-book.ts'
import { isOver } from '../consents/machine.ts'
import { EMBEDDED } from '../embedded/embedded.ts'
import type { Sealing } from '../sealing.ts'
import { accountsFor, chosenAccounts } from '../screens/consent-accounts.ts'
import type {
  CustomerArea,
  CustomerSession,
  CustomerSessions,
} from '../screens/customer-session.ts'
import type { Customers } from '../screens/customers.ts'
import type { Message } from '../screens/english.ts'
import { formToken, isOurs, queryOf, readForm } from '../screens/forms.ts'
import { chooseLanguage } from '../screens/language.ts'
import { goTo, type Page, sendPage } from '../screens/page.ts'
import { notice } from '../screens/request-pages.ts'
import type { Strong, StrongAsked } from '../strong/strong.ts'
import { askedBy, askedNow, askedOf, deskOf, WHY } from '../strong/asked-step.ts'
import { canConfirm, refusedPage, scriptOf } from '../strong/strong-page.ts'
import { answersIn } from '../strong/strong-step.ts'
import type { Brand } from '../screens/style.ts'
import { approvalList, approvalPage, APPROVALS, type Shown } from './approval-pages.ts'
import type { Approval, Approvals } from './approvals.ts'

export interface ApprovalScreenOptions {
  readonly approvals: Approvals
  readonly provider: () => Provider
  readonly book: ConsentBook
  readonly customers: Customers
  readonly sessions: CustomerSessions
  readonly sealing: Sealing
  readonly brand: Brand
  readonly origin: string
  /** Authenticates them strongly with their answer; `undefined`: their login is all there is. */
  readonly strong?: Strong
}

const AREA: CustomerArea = { path: APPROVALS, title: 'approvals' }
/** RFC 8176: the customer was asked on a second channel. */
const AMR = ['mca']

export function approvalScreens(options: ApprovalScreenOptions) {
  const { approvals, book, customers, sessions, sealing, brand, origin } = options

  return async function handle(request: IncomingMessage, response: ServerResponse, path: string) {
    const language = chooseLanguage(undefined, request.headers['accept-language'])
    const send = (status: number, content: Pick<Page, 'title' | 'body' | 'script'>): void =>
      sendPage(response, { status, ...content }, { brand, language })
    const say = (status: number, title: Message, text: Message): void =>
      send(status, notice(language, title, text))
    const session = sessions.of(request)
    const [, , ref = '', action = '', ...more] = path.split('/')
    if (more.length > 0) return say(404, 'notFoundTitle', 'notFoundText')
    const entered = sessions.enter(request, response, { language, area: AREA, step: ref })
    if (entered !== undefined) return entered
    if (session === undefined) return sessions.showLogin(response, language, AREA)
    sessions.renew(response, session)
    const token = formToken(sealing, `approvals.${session.id}`)

    if (request.method === 'POST') {
      const form = await readForm(request)
      if (form === undefined || !isOurs(request, form, token, origin))
        return say(403, 'forgedTitle', 'forgedText')
      if (ref === 'logout' && action === '') return sessions.logout(response, AREA)
      const act = new Map([
        ['approve', approve],
        ['ask', ask],
        ['refuse', (one: Shown) => refuse(one)],
      ]).get(action)
      if (act === undefined) return say(404, 'notFoundTitle', 'notFoundText')
      const shown = await shownTo(session, ref)
      return shown === undefined ? say(404, 'lateTitle', 'lateText') : act(shown, form)
    }
    if (request.method !== 'GET' || action !== '') return say(404, 'notFoundTitle', 'notFoundText')
    if (ref === '') return send(200, approvalList(language, await listed(session), token))
    const shown = await shownTo(session, ref)
    const query = queryOf(request)
    if (shown === undefined) return say(404, 'lateTitle', 'lateText')
    return show(shown, { status: 200, said: query })

    /** `said`: of the address or the form; what was asked on a device or sent stays, what was typed is asked anew. */
    async function show(
      shown: Shown,
      of: {
        readonly status: number
        readonly failed?: Message | undefined
        readonly said: URLSearchParams
      },
    ): Promise<void> {
      const { status, failed, said } = of
      const { strong } = options
      const all = await customers.accountsOf(shown.approval.subject)
      const choice = { ...accountsFor(shown.consent, all), token, missing: status === 422 }
      const need = await strong?.need(journeyOf(shown), false)
      if (strong === undefined || need === 'exempt') {
        const payeeCheck = await strong?.payeeCheck(journeyOf(shown))
        return send(status, approvalPage(language, shown, { ...choice, payeeCheck }))
      }
      if (need === 'refused') return say(403, 'failedTitle', 'failedText')
      const { id, by } = askedOf(said)
      const again = by === undefined && !said.has('ask') ? undefined : id
      const now = await askedNow(deskOf(strong, journeyOf(shown)), {
        status,
        failed,
        again,
        by,
        query: queryOf(request),
      })
      if (now.kind === 'none') return say(403, 'failedTitle', 'failedText')
      if (now.kind === 'refused')
        return send(
          403,
          refusedPage({ language, ...shown, path: `${APPROVALS}/${shown.approval.ref}`, token }),
        )
      const asking = { ...now, passkeys: strong.passkeys }
      if (!canConfirm(asking)) return say(403, 'failedTitle', 'noFactors')
      const content = approvalPage(language, shown, { ...choice, strong: asking })
      send(now.status, { ...content, ...scriptOf(asking) })
    }

    /** A device of his, or for a code that is sent. */
    async function ask(shown: Shown, form: URLSearchParams): Promise<void> {
      const { strong } = options
      const need = await strong?.need(journeyOf(shown), false)
      if (strong === undefined || need !== 'required')
        return show(shown, { status: 200, said: form })
      const path = `${APPROVALS}/${shown.approval.ref}`
      const told = await askedBy(deskOf(strong, journeyOf(shown)), path, form)
      if (told !== undefined && 'to' in told) return goTo(response, told.to)
      return show(shown, { status: 200, ...told, said: form })
    }

    /** What the answer says of how the customer was authenticated; `undefined`: not well enough, and they were told. */
    async function authenticated(shown: Shown, form: URLSearchParams) {
      const { strong } = options
      const asked = journeyOf(shown)
      const need = await strong?.need(asked, false)
      if (strong === undefined || need === 'exempt') return howOf(session)
      if (need === 'refused') return say(403, 'failedTitle', 'failedText')
      const network = request.socket.remoteAddress ?? ''
      const outcome = await strong.verify(asked, { ...answersIn(form), network })
      if (outcome.kind === 'done') return { acr: strong.acr, amr: outcome.amr }
      await show(shown, { status: 403, failed: WHY[outcome.kind], said: form })
      return undefined
    }

    async function approve(shown: Shown, form: URLSearchParams): Promise<void> {
      const { approval, consent } = shown
      const accounts = form.getAll('account')
      const all = await customers.accountsOf(approval.subject)
      const { picks } = accountsFor(consent, all)
      const typed = (form.get('number') ?? '').trim()
      if (approval.number !== undefined && typed === '')
        return show(shown, { status: 422, said: form })
      if (picks && chosenAccounts(consent, all, accounts) === undefined)
        return show(shown, { status: 422, said: form })
      // One try: what the other device shows is known to who holds it, and to nobody who is only pressed.
      const fits = approval.number === undefined || approval.number === typed
      const theirs = chosenAccounts(consent, all, accounts) !== undefined
      if (!fits || !theirs) return refuse(shown, fits ? 'notTheirsText' : 'wrongNumberText')
      const how = await authenticated(shown, form)
      if (how === undefined) return
      const sca = await options.strong?.settled(journeyOf(shown))
      if (options.strong !== undefined && sca === undefined)
        return say(403, 'failedTitle', 'failedText')
      const told = await approvals.answer(approval.ref, approval.subject, {
        approved: true,
        ...how,
        ...(sca && { sca }),
        ...(picks ? { accounts } : {}),
      })
      if (told === 'late') return say(409, 'lateTitle', 'lateText')
      if (told === 'waits') return say(200, 'anotherTitle', 'anotherText')
      if (told === 'over') return say(409, 'overTitle', 'overText')
      say(200, 'approvedTitle', 'approvedText')
    }

    async function refuse({ approval }: Shown, why: Message = 'refusedText'): Promise<void> {
      const { ref: own, subject } = approval
      await options.strong?.gaveUp({ journey: own })
      const told = await approvals.answer(own, subject, { approved: false, ...howOf(session) })
      if (told === 'late') return say(409, 'lateTitle', 'lateText')
      say(200, 'refusedTitle', why)
    }
  }

  async function listed({ subject }: CustomerSession) {
    const waiting = (await approvals.waitingFor(subject)).filter(isOfDevice)
    return Promise.all(
      waiting.map(async (approval) => ({ approval, name: await nameOf(approval) })),
    )
  }
  async function shownTo({ subject }: CustomerSession, ref: string): Promise<Shown | undefined> {
    const approval = await approvals.open(ref, subject)
    const consent = approval && (await book.peek(approval.consent))
    if (approval === undefined || !isOfDevice(approval)) return undefined
    if (consent === undefined || isOver(consent)) return undefined
    return { approval, consent, name: await nameOf(approval) }
  }
  async function nameOf({ client }: Approval): Promise<string> {
    return (await options.provider().Client.find(client))?.clientName ?? client
  }
}

/** What the customer answers through the third party is not answered here. */
const isOfDevice = ({ kind }: Pick<Approval, 'kind'>): boolean => kind !== EMBEDDED
const journeyOf = ({ approval, consent }: Shown): StrongAsked => ({
  subject: approval.subject,
  consent,
  journey: approval.ref,
})
const howOf = (session: CustomerSession | undefined) => ({ acr: session?.acr ?? '', amr: AMR })
