/** The customer's own page: with what they confirm, and how that comes and goes (RTS Art. 24 to 27). */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../../lib/index.ts'
import { credentialsAct } from '../strong/credentials-act.ts'
import {
  addable,
  addStep,
  codeStep,
  type EnrolmentSteps,
  finishStep,
  removeStep,
} from '../strong/enrolment-steps.ts'
import type { ServedScript } from '../strong/passkey-part.ts'
import { payeeStep } from '../strong/payee-steps.ts'
import { payeesAct } from '../strong/payees-act.ts'
import type { StrongOptions } from '../strong/strong.ts'
import type { Evidence } from '../evidence.ts'
import type { CustomerArea, CustomerSession, CustomerSessions } from './customer-session.ts'
import type { Message } from './english.ts'
import { formToken, isOurs, queryOf, readForm } from './forms.ts'
import type { InteractionOptions } from './interaction.ts'
import { chooseLanguage, type Language } from './language.ts'
import { goTo, type Page, sendPage } from './page.ts'
import { notice } from './request-pages.ts'
import { addPage, elementPage, SECURITY, securityList } from './security-pages.ts'

export interface SecurityOptions extends Pick<InteractionOptions, 'origin' | 'sealing' | 'brand'> {
  readonly sessions: CustomerSessions
  readonly clock: Clock
  /** `undefined`: no passkey is asked for or made on these pages. */
  readonly passkeys: ServedScript | undefined
  readonly elements: Pick<
    StrongOptions,
    'transactions' | 'devices' | 'ledger' | 'enrolment' | 'registers'
  >
  readonly evidence: Pick<Evidence, 'write'>
}
/** One request of a customer who is logged in. */
export interface SecurityTurn {
  readonly session: CustomerSession
  readonly language: Language
  /** Of every form on the page. */
  readonly token: string
  /** What was sent; absent: a page is asked for. */
  readonly form: URLSearchParams | undefined
  /** Of the address: the page of a transaction that was asked about. */
  readonly query: URLSearchParams
  /** From where. */
  readonly network: string
  /** Behind the name of the step: a kind of element, the id of one. */
  readonly rest: readonly string[]
}
/** A page, or where to go. */
export type SecurityAnswer = Omit<Page, 'leadsTo'> | { readonly to: string }
/** `undefined`: there is no such page. */
export type SecurityStep = (turn: SecurityTurn) => Promise<SecurityAnswer | undefined>

const AREA: CustomerArea = { path: SECURITY, title: 'security' }

export function securityScreens(options: SecurityOptions) {
  const { sealing, brand, origin, sessions, elements, passkeys, evidence } = options
  const { enrolment } = elements
  const act = credentialsAct(elements, options.clock)
  const of = { enrolment, brand: brand.name, act, passkeys }
  const steps = new Map<string, SecurityStep>([
    ['', list(of)],
    ['add', adding(of)],
    ['code', codeStep(of)],
    ['finish', finishStep(of)],
    ['element', element(of)],
    ['payees', payeeStep({ act: payeesAct({ ...elements, evidence }, options.clock), passkeys })],
  ])

  return async function handle(request: IncomingMessage, response: ServerResponse, path: string) {
    const language = chooseLanguage(undefined, request.headers['accept-language'])
    const send = (page: Page): void => sendPage(response, page, { brand, language })
    const say = (status: number, title: Message, text: Message): void =>
      send({ status, ...notice(language, title, text) })
    const [, , step = '', ...rest] = path.split('/')
    const entered = sessions.enter(request, response, {
      language,
      area: AREA,
      step: rest.length === 0 ? step : '',
    })
    if (entered !== undefined) return entered
    const session = sessions.of(request)
    if (session === undefined) return sessions.showLogin(response, language, AREA)
    sessions.renew(response, session)
    const token = formToken(sealing, `security.${session.id}`)
    let form: URLSearchParams | undefined
    if (request.method === 'POST') {
      form = await readForm(request)
      if (form === undefined || !isOurs(request, form, token, origin))
        return say(403, 'forgedTitle', 'forgedText')
      if (step === 'logout' && rest.length === 0) return sessions.logout(response, AREA)
    } else if (request.method !== 'GET') return say(404, 'notFoundTitle', 'notFoundText')
    const network = request.socket.remoteAddress ?? ''
    const query = queryOf(request)
    const turn = { session, language, token, form, query, network, rest }
    const answer = await steps.get(step)?.(turn)
    if (answer === undefined) return say(404, 'notFoundTitle', 'notFoundText')
    if ('to' in answer) return goTo(response, answer.to)
    send(answer)
  }
}

const list =
  (of: EnrolmentSteps): SecurityStep =>
  async ({ session: { subject }, language, token, form, rest }) => {
    if (form !== undefined || rest.length > 0) return undefined
    const { enrolment } = of
    const here = addable(of)
    const own = {
      kinds: enrolment.kinds,
      devices: await enrolment.devices(subject),
      ended: await enrolment.ended(subject),
      waiting: (await enrolment.waiting(subject)).filter(({ kind }) => here.includes(kind)),
    }
    return { status: 200, ...securityList(language, own, token) }
  }

function adding(of: EnrolmentSteps): SecurityStep {
  const add = addStep(of)
  return async (turn) => {
    if (turn.rest.length > 0) return add(turn)
    if (turn.form !== undefined) return undefined
    return { status: 200, ...addPage(turn.language, addable(of)) }
  }
}

const element =
  (of: EnrolmentSteps): SecurityStep =>
  async (turn) => {
    const { session, language, token, form, rest } = turn
    const [id = '', what = '', ...more] = rest
    const { enrolment } = of
    const { subject } = session
    const device = (await enrolment.devices(subject)).find((one) => one.id === id)
    if (device === undefined || more.length > 0) return undefined
    const page = (status: number, failed?: Message): SecurityAnswer => ({
      status,
      ...elementPage(language, device, { kinds: enrolment.kinds, token, failed }),
    })
    if (what === 'remove') return removeStep(of, turn, device)
    if (form === undefined) return what === '' ? page(200) : undefined
    if (what !== 'rename') return undefined
    const label = (form.get('label') ?? '').trim()
    return (await enrolment.rename(subject, id, label))
      ? { to: `${SECURITY}/element/${id}` }
      : page(422, 'faultMalformed')
  }
